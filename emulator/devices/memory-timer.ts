/**
 * The memory-mapped timer and counter frames (Arm ARM, Generic Timer, system level implementation): CNTBase frames with a
 * physical and a virtual timer, CNTCTLBase, and the counter's own control and read frames. All of them show the one
 * system counter of the machine.
 */
import type { Machine } from '../machine/machine';
import { COUNTER_FREQUENCY } from '../machine/platform';
import { type Device, drive, now, type Register, registerDevice } from './model';

interface TimerFrame {
  CNTP_CVAL: number;
  CNTP_CVAL_HIGH: number;
  CNTP_CTL: number;
  CNTV_CVAL: number;
  CNTV_CVAL_HIGH: number;
  CNTV_CTL: number;
}
type Which = 'CNTP' | 'CNTV';

const TWO_32 = 0x1_0000_0000;
/** Compare values from 2^53 on never come. */
const HIGH_LIMIT = 0x20_0000;
const ENABLE = 1;
const IMASK = 2;
const ISTATUS = 4;

const low = (machine: Machine): number => now(machine) % TWO_32;
const high = (machine: Machine): number => Math.floor(now(machine) / TWO_32);

const compareOf = ({ state }: Device<TimerFrame>, which: Which): number => {
  const upper = state[`${which}_CVAL_HIGH`];
  return upper < HIGH_LIMIT ? upper * TWO_32 + state[`${which}_CVAL`] : Number.POSITIVE_INFINITY;
};
const hasFired = (machine: Machine, device: Device<TimerFrame>, which: Which): boolean =>
  (device.state[`${which}_CTL`] & ENABLE) !== 0 && now(machine) >= compareOf(device, which);

/** The virtual timer has no offset and no interrupt of its own here: the two share the frame's. */
function update(machine: Machine, device: Device<TimerFrame>): void {
  let level = false;
  let due = Number.POSITIVE_INFINITY;
  for (const which of ['CNTP', 'CNTV'] as const) {
    if ((device.state[`${which}_CTL`] & (ENABLE | IMASK)) !== ENABLE) continue;
    if (hasFired(machine, device, which)) level = true;
    else due = Math.min(due, compareOf(device, which));
  }
  device.due = due;
  drive(machine, device, level);
}

/** CVAL, TVAL and CTL of one of the timers; same rules as the system registers of that name. */
function timerRegisters(which: Which, base: number): Register<TimerFrame>[] {
  const [lower, upper, control] = [`${which}_CVAL`, `${which}_CVAL_HIGH`, `${which}_CTL`] as const;
  return [
    { name: lower, offset: base, access: 'RW', reset: 0, summary: 'compare value' },
    { name: upper, offset: base + 4, access: 'RW', reset: 0, summary: `bits 63:32 of ${lower}` },
    {
      name: `${which}_TVAL`,
      offset: base + 8,
      access: 'RW',
      reset: 0,
      summary: 'compare value less the count, signed',
      read: (machine, { state }) => (state[lower] - low(machine)) >>> 0,
      write: (machine, { state }, value) => {
        // The sum may be negative, in 64 bits: a signed 32-bit distance from the count.
        const sum = now(machine) + (value | 0);
        state[lower] = ((sum % TWO_32) + TWO_32) % TWO_32;
        state[upper] = Math.floor(sum / TWO_32) >>> 0;
      },
    },
    {
      name: control,
      offset: base + 12,
      access: 'RW',
      reset: 0,
      summary: 'bit 0 ENABLE, bit 1 IMASK, bit 2 ISTATUS (read-only)',
      read: (machine, device) => device.state[control] | (hasFired(machine, device, which) ? ISTATUS : 0),
      write: (_machine, { state }, value) => {
        state[control] = value & (ENABLE | IMASK);
      },
    },
  ];
}

const counter = <S extends object>(name: string, offset: number): Register<S>[] => [
  { name, offset, access: 'RO', reset: 0, summary: 'the system counter', read: low },
  { name: `${name}_HIGH`, offset: offset + 4, access: 'RO', reset: 0, summary: `bits 63:32 of ${name}`, read: high },
];
const frequency = <S extends object>(offset: number, name = 'CNTFRQ'): Register<S> => ({
  name,
  offset,
  access: 'RO',
  reset: COUNTER_FREQUENCY,
  summary: 'frequency of the counter in Hz',
});

export const timerFrame = registerDevice<TimerFrame>({
  kind: 'timer-frame',
  title: 'Memory-mapped timer frame',
  summary: 'A physical and a virtual timer on the system counter, with offset zero; one interrupt for both.',
  widest: 8,
  timed: true,
  update,
  registers: [
    ...counter<TimerFrame>('CNTPCT', 0x000),
    ...counter<TimerFrame>('CNTVCT', 0x008),
    frequency(0x010),
    { name: 'CNTEL0ACR', offset: 0x014, access: 'RW', reset: 0, summary: 'kept' },
    ...timerRegisters('CNTP', 0x020),
    ...timerRegisters('CNTV', 0x030),
  ],
});

export const timerControl = registerDevice<object>({
  kind: 'timer-control',
  title: 'Memory-mapped timer, CNTCTLBase',
  summary: 'Says that there are two frames. Access control is kept and has no effect.',
  registers: [
    frequency(0x000),
    { name: 'CNTNSAR', offset: 0x004, access: 'RW', reset: 0x2, summary: 'frames that Non-secure may use; kept' },
    { name: 'CNTTIDR', offset: 0x008, access: 'RO', reset: 0x33, summary: 'frames 0 and 1, with virtual timers' },
    { name: 'CNTACR0', offset: 0x040, access: 'RW', reset: 0x3f, summary: 'access to frame 0; kept' },
    { name: 'CNTACR1', offset: 0x044, access: 'RW', reset: 0x3f, summary: 'access to frame 1; kept' },
  ],
});

export const counterControl = registerDevice<object>({
  kind: 'counter-control',
  title: 'System counter, control frame',
  summary: 'The counter always runs: what is written is kept and has no effect.',
  widest: 8,
  timed: true,
  registers: [
    { name: 'CNTCR', offset: 0x000, access: 'RW', reset: 1, summary: 'control; kept' },
    { name: 'CNTSR', offset: 0x004, access: 'RO', reset: 0, summary: 'status' },
    ...counter<object>('CNTCV', 0x008),
    frequency(0x020, 'CNTFID0'),
  ],
});

export const counterRead = registerDevice<object>({
  kind: 'counter-read',
  title: 'System counter, read frame',
  summary: 'The system counter.',
  widest: 8,
  timed: true,
  registers: counter<object>('CNTCV', 0x000),
});
