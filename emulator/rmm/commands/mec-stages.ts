/** Conditions of the MEC commands and of a Realm's MECID (RMM 1.1). */
import { hex } from '../../format';
import { MEC_STATE_NAMES, type MecState, maxMecid, mecEntry, ownMecid } from '../mec/pool';
import type { FailStage, StageContext } from './row';
import { arg, fail, raw } from './stages';

/** The MECID in X1, as accesses carry it. */
export const mecidArg = ({ machine, frame }: StageContext): number => ownMecid(machine.platform, arg(frame, 1));

export const mecidBoundCheck: FailStage = fail(
  'mecid_bound',
  'mecid > RmiFeatureRegister1.MAX_MECID, or there is no FEAT_MEC',
  'RMI_ERROR_INPUT',
  ({ machine, frame }) => !machine.platform.mec.enabled || arg(frame, 1) > maxMecid(machine.platform),
  ({ machine, frame }) => [
    ['mecid', hex(raw(frame, 1))],
    ['MAX_MECID', hex(maxMecid(machine.platform))],
    ['FEAT_MEC', machine.platform.mec.enabled],
  ],
);

/** The MECID in X1 is in this state. */
export const mecStateCheck = (wanted: MecState): FailStage =>
  fail(
    'state',
    `MEC(mecid).state != ${MEC_STATE_NAMES[wanted]}`,
    'RMI_ERROR_INPUT',
    (context) => mecEntry(context.machine, mecidArg(context)).state !== wanted,
    (context) => [
      ['mecid', hex(raw(context.frame, 1))],
      ['MEC(mecid).state', MEC_STATE_NAMES[mecEntry(context.machine, mecidArg(context)).state]],
    ],
  );
