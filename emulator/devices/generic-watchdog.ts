/**
 * Generic watchdog (platform facts, section 4; SBSA, Generic Watchdog): WS0 is an interrupt, WS1 resets the system. The
 * refresh frame follows the control frame in the register space, at 0x1_0000.
 */
import type { Machine } from '../machine/machine';
import { requestReset } from '../machine/reset';
import { type Device, drive, now, type Register, registerDevice } from './model';

interface GenericWatchdog {
  WCS: number;
  WOR: number;
  WOR_HIGH: number;
  /** Compare value: the system counter at which the watchdog signals next. */
  compare: number;
}

const ENABLE = 1;
const WS0 = 2;
const WS1 = 4;
const WOR_HIGH_BITS = 0xffff;
/** Refresh frame, in the register space. */
const REFRESH = 0x1_0000;
const IIDR = 0x43b;
const TWO_32 = 0x1_0000_0000;

const offsetOf = ({ state }: Device<GenericWatchdog>): number => state.WOR_HIGH * TWO_32 + state.WOR;

/** An explicit refresh: the watchdog starts over and its signals go. */
function refresh(machine: Machine, device: Device<GenericWatchdog>): void {
  device.state.WCS &= ENABLE;
  device.state.compare = now(machine) + offsetOf(device);
}

function update(machine: Machine, device: Device<GenericWatchdog>): void {
  const { state } = device;
  const isOn = (state.WCS & ENABLE) !== 0;
  while (isOn && (state.WCS & WS1) === 0 && now(machine) >= state.compare) {
    if ((state.WCS & WS0) !== 0) {
      state.WCS |= WS1;
      requestReset(machine, 'generic watchdog');
    } else {
      state.WCS |= WS0;
      state.compare += offsetOf(device);
    }
  }
  device.due = isOn && (state.WCS & WS1) === 0 ? state.compare : Number.POSITIVE_INFINITY;
  drive(machine, device, isOn && (state.WCS & WS0) !== 0);
}

const low = (value: number): number => value % TWO_32;
const high = (value: number): number => Math.floor(value / TWO_32);

const identification = (offset: number, name: string): Register<GenericWatchdog> => ({
  name,
  offset,
  access: 'RO',
  reset: IIDR,
  summary: 'identification',
});

export const genericWatchdog = registerDevice<GenericWatchdog>({
  kind: 'generic-watchdog',
  title: 'Generic watchdog',
  summary:
    'Counts in system counter ticks. A write of WCS, WOR or WRR starts it over; WS0 raises the interrupt, WS1 resets the system.',
  widest: 8,
  timed: true,
  internal: { compare: 0 },
  update,
  registers: [
    {
      name: 'WCS',
      offset: 0x000,
      access: 'RW',
      reset: 0,
      summary: 'bit 0 enable; bit 1 WS0 and bit 2 WS1, read-only',
      read: (_machine, { state }) => state.WCS,
      write: (machine, device, value) => {
        device.state.WCS = value & ENABLE;
        refresh(machine, device);
      },
    },
    {
      name: 'WOR',
      offset: 0x008,
      access: 'RW',
      reset: 0,
      summary: 'ticks from a refresh to the next signal',
      read: (_machine, { state }) => state.WOR,
      write: (machine, device, value) => {
        device.state.WOR = value;
        refresh(machine, device);
      },
    },
    {
      name: 'WOR_HIGH',
      offset: 0x00c,
      access: 'RW',
      reset: 0,
      summary: 'bits 47:32 of WOR',
      read: (_machine, { state }) => state.WOR_HIGH,
      write: (machine, device, value) => {
        device.state.WOR_HIGH = value & WOR_HIGH_BITS;
        refresh(machine, device);
      },
    },
    {
      name: 'WCV',
      offset: 0x010,
      access: 'RW',
      reset: 0,
      summary: 'compare value',
      read: (_machine, { state }) => low(state.compare),
      write: (_machine, { state }, value) => {
        state.compare = state.compare - low(state.compare) + value;
      },
    },
    {
      name: 'WCV_HIGH',
      offset: 0x014,
      access: 'RW',
      reset: 0,
      summary: 'bits 52:32 of WCV',
      read: (_machine, { state }) => high(state.compare),
      write: (_machine, { state }, value) => {
        state.compare = (value % 0x20_0000) * TWO_32 + low(state.compare);
      },
    },
    identification(0xfcc, 'W_IIDR'),
    {
      name: 'WRR',
      offset: REFRESH,
      access: 'WO',
      reset: 0,
      summary: 'refresh frame: any write starts the watchdog over',
      write: (machine, device) => refresh(machine, device),
    },
    identification(REFRESH + 0xfcc, 'W_IIDR (refresh)'),
  ],
});
