/**
 * SP805 watchdog (platform facts, section 4), counting down at 32.768 kHz. The first expiry raises the interrupt, the
 * second with the interrupt still pending resets the system.
 */
import type { Machine } from '../machine/machine';
import { requestReset } from '../machine/reset';
import { type Device, drive, now, primeCellIds, registerDevice } from './model';

interface Sp805 {
  WDOGLOAD: number;
  WDOGCONTROL: number;
  WDOGRIS: number;
  WDOGLOCK: number;
  /** Edge of the watchdog's clock, numbered since power on, at which the counter reaches zero; meaningless when off. */
  zeroAt: number;
  /** The counter's value while it stands. */
  held: number;
}

const INTEN = 1;
const RESEN = 2;
const UNLOCK = 0x1acc_e551;
/** 100 MHz / 32.768 kHz as a fraction: clock edge n comes at tick n * 390625 / 128. */
const edgeAt = (ticks: number): number => Math.floor((ticks * 128) / 390_625);
const tickOf = (edge: number): number => Math.ceil((edge * 390_625) / 128);

const isOn = ({ state }: Device<Sp805>): boolean => (state.WDOGCONTROL & INTEN) !== 0;
const isLocked = ({ state }: Device<Sp805>): boolean => state.WDOGLOCK !== 0;

/** A load of zero counts as one: the counter would reach zero at once, for ever. */
function reload(machine: Machine, { state }: Device<Sp805>): void {
  state.zeroAt = edgeAt(now(machine)) + Math.max(1, state.WDOGLOAD);
  state.held = state.WDOGLOAD;
}

const guarded =
  (write: (machine: Machine, device: Device<Sp805>, value: number) => void) =>
  (machine: Machine, device: Device<Sp805>, value: number): void => {
    if (!isLocked(device)) write(machine, device, value);
  };

/** Passes the zeros up to now: the first raises the interrupt, one that finds it raised resets the system. */
function pass(machine: Machine, device: Device<Sp805>): void {
  const { state, region } = device;
  const edge = edgeAt(now(machine));
  if (!isOn(device) || state.zeroAt > edge) return;
  const period = Math.max(1, state.WDOGLOAD);
  const zeros = 1 + Math.floor((edge - state.zeroAt) / period);
  if ((state.WDOGCONTROL & RESEN) !== 0 && zeros + state.WDOGRIS > 1) {
    requestReset(machine, region.reset ?? 'watchdog');
    state.WDOGCONTROL &= ~INTEN;
  }
  state.WDOGRIS = 1;
  state.zeroAt += zeros * period;
}

/** With the interrupt raised and no reset to come, zeros change nothing: nobody needs to wait for them. */
function update(machine: Machine, device: Device<Sp805>): void {
  const { state } = device;
  pass(machine, device);
  const waits = isOn(device) && (state.WDOGRIS === 0 || (state.WDOGCONTROL & RESEN) !== 0);
  device.due = waits ? tickOf(state.zeroAt) : Number.POSITIVE_INFINITY;
  drive(machine, device, isOn(device) && state.WDOGRIS === 1);
}

export const sp805 = registerDevice<Sp805>({
  kind: 'sp805',
  title: 'SP805 watchdog',
  summary: 'Counts down at 32.768 kHz. A second expiry with the interrupt pending and RESEN set resets the system.',
  timed: true,
  internal: { zeroAt: 0, held: 0xffff_ffff },
  update,
  registers: [
    {
      name: 'WDOGLOAD',
      offset: 0x000,
      access: 'RW',
      reset: 0xffff_ffff,
      summary: 'value to count down from; a write starts over',
      read: (_machine, { state }) => state.WDOGLOAD,
      write: guarded((machine, device, value) => {
        device.state.WDOGLOAD = value;
        reload(machine, device);
      }),
    },
    {
      name: 'WDOGVALUE',
      offset: 0x004,
      access: 'RO',
      reset: 0xffff_ffff,
      summary: 'the counter',
      read: (machine, device) => {
        pass(machine, device);
        return isOn(device) ? device.state.zeroAt - edgeAt(now(machine)) : device.state.held;
      },
    },
    {
      name: 'WDOGCONTROL',
      offset: 0x008,
      access: 'RW',
      reset: 0,
      summary: 'bit 0 INTEN starts the counter and enables the interrupt, bit 1 RESEN enables the reset',
      read: (_machine, { state }) => state.WDOGCONTROL,
      write: guarded((machine, device, value) => {
        const { state } = device;
        pass(machine, device);
        const before = isOn(device);
        if (before && (value & INTEN) === 0) state.held = state.zeroAt - edgeAt(now(machine));
        state.WDOGCONTROL = value & (INTEN | RESEN);
        if (!before && isOn(device)) reload(machine, device);
      }),
    },
    {
      name: 'WDOGINTCLR',
      offset: 0x00c,
      access: 'WO',
      reset: 0,
      summary: 'any write clears the interrupt and starts over',
      write: guarded((machine, device) => {
        device.state.WDOGRIS = 0;
        reload(machine, device);
      }),
    },
    { name: 'WDOGRIS', offset: 0x010, access: 'RO', reset: 0, summary: 'bit 0: expired' },
    {
      name: 'WDOGMIS',
      offset: 0x014,
      access: 'RO',
      reset: 0,
      summary: 'the same where INTEN is set',
      read: (_machine, device) => (isOn(device) ? device.state.WDOGRIS : 0),
    },
    {
      name: 'WDOGLOCK',
      offset: 0xc00,
      access: 'RW',
      reset: 0,
      summary: 'write 0x1acc_e551 to unlock, anything else to lock; reads 1 while locked',
      read: (_machine, { state }) => state.WDOGLOCK,
      write: (_machine, { state }, value) => {
        state.WDOGLOCK = value === UNLOCK ? 0 : 1;
      },
    },
    ...primeCellIds<Sp805>([0x05, 0x18, 0x14, 0x00]),
  ],
});
