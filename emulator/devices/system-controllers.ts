/** Controllers that software looks at and that change nothing: the SP810 and the power controller of the model. */
import { mpidrOf } from '../machine/platform';
import { primeCellIds, type Register, registerDevice } from './model';

const kept = (name: string, offset: number, summary: string, reset = 0): Register<object> => ({
  name,
  offset,
  access: 'RW',
  reset,
  summary,
});

export const sp810 = registerDevice<object>({
  kind: 'sp810',
  title: 'SP810 system controller',
  summary: 'Keeps what is written; the timers run at 1 MHz whatever SCCTRL selects.',
  registers: [
    kept('SCCTRL', 0x000, 'control; kept', 0x9),
    kept('SCSYSSTAT', 0x004, 'status; kept'),
    kept('SCIMCTRL', 0x008, 'interrupt mode; kept'),
    kept('SCIMSTAT', 0x00c, 'interrupt mode status; kept'),
    kept('SCXTALCTRL', 0x010, 'crystal control; kept'),
    kept('SCPLLCTRL', 0x014, 'PLL control; kept'),
    ...primeCellIds<object>([0x10, 0x18, 0x04, 0x00]),
  ],
});

interface PowerController {
  PSYSR: number;
}

const AFFINITY = 0xff_ffff;
/** Cluster, core and thread are on. */
const ON = 0xe000_0000;
const CLUSTER_ON = 0x8000_0000;

export const powerController = registerDevice<PowerController>({
  kind: 'power-controller',
  title: 'Power controller',
  summary: 'PSYSR tells which PEs are on. PEs are turned on and off by PSCI, not here: the other registers are kept.',
  registers: [
    { name: 'PPOFFR', offset: 0x00, access: 'RW', reset: 0, summary: 'PE off; kept', writable: AFFINITY },
    { name: 'PPONR', offset: 0x04, access: 'RW', reset: 0, summary: 'PE on; kept', writable: AFFINITY },
    { name: 'PCOFFR', offset: 0x08, access: 'RW', reset: 0, summary: 'cluster off; kept', writable: AFFINITY },
    { name: 'PWKUPR', offset: 0x0c, access: 'RW', reset: 0, summary: 'wake-up requests; kept' },
    {
      name: 'PSYSR',
      offset: 0x10,
      access: 'RW',
      reset: 0,
      summary:
        'write an MPIDR; reads it with bits 31:29 set where cluster, core and PE are on, all ones where there is none',
      read: (machine, { state }) => {
        const { PSYSR } = state;
        const pe = machine.pes.find(({ index }) => Number(mpidrOf(index) & 0xff_ffffn) === PSYSR);
        if (pe === undefined) return 0xffff_ffff;
        return PSYSR + (pe.runner === 'off' ? CLUSTER_ON : ON);
      },
      write: (_machine, { state }, value) => {
        state.PSYSR = value & AFFINITY;
      },
    },
  ],
});
