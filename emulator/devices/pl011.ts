/**
 * PL011 UART (platform facts, section 4): output goes to a console channel at once, input comes from the input log. The
 * transmit FIFO is always empty; the receive FIFO shows what was typed and not read yet, up to its depth.
 */
import { type ConsoleChannel, writeConsole } from '../machine/console';
import { consoleBytesWaiting, takeConsoleByte } from '../machine/input-log';
import type { Machine } from '../machine/machine';
import { type Device, drive, primeCellIds, type Register, registerDevice } from './model';

interface Pl011 {
  UARTLCR_H: number;
  UARTIFLS: number;
  UARTIMSC: number;
  UARTRIS: number;
  /** Bytes that waited when the receive interrupts were last looked at. */
  seen: number;
}

const FR_RXFE = 1 << 4;
const FR_RXFF = 1 << 6;
const FR_TXFE = 1 << 7;
const LCR_FIFOS = 1 << 4;
const FIFO_DEPTH = 32;
/** Bits of UARTRIS: receive, transmit, receive timeout. */
const RX = 1 << 4;
const TX = 1 << 5;
const RT = 1 << 6;
const INTERRUPTS = 0x7ff;
/** UARTIFLS.RXIFLSEL: eighths of the FIFO. */
const TRIGGER_EIGHTHS = [1, 2, 4, 6, 7] as const;

const depthOf = ({ state }: Device<Pl011>): number => ((state.UARTLCR_H & LCR_FIFOS) === 0 ? 1 : FIFO_DEPTH);
const triggerOf = (device: Device<Pl011>): number =>
  depthOf(device) === 1 ? 1 : ((TRIGGER_EIGHTHS[(device.state.UARTIFLS >>> 3) & 7] ?? 4) * FIFO_DEPTH) / 8;
const waiting = (machine: Machine, { region }: Device<Pl011>): number =>
  consoleBytesWaiting(machine.inputs, region.channel);

/**
 * The receive interrupt is raised when the FIFO reaches its trigger level. Bytes come all at once and the line is idle
 * behind them, so the timeout interrupt is raised whenever new bytes, or bytes left over by a read, do not reach it.
 */
function look(machine: Machine, device: Device<Pl011>): void {
  const { state } = device;
  const count = waiting(machine, device);
  if (count === state.seen) return;
  state.seen = count;
  state.UARTRIS &= ~(RX | RT);
  if (count >= triggerOf(device)) state.UARTRIS |= RX;
  else if (count > 0) state.UARTRIS |= RT;
}

function update(machine: Machine, device: Device<Pl011>): void {
  look(machine, device);
  const { state } = device;
  drive(machine, device, (state.UARTRIS & state.UARTIMSC) !== 0);
}

const kept = (name: string, offset: number, reset: number, summary: string, writable = 0xffff): Register<Pl011> => ({
  name,
  offset,
  access: 'RW',
  reset,
  summary,
  writable,
});

export const pl011 = registerDevice<Pl011>({
  kind: 'pl011',
  title: 'PL011 UART',
  summary: 'Characters leave at once, whatever the baud rate, and whether or not the UART is enabled.',
  internal: { seen: 0 },
  update,
  registers: [
    {
      name: 'UARTDR',
      offset: 0x000,
      access: 'RW',
      reset: 0,
      summary: 'write: a byte of output; read: a byte of input, 0 when there is none',
      read: (machine, device) => {
        const byte = takeConsoleByte(machine.inputs, device.region.channel);
        if (byte !== undefined) update(machine, device);
        return byte ?? 0;
      },
      write: (machine, device, value, { pe }) => {
        writeConsole(machine, pe, device.region.channel as ConsoleChannel, value);
        device.state.UARTRIS |= TX;
      },
    },
    { name: 'UARTRSR', offset: 0x004, access: 'RW', reset: 0, summary: 'errors: none', writable: 0 },
    {
      name: 'UARTFR',
      offset: 0x018,
      access: 'RO',
      reset: 0,
      summary: 'bit 4 RXFE no input, bit 6 RXFF receive FIFO full, bit 7 TXFE always',
      read: (machine, device) => {
        const count = waiting(machine, device);
        return FR_TXFE | (count === 0 ? FR_RXFE : 0) | (count >= depthOf(device) ? FR_RXFF : 0);
      },
    },
    kept('UARTILPR', 0x020, 0, 'kept', 0xff),
    kept('UARTIBRD', 0x024, 0, 'kept'),
    kept('UARTFBRD', 0x028, 0, 'kept', 0x3f),
    kept('UARTLCR_H', 0x02c, 0, 'bit 4: FIFOs enabled; the rest is kept', 0xff),
    kept('UARTCR', 0x030, 0x300, 'bit 0 UARTEN, bit 8 TXE, bit 9 RXE; kept'),
    kept('UARTIFLS', 0x034, 0x12, 'bits 5:3: level of the receive interrupt', 0x3f),
    kept('UARTIMSC', 0x038, 0, 'interrupts enabled', INTERRUPTS),
    {
      name: 'UARTRIS',
      offset: 0x03c,
      access: 'RO',
      reset: 0,
      summary: 'interrupts: bit 4 receive, bit 5 transmit, bit 6 receive timeout',
    },
    {
      name: 'UARTMIS',
      offset: 0x040,
      access: 'RO',
      reset: 0,
      summary: 'the same where enabled',
      read: (_machine, { state }) => state.UARTRIS & state.UARTIMSC,
    },
    {
      name: 'UARTICR',
      offset: 0x044,
      access: 'WO',
      reset: 0,
      summary: 'ones clear interrupts',
      write: (_machine, { state }, value) => {
        state.UARTRIS &= ~value;
      },
    },
    { name: 'UARTDMACR', offset: 0x048, access: 'RW', reset: 0, summary: 'kept; there is no DMA', writable: 7 },
    ...primeCellIds<Pl011>([0x11, 0x10, 0x34, 0x00]),
  ],
});
