import { writeX } from '../../../cpu/pe';
import { peOf, psciExit, recOf } from '../../realm-entry/guest';
import { REC, setRecField } from '../../rec/rec';
import { type CommandRow, VERSION_SETS } from '../row';
import { PSCI_RESULT } from '../stages';

export const cpuOff: CommandRow = {
  name: 'PSCI_CPU_OFF',
  interface: 'psci',
  fid: 0x8400_0002,
  versions: VERSION_SETS,
  summary: 'Power off this REC.',
  ticks: 200,
  inputs: [],
  outputs: [PSCI_RESULT],
  stages: [
    psciExit('Rec.runnable := NOT_RUNNABLE; X0..X3 := 0; exit RMI_EXIT_PSCI', (context) => {
      for (const register of [0, 1, 2, 3]) writeX(peOf(context), register, 0n);
      setRecField(context.machine, recOf(context), REC.runnable, 0);
    }),
  ],
  notes: ['No RMI_PSCI_COMPLETE is needed.'],
};
