/** SP804 dual timer: two down-counters of 16 or 32 bits at 1 MHz, one interrupt for both. */
import type { Machine } from '../machine/machine';
import { type Device, drive, now, primeCellIds, type Register, registerDevice } from './model';

/** Fields of both timers; those of the second end in 2. */
type Field = 'Load' | 'BGLoad' | 'Control' | 'RIS' | 'zeroAt' | 'held';
type Sp804 = Record<`${Field}${1 | 2}`, number>;
type Which = 1 | 2;

const ENABLE = 0x80;
const PERIODIC = 0x40;
const INT_ENABLE = 0x20;
const WIDE = 0x02;
const ONE_SHOT = 0x01;
const CONTROL_BITS = 0xef;
/** Ticks of the system counter in a count without prescaler: 1 MHz. */
const COUNT_TICKS = 100;
const PRESCALE = [1, 16, 256, 256] as const;

const has = (device: Device<Sp804>, which: Which, bit: number): boolean =>
  (device.state[`Control${which}`] & bit) !== 0;
const unitOf = ({ state }: Device<Sp804>, which: Which): number =>
  COUNT_TICKS * (PRESCALE[(state[`Control${which}`] >>> 2) & 3] ?? 1);
const widthOf = (device: Device<Sp804>, which: Which): number => (has(device, which, WIDE) ? 0x1_0000_0000 : 0x1_0000);

/** Counts from one zero to the next: from the load value when periodic, through the whole range when free running. */
const periodOf = (device: Device<Sp804>, which: Which): number =>
  has(device, which, PERIODIC)
    ? Math.max(1, device.state[`BGLoad${which}`] % widthOf(device, which))
    : widthOf(device, which);

/** Starts counting down from a value. */
function start(machine: Machine, device: Device<Sp804>, which: Which, from: number): void {
  const counts = Math.max(1, from % widthOf(device, which));
  device.state[`held${which}`] = from;
  device.state[`zeroAt${which}`] = now(machine) + counts * unitOf(device, which);
}

/** Passes the zeros up to now. A one-shot timer stops at the first. */
function pass(machine: Machine, device: Device<Sp804>, which: Which): void {
  const { state } = device;
  const late = now(machine) - state[`zeroAt${which}`];
  if (!has(device, which, ENABLE) || late < 0) return;
  state[`RIS${which}`] = 1;
  if (has(device, which, ONE_SHOT)) {
    state[`Control${which}`] &= ~ENABLE;
    state[`held${which}`] = 0;
    return;
  }
  const period = periodOf(device, which) * unitOf(device, which);
  state[`zeroAt${which}`] += (1 + Math.floor(late / period)) * period;
}

const countOf = (machine: Machine, device: Device<Sp804>, which: Which): number => {
  pass(machine, device, which);
  if (!has(device, which, ENABLE)) return device.state[`held${which}`];
  return Math.ceil((device.state[`zeroAt${which}`] - now(machine)) / unitOf(device, which)) % widthOf(device, which);
};

/** A timer that has raised its interrupt waits for software, which finds it so whenever it looks. */
function update(machine: Machine, device: Device<Sp804>): void {
  const { state } = device;
  let due = Number.POSITIVE_INFINITY;
  let level = false;
  for (const which of [1, 2] as const) {
    pass(machine, device, which);
    if (!has(device, which, INT_ENABLE)) continue;
    if (state[`RIS${which}`] === 1) level = true;
    else if (has(device, which, ENABLE)) due = Math.min(due, state[`zeroAt${which}`]);
  }
  device.due = due;
  drive(machine, device, level);
}

function timerRegisters(which: Which): Register<Sp804>[] {
  const base = which === 1 ? 0x00 : 0x20;
  const name = (text: string): string => `Timer${which}${text}`;
  return [
    {
      name: name('Load'),
      offset: base,
      access: 'RW',
      reset: 0,
      summary: 'value to count down from; a write starts over',
      read: (_machine, { state }) => state[`Load${which}`],
      write: (machine, device, value) => {
        device.state[`Load${which}`] = value;
        device.state[`BGLoad${which}`] = value;
        start(machine, device, which, value);
      },
    },
    {
      name: name('Value'),
      offset: base + 0x04,
      access: 'RO',
      reset: 0xffff_ffff,
      summary: 'the counter',
      read: (machine, device) => countOf(machine, device, which),
    },
    {
      name: name('Control'),
      offset: base + 0x08,
      access: 'RW',
      reset: 0x20,
      summary: 'bit 7 enable, 6 periodic, 5 interrupt enable, 3:2 prescale by 1, 16 or 256, 1 32 bits, 0 one shot',
      read: (machine, device) => {
        pass(machine, device, which);
        return device.state[`Control${which}`];
      },
      write: (machine, device, value) => {
        const count = countOf(machine, device, which);
        device.state[`Control${which}`] = value & CONTROL_BITS;
        start(machine, device, which, count);
      },
    },
    {
      name: name('IntClr'),
      offset: base + 0x0c,
      access: 'WO',
      reset: 0,
      summary: 'any write clears the interrupt',
      write: (machine, device) => {
        pass(machine, device, which);
        device.state[`RIS${which}`] = 0;
      },
    },
    {
      name: name('RIS'),
      offset: base + 0x10,
      access: 'RO',
      reset: 0,
      summary: 'bit 0: reached zero',
      read: (machine, device) => {
        pass(machine, device, which);
        return device.state[`RIS${which}`];
      },
    },
    {
      name: name('MIS'),
      offset: base + 0x14,
      access: 'RO',
      reset: 0,
      summary: 'the same where the interrupt is enabled',
      read: (machine, device) => {
        pass(machine, device, which);
        return has(device, which, INT_ENABLE) ? device.state[`RIS${which}`] : 0;
      },
    },
    {
      name: name('BGLoad'),
      offset: base + 0x18,
      access: 'RW',
      reset: 0,
      summary: 'value to count down from after the next zero',
      read: (_machine, { state }) => state[`BGLoad${which}`],
      write: (_machine, { state }, value) => {
        state[`Load${which}`] = value;
        state[`BGLoad${which}`] = value;
      },
    },
  ];
}

const initial = { Load: 0, BGLoad: 0, Control: 0x20, RIS: 0, zeroAt: 0, held: 0xffff_ffff } as const;

export const sp804 = registerDevice<Sp804>({
  kind: 'sp804',
  title: 'SP804 dual timer',
  summary: 'Two counters at 1 MHz, before their prescalers.',
  timed: true,
  internal: Object.fromEntries(
    Object.entries(initial).flatMap(([field, value]) => [
      [`${field}1`, value],
      [`${field}2`, value],
    ]),
  ) as Sp804,
  update,
  registers: [...timerRegisters(1), ...timerRegisters(2), ...primeCellIds<Sp804>([0x04, 0x18, 0x14, 0x00])],
});
