import { hex } from '../../../format';
import { type CommandRow, VERSION_SETS } from '../row';
import { fail, input, PSCI_RESULT, raw } from '../stages';

/** CPU_SUSPEND, CPU_OFF, CPU_ON, AFFINITY_INFO, SYSTEM_OFF, SYSTEM_RESET, PSCI_FEATURES, SMCCC_VERSION. */
const IMPLEMENTED = [
  0x8400_0001, 0xc400_0001, 0x8400_0002, 0x8400_0003, 0xc400_0003, 0x8400_0004, 0xc400_0004, 0x8400_0008, 0x8400_0009,
  0x8400_000a, 0x8000_0000,
];

export const psciFeatures: CommandRow = {
  name: 'PSCI_FEATURES',
  interface: 'psci',
  fid: 0x8400_000a,
  versions: VERSION_SETS,
  summary: 'Is a PSCI function implemented?',
  ticks: 100,
  inputs: [input(1, 'psci_func_id', 'UInt32', 'FID asked about')],
  outputs: [PSCI_RESULT],
  stages: [
    fail(
      'not_implemented',
      'psci_func_id is not in the supported list',
      'PSCI_NOT_SUPPORTED',
      ({ frame }) => !IMPLEMENTED.includes(Number(raw(frame, 1) & 0xffff_ffffn)),
      ({ frame }) => [['psci_func_id', hex(raw(frame, 1))]],
    ),
  ],
  notes: ['Handled inside the RMM. PSCI_VERSION itself is not in the list.'],
};
