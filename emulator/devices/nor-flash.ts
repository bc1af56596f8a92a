/**
 * NOR flash: two 16-bit chips side by side with the Intel command set, seen as one 32-bit device. Commands go to both
 * chips, and only the lower one's lane is looked at. Erased bytes are ones and take no space; operations are done at once.
 * Content survives every reset; the mode does not.
 */
import type { Machine } from '../machine/machine';
import type { Device, DeviceModel, DeviceState } from './model';

const BLOCK_SIZE = 0x4_0000;
const PAGE_SIZE = 4096;

const Mode = { Array: 0, Status: 1, Identifier: 2, Query: 3 } as const;
/** What the next write means. */
const Next = { Command: 0, Program: 1, Erase: 2, Lock: 3, BufferCount: 4, BufferData: 5, BufferConfirm: 6 } as const;

const READY = 0x80;
const ERASE_ERROR = 0x20;
const PROGRAM_ERROR = 0x10;
const LOCKED_ERROR = 0x02;
/** Words of the write buffer. */
const BUFFER_WORDS = 32;
/** Where the write buffer is kept among the pages: pairs of offset and value. */
const BUFFER_PAGE = -1;

const MANUFACTURER = 0x89;
const DEVICE = 0x18;

/** CFI query, from word 0x10 on: identification, voltages and timeouts, geometry of one chip, and the extended table. */
const QUERY: readonly number[] = [
  ...[0x51, 0x52, 0x59, 0x01, 0x00, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00],
  ...[0x45, 0x55, 0x00, 0x00, 0x08, 0x09, 0x0a, 0x00, 0x01, 0x01, 0x02, 0x00],
  ...[0x19, 0x01, 0x00, 0x06, 0x00, 0x01, 0xff, 0x00, 0x00, 0x02],
  ...[0x50, 0x52, 0x49, 0x31, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x33, 0x00],
];
const QUERY_START = 0x10;

type Flash = Device<DeviceState>;

const field = ({ state }: Flash, name: string): number => state[name] ?? 0;
const both = (value: number): number => value * 0x1_0001;

const lockName = (block: number): string => `locks${block >>> 5}`;
const blockOf = (offset: number): number => Math.floor(offset / BLOCK_SIZE);
const isLocked = (flash: Flash, offset: number): boolean =>
  ((field(flash, lockName(blockOf(offset))) >>> (blockOf(offset) & 31)) & 1) === 1;

function setLock(flash: Flash, offset: number, on: boolean): void {
  const name = lockName(blockOf(offset));
  const bit = 1 << (blockOf(offset) & 31);
  flash.state[name] = (on ? field(flash, name) | bit : field(flash, name) & ~bit) >>> 0;
}

function wordAt({ pages }: Flash, offset: number): number {
  const page = pages.get(Math.floor(offset / PAGE_SIZE));
  if (page === undefined) return 0xffff_ffff;
  const at = offset % PAGE_SIZE;
  return new DataView(page.buffer, page.byteOffset).getUint32(at, true);
}

/** Programming turns ones into zeros. Pages are replaced, never changed, so that whoever saved one can keep it. */
function programWord(flash: Flash, offset: number, value: number, mask: number): void {
  if (isLocked(flash, offset)) {
    flash.state['status'] = field(flash, 'status') | PROGRAM_ERROR | LOCKED_ERROR;
    return;
  }
  const number = Math.floor(offset / PAGE_SIZE);
  const page = flash.pages.get(number)?.slice() ?? new Uint8Array(PAGE_SIZE).fill(0xff);
  const view = new DataView(page.buffer);
  const at = offset % PAGE_SIZE;
  view.setUint32(at, view.getUint32(at, true) & (value | ~mask), true);
  flash.pages.set(number, page);
}

function eraseBlock(flash: Flash, offset: number): void {
  if (isLocked(flash, offset)) {
    flash.state['status'] = field(flash, 'status') | ERASE_ERROR | LOCKED_ERROR;
    return;
  }
  const first = (blockOf(offset) * BLOCK_SIZE) / PAGE_SIZE;
  for (let page = first; page < first + BLOCK_SIZE / PAGE_SIZE; page++) flash.pages.delete(page);
}

/** A command that is a write of its own, or the first of several. Anything not listed reads the array. */
function command(flash: Flash, value: number): void {
  const { state } = flash;
  state['next'] = Next.Command;
  state['mode'] = Mode.Status;
  switch (value) {
    case 0x10:
    case 0x40:
      state['next'] = Next.Program;
      break;
    case 0x20:
      state['next'] = Next.Erase;
      break;
    case 0x60:
      state['next'] = Next.Lock;
      break;
    case 0xe8:
      state['next'] = Next.BufferCount;
      break;
    case 0x50:
      state['status'] = READY;
      state['mode'] = Mode.Array;
      break;
    case 0x70:
    case 0xb0:
    case 0xd0:
      break;
    case 0x90:
      state['mode'] = Mode.Identifier;
      break;
    case 0x98:
      state['mode'] = Mode.Query;
      break;
    default:
      state['mode'] = Mode.Array;
  }
}

const sequenceError = (flash: Flash): void => {
  flash.state['status'] = field(flash, 'status') | PROGRAM_ERROR | ERASE_ERROR;
};

/** Takes a word into the write buffer. */
function fillBuffer(flash: Flash, offset: number, value: number): void {
  const { state, pages } = flash;
  const buffer = pages.get(BUFFER_PAGE)?.slice() ?? new Uint8Array(BUFFER_WORDS * 8);
  const view = new DataView(buffer.buffer);
  const at = field(flash, 'filled');
  view.setUint32(at * 8, offset, true);
  view.setUint32(at * 8 + 4, value, true);
  pages.set(BUFFER_PAGE, buffer);
  state['filled'] = at + 1;
  if (at + 1 === field(flash, 'count')) state['next'] = Next.BufferConfirm;
}

function programBuffer(flash: Flash): void {
  const buffer = flash.pages.get(BUFFER_PAGE);
  flash.pages.delete(BUFFER_PAGE);
  if (buffer === undefined) return;
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  for (let at = 0; at < field(flash, 'filled'); at++)
    programWord(flash, view.getUint32(at * 8, true), view.getUint32(at * 8 + 4, true), 0xffff_ffff);
}

function write(_machine: Machine, flash: Flash, offset: number, value: number, mask: number): void {
  const { state } = flash;
  const code = value & 0xff;
  const next = field(flash, 'next');
  if (next === Next.Command) {
    command(flash, code);
    return;
  }
  state['next'] = Next.Command;
  state['mode'] = Mode.Status;
  if (next === Next.Program) programWord(flash, offset, value, mask);
  else if (next === Next.Erase) {
    if (code === 0xd0) eraseBlock(flash, offset);
    else sequenceError(flash);
  } else if (next === Next.Lock) {
    if (code === 0x01 || code === 0x2f) setLock(flash, offset, true);
    else if (code === 0xd0) setLock(flash, offset, false);
    else sequenceError(flash);
  } else if (next === Next.BufferCount) {
    if ((value & 0xffff) >= BUFFER_WORDS) sequenceError(flash);
    else {
      Object.assign(state, { count: (value & 0xffff) + 1, filled: 0, next: Next.BufferData });
    }
  } else if (next === Next.BufferData) {
    state['next'] = Next.BufferData;
    fillBuffer(flash, offset, value);
  } else if (code === 0xd0) programBuffer(flash);
  else {
    flash.pages.delete(BUFFER_PAGE);
    sequenceError(flash);
  }
}

function read(_machine: Machine, flash: Flash, offset: number): number {
  switch (field(flash, 'mode')) {
    case Mode.Status:
      return both(field(flash, 'status'));
    case Mode.Identifier: {
      const word = (offset % BLOCK_SIZE) / 4;
      if (word === 2) return isLocked(flash, offset) ? both(1) : 0;
      return word === 0 ? both(MANUFACTURER) : word === 1 ? both(DEVICE) : 0;
    }
    case Mode.Query:
      return both(QUERY[offset / 4 - QUERY_START] ?? 0);
    default:
      return wordAt(flash, offset);
  }
}

export const norFlash: DeviceModel<DeviceState> = {
  kind: 'nor-flash',
  title: 'NOR flash',
  summary:
    'Two 16-bit chips with the Intel command set, 256 KiB blocks: read array, identifier, status and CFI query, word and buffered programming, block erase, lock and unlock. Blocks start unlocked. Content survives every reset. No instructions can be fetched from it.',
  registers: [],
  widest: 8,
  timed: false,
  keeps: false,
  create: () => ({ mode: Mode.Array, next: Next.Command, status: READY, count: 0, filled: 0 }),
  read,
  write,
  update: undefined,
};
