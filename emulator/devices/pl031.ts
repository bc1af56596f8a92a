/** PL031 real-time clock: seconds, from an epoch the platform gives. It goes on over a system reset. */
import type { Machine } from '../machine/machine';
import { COUNTER_FREQUENCY } from '../machine/platform';
import { type Device, drive, now, primeCellIds, registerDevice } from './model';

interface Pl031 {
  RTCMR: number;
  RTCLR: number;
  RTCIMSC: number;
  RTCRIS: number;
  /** What the counter shows beyond the seconds since power on and the platform's epoch, modulo 2^32. */
  offset: number;
  /** Seconds since power on up to which the match has been looked for. */
  seen: number;
}

const TWO_32 = 0x1_0000_0000;
const secondsAt = (machine: Machine): number => Math.floor(now(machine) / COUNTER_FREQUENCY);
const shown = (machine: Machine, { state }: Device<Pl031>, seconds: number): number =>
  (machine.platform.epoch + seconds + state.offset) % TWO_32;

/** Seconds since power on at which the counter equals RTCMR next, after `seen`. */
function matchAt(machine: Machine, device: Device<Pl031>): number {
  const { seen, RTCMR } = device.state;
  return seen + 1 + ((RTCMR - shown(machine, device, seen + 1) + TWO_32) % TWO_32);
}

function update(machine: Machine, device: Device<Pl031>): void {
  const { state } = device;
  const seconds = secondsAt(machine);
  if (seconds > state.seen) {
    if (matchAt(machine, device) <= seconds) state.RTCRIS = 1;
    state.seen = seconds;
  }
  const waits = state.RTCRIS === 0 && state.RTCIMSC !== 0;
  device.due = waits ? matchAt(machine, device) * COUNTER_FREQUENCY : Number.POSITIVE_INFINITY;
  drive(machine, device, (state.RTCRIS & state.RTCIMSC) !== 0);
}

const raw = (machine: Machine, device: Device<Pl031>): number => {
  update(machine, device);
  return device.state.RTCRIS;
};

export const pl031 = registerDevice<Pl031>({
  kind: 'pl031',
  title: 'PL031 real-time clock',
  summary:
    'Seconds of machine time since an epoch that the platform gives. Always on; keeps its time over a system reset.',
  timed: true,
  keeps: true,
  internal: { offset: 0, seen: 0 },
  update,
  registers: [
    {
      name: 'RTCDR',
      offset: 0x000,
      access: 'RO',
      reset: 0,
      summary: 'the time in seconds',
      read: (machine, device) => shown(machine, device, secondsAt(machine)),
    },
    {
      name: 'RTCMR',
      offset: 0x004,
      access: 'RW',
      reset: 0,
      summary: 'time of the interrupt',
      read: (_machine, { state }) => state.RTCMR,
      write: (machine, device, value) => {
        update(machine, device);
        device.state.RTCMR = value;
        if (shown(machine, device, device.state.seen) === value) device.state.RTCRIS = 1;
      },
    },
    {
      name: 'RTCLR',
      offset: 0x008,
      access: 'RW',
      reset: 0,
      summary: 'sets the time',
      read: (_machine, { state }) => state.RTCLR,
      write: (machine, device, value) => {
        update(machine, device);
        const { state } = device;
        state.RTCLR = value;
        state.offset = (((value - machine.platform.epoch - secondsAt(machine)) % TWO_32) + TWO_32) % TWO_32;
      },
    },
    {
      name: 'RTCCR',
      offset: 0x00c,
      access: 'RW',
      reset: 1,
      summary: 'bit 0: on; it cannot be turned off',
      writable: 0,
    },
    {
      name: 'RTCIMSC',
      offset: 0x010,
      access: 'RW',
      reset: 0,
      summary: 'bit 0: interrupt enabled',
      writable: 1,
    },
    { name: 'RTCRIS', offset: 0x014, access: 'RO', reset: 0, summary: 'bit 0: the time was RTCMR', read: raw },
    {
      name: 'RTCMIS',
      offset: 0x018,
      access: 'RO',
      reset: 0,
      summary: 'the same where enabled',
      read: (machine, device) => raw(machine, device) & device.state.RTCIMSC,
    },
    {
      name: 'RTCICR',
      offset: 0x01c,
      access: 'WO',
      reset: 0,
      summary: 'bit 0 clears the interrupt',
      write: (machine, device, value) => {
        update(machine, device);
        if ((value & 1) !== 0) device.state.RTCRIS = 0;
      },
    },
    ...primeCellIds<Pl031>([0x31, 0x10, 0x14, 0x00]),
  ],
});
