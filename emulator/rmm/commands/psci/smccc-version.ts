import { type CommandRow, VERSION_SETS } from '../row';
import { act, output, setResult } from '../stages';

/** SMCCC 1.2. */
const REVISION = 0x1_0002;

export const smcccVersion: CommandRow = {
  name: 'SMCCC_VERSION',
  interface: 'psci',
  fid: 0x8000_0000,
  versions: VERSION_SETS,
  summary: 'Revision of the SMC calling convention.',
  ticks: 100,
  inputs: [],
  outputs: [output(0, 'version', 'UInt32', 'major in 30:16, minor in 15:0; 1.2 = 0x00010002')],
  stages: [act('report', 'version := 1.2', ({ frame }) => setResult(frame, 0, REVISION))],
  notes: ['Handled inside the RMM.'],
};
