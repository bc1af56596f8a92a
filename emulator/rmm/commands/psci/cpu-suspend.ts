import { writeX } from '../../../cpu/pe';
import { peOf, psciExit } from '../../realm-entry/guest';
import { type CommandRow, VERSION_SETS } from '../row';
import { input, PSCI_RESULT } from '../stages';

export const cpuSuspend: CommandRow = {
  name: 'PSCI_CPU_SUSPEND',
  interface: 'psci',
  fid: 0xc400_0001,
  fidAlt: 0x8400_0001,
  versions: VERSION_SETS,
  summary: 'Suspend this REC.',
  ticks: 200,
  inputs: [
    input(1, 'power_state', 'UInt32', 'ignored'),
    input(2, 'entry_point_address', 'Address', 'ignored'),
    input(3, 'context_id', 'UInt64', 'ignored'),
  ],
  outputs: [PSCI_RESULT],
  stages: [
    psciExit('X0 := SUCCESS; exit RMI_EXIT_PSCI; execution continues at the next entry', (context) => {
      for (const register of [0, 1, 2, 3]) writeX(peOf(context), register, 0n);
    }),
  ],
  notes: ['No RMI_PSCI_COMPLETE is needed.'],
};
