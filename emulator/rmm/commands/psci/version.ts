import { type CommandRow, VERSION_SETS } from '../row';
import { act, output, setResult } from '../stages';

/** PSCI 1.1. */
const REVISION = 0x1_0001;

export const psciVersion: CommandRow = {
  name: 'PSCI_VERSION',
  interface: 'psci',
  fid: 0x8400_0000,
  versions: VERSION_SETS,
  summary: 'PSCI revision.',
  ticks: 100,
  inputs: [],
  outputs: [output(0, 'version', 'UInt32', 'major in 30:16, minor in 15:0; 1.1 = 0x00010001')],
  stages: [act('report', 'version := 1.1', ({ frame }) => setResult(frame, 0, REVISION))],
  notes: ['Handled inside the RMM.'],
};
