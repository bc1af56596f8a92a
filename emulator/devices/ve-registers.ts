/** Versatile Express system registers of the board: identification, LEDs, flags, counters, and the way to turn it off. */
import type { Machine } from '../machine/machine';
import { requestReset } from '../machine/reset';
import { haltSystem } from '../machine/schedule';
import { type Device, now, type Register, registerDevice } from './model';

type Flags = 'SYS_FLAGS' | 'SYS_NVFLAGS';
interface VeRegisters extends Record<Flags, number> {
  SYS_CFGDATA: number;
  SYS_CFGCTRL: number;
  SYS_CFGSTAT: number;
}

const TWO_32 = 0x1_0000_0000;
const CFG_START = 0x8000_0000;
const CFG_WRITE = 0x4000_0000;
const COMPLETE = 1;
const ERROR = 2;
/** SYS_CFGCTRL bits 25:20. */
const SHUTDOWN = 8;
const REBOOT = 9;

/** A pair of registers that set and clear bits; both read the bits. */
function flags(name: Flags, offset: number): Register<VeRegisters>[] {
  const read = (_machine: Machine, { state }: Device<VeRegisters>): number => state[name];
  return [
    {
      name,
      offset,
      access: 'RW',
      reset: 0,
      summary: 'ones written set bits',
      read,
      write: (_machine, { state }, value) => {
        state[name] = (state[name] | value) >>> 0;
      },
    },
    {
      name: `${name}CLR`,
      offset: offset + 4,
      access: 'RW',
      reset: 0,
      summary: 'ones written clear bits',
      read,
      write: (_machine, { state }, value) => {
        state[name] = (state[name] & ~value) >>> 0;
      },
    },
  ];
}

/** What SYS_CFGCTRL asks for: everything but shutdown and reboot ends in an error. */
function configure(machine: Machine, { state }: Device<VeRegisters>, value: number): void {
  state.SYS_CFGCTRL = (value & ~CFG_START) >>> 0;
  if (value < CFG_START) return;
  const asked = (value & CFG_WRITE) === 0 ? -1 : (value >>> 20) & 0x3f;
  state.SYS_CFGSTAT = COMPLETE | (asked === SHUTDOWN || asked === REBOOT ? 0 : ERROR);
  if (asked === SHUTDOWN) haltSystem(machine);
  if (asked === REBOOT) requestReset(machine, 'system registers');
}

const kept = (name: string, offset: number, summary: string, reset = 0): Register<VeRegisters> => ({
  name,
  offset,
  access: 'RW',
  reset,
  summary,
});

export const veRegisters = registerDevice<VeRegisters>({
  kind: 've-registers',
  title: 'Versatile Express system registers',
  summary: 'SYS_CFGCTRL ends the run (function 8) or resets the system (function 9); other functions end in an error.',
  timed: true,
  registers: [
    { name: 'SYS_ID', offset: 0x000, access: 'RO', reset: 0x2252_0500, summary: 'board identification' },
    kept('SYS_SW', 0x004, 'switches; kept'),
    kept('SYS_LED', 0x008, 'LEDs; kept'),
    {
      name: 'SYS_100HZ',
      offset: 0x024,
      access: 'RO',
      reset: 0,
      summary: 'counts at 100 Hz',
      read: (machine) => Math.floor(now(machine) / 1_000_000) % TWO_32,
    },
    ...flags('SYS_FLAGS', 0x030),
    ...flags('SYS_NVFLAGS', 0x038),
    kept('SYS_MCI', 0x048, 'memory card: none; kept'),
    kept('SYS_FLASH', 0x04c, 'flash protection; kept'),
    kept('SYS_CFGSW', 0x058, 'switches; kept'),
    {
      name: 'SYS_24MHZ',
      offset: 0x05c,
      access: 'RO',
      reset: 0,
      summary: 'counts at 24 MHz',
      read: (machine) => Math.floor((now(machine) * 6) / 25) % TWO_32,
    },
    kept('SYS_MISC', 0x060, 'kept'),
    kept('SYS_DMA', 0x064, 'kept'),
    { name: 'SYS_PROCID0', offset: 0x084, access: 'RO', reset: 0x1400_0000, summary: 'processor identification' },
    kept('SYS_CFGDATA', 0x0a0, 'data of a configuration command'),
    {
      name: 'SYS_CFGCTRL',
      offset: 0x0a4,
      access: 'RW',
      reset: 0,
      summary: 'bit 31 start, bit 30 write, bits 25:20 function: 8 shutdown, 9 reboot',
      read: (_machine, { state }) => state.SYS_CFGCTRL,
      write: configure,
    },
    kept('SYS_CFGSTAT', 0x0a8, 'bit 0 complete, bit 1 error'),
  ],
});
