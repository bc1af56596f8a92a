/** Checks of PSCI functions that name another REC. */
import { hex } from '../../../format';
import { RMM_CONTEXT, readField } from '../../memory';
import { rdOf, recOf } from '../../realm-entry/guest';
import { recIndexOfMpidrEl1 } from '../../rec/mpidr';
import { REC, recField } from '../../rec/rec';
import { RD_LAYOUT } from '../../structures/rd';
import type { FailStage, StageContext } from '../row';
import { fail, raw } from '../stages';

const recIndexLimit = (context: StageContext): number =>
  readField(context.machine.memory, RMM_CONTEXT, rdOf(context), RD_LAYOUT.fields.recIndex);

/** RecIndex of the MPIDR in X1. */
export const targetIndex = ({ frame }: StageContext): number => recIndexOfMpidrEl1(raw(frame, 1));

export const isSelf = (context: StageContext): boolean =>
  targetIndex(context) === recField(context.machine, recOf(context), REC.index);

/** Some REC of this Realm has (or had) that MPIDR. */
export const targetCheck = (id: string): FailStage =>
  fail(
    id,
    'no REC of this Realm has that MPIDR',
    'PSCI_INVALID_PARAMETERS',
    (context) => targetIndex(context) >= recIndexLimit(context),
    (context) => [
      ['MPIDR', hex(raw(context.frame, 1))],
      ['RecIndex', targetIndex(context)],
      ['RECs created', recIndexLimit(context)],
    ],
  );
