import { hex } from '../../../format';
import { psciExit, recOf } from '../../realm-entry/guest';
import { REC, setRecField } from '../../rec/rec';
import { type CommandRow, type ExitStage, VERSION_SETS } from '../row';
import { fail, input, output, raw } from '../stages';
import { isSelf, targetCheck } from './target';

const askHost: ExitStage = {
  ...psciExit(
    'unless the target is the caller (ON): Rec.psci_pending := PSCI_REQUEST_PENDING; exit RMI_EXIT_PSCI',
    (context) => setRecField(context.machine, recOf(context), REC.psciPending, 1),
    [1],
  ),
  when: (context) => !isSelf(context),
};

export const affinityInfo: CommandRow = {
  name: 'PSCI_AFFINITY_INFO',
  interface: 'psci',
  fid: 0xc400_0004,
  fidAlt: 0x8400_0004,
  versions: VERSION_SETS,
  summary: 'Is another REC on?',
  ticks: 300,
  inputs: [
    input(1, 'target_affinity', 'Bits64', 'MPIDR_EL1 format'),
    input(2, 'lowest_affinity_level', 'UInt32', 'must be 0'),
  ],
  outputs: [output(0, 'result', 'PsciAffinityInfo', '0 ON, 1 OFF, or a PSCI error')],
  stages: [
    fail(
      'target_bound',
      'lowest_affinity_level != 0',
      'PSCI_INVALID_PARAMETERS',
      ({ frame }) => raw(frame, 2) !== 0n,
      ({ frame }) => [['lowest_affinity_level', hex(raw(frame, 2))]],
    ),
    targetCheck('target_match'),
    askHost,
  ],
  notes: ['Completed by RMI_PSCI_COMPLETE.'],
};
