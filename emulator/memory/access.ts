/**
 * Access to physical memory by native firmware, Host and debugger. Values are little endian. Reads of a page under
 * another context than it was written under re-express it, as hardware would decrypt it with the other key; `peekBytes`
 * computes the same without changing anything.
 */
import { GRANULE_SIZE, type Granule, type Pa } from '../address';
import { type MachineMemory, pageFor, slotNumber, tableOf } from './memory';
import { contextTag, encryptPage, PRISTINE, reexpress } from './mpe';
import type { EncryptionContext } from './pas';
import { notMemory } from './problems';

/** WebAssembly address of the byte, or 0 where the page is known to read zero under `context`. */
export function locateRead(memory: MachineMemory, context: EncryptionContext, address: number): number {
  const granule = Math.floor(address / GRANULE_SIZE);
  const offset = address - granule * GRANULE_SIZE;
  const table = tableOf(memory, granule);
  if (table === undefined) throw notMemory(address);
  const entry = table.entries[granule - table.first] ?? 0;
  if (entry === 0) return 0;
  if ((entry & 1) === 1 && entry >>> 1 === contextTag(memory.contexts, context)) return 0;
  return pageFor(memory, context, granule, false) + offset;
}

function locateWrite(memory: MachineMemory, context: EncryptionContext, address: number): number {
  const granule = Math.floor(address / GRANULE_SIZE);
  return pageFor(memory, context, granule, true) + (address - granule * GRANULE_SIZE);
}

/** Division instead of a remainder: % of a number above 2^31 is a library call, and this is on every path. */
const crosses = (address: number, size: number): boolean =>
  address - Math.floor(address / GRANULE_SIZE) * GRANULE_SIZE + size > GRANULE_SIZE;

export function readU8(memory: MachineMemory, context: EncryptionContext, address: Pa): number {
  const at = locateRead(memory, context, address);
  return at === 0 ? 0 : memory.views.data.getUint8(at);
}

export function readU16(memory: MachineMemory, context: EncryptionContext, address: Pa): number {
  if (crosses(address, 2)) return viewOf(readBytes(memory, context, address, 2)).getUint16(0, true);
  const at = locateRead(memory, context, address);
  return at === 0 ? 0 : memory.views.data.getUint16(at, true);
}

export function readU32(memory: MachineMemory, context: EncryptionContext, address: Pa): number {
  if (crosses(address, 4)) return viewOf(readBytes(memory, context, address, 4)).getUint32(0, true);
  const at = locateRead(memory, context, address);
  return at === 0 ? 0 : memory.views.data.getUint32(at, true);
}

export function readU64(memory: MachineMemory, context: EncryptionContext, address: Pa): bigint {
  if (crosses(address, 8)) return viewOf(readBytes(memory, context, address, 8)).getBigUint64(0, true);
  const at = locateRead(memory, context, address);
  return at === 0 ? 0n : memory.views.data.getBigUint64(at, true);
}

/** A 64-bit word as a number; NaN when it is not below 2^53. */
export function readNumber(memory: MachineMemory, context: EncryptionContext, address: Pa): number {
  if (crosses(address, 8)) return exact(readU64(memory, context, address));
  const at = locateRead(memory, context, address);
  if (at === 0) return 0;
  const view = memory.views.data;
  const high = view.getUint32(at + 4, true);
  return high < 0x20_0000 ? high * 0x1_0000_0000 + view.getUint32(at, true) : Number.NaN;
}

const exact = (value: bigint): number => (value < 0x20_0000_0000_0000n ? Number(value) : Number.NaN);

export function writeU8(memory: MachineMemory, context: EncryptionContext, address: Pa, value: number): void {
  const at = locateWrite(memory, context, address);
  memory.views.data.setUint8(at, value);
}

export function writeU16(memory: MachineMemory, context: EncryptionContext, address: Pa, value: number): void {
  if (crosses(address, 2)) writeWord(memory, context, address, BigInt(value), 2);
  else {
    const at = locateWrite(memory, context, address);
    memory.views.data.setUint16(at, value, true);
  }
}

export function writeU32(memory: MachineMemory, context: EncryptionContext, address: Pa, value: number): void {
  if (crosses(address, 4)) writeWord(memory, context, address, BigInt(value), 4);
  else {
    const at = locateWrite(memory, context, address);
    memory.views.data.setUint32(at, value, true);
  }
}

/** Values wrap to 64 bits. */
export function writeU64(memory: MachineMemory, context: EncryptionContext, address: Pa, value: bigint): void {
  if (crosses(address, 8)) writeWord(memory, context, address, value, 8);
  else {
    const at = locateWrite(memory, context, address);
    memory.views.data.setBigUint64(at, value, true);
  }
}

/** A 64-bit word given as a whole number from 0 to 2^53 - 1. */
export function writeNumber(memory: MachineMemory, context: EncryptionContext, address: Pa, value: number): void {
  if (crosses(address, 8)) {
    writeWord(memory, context, address, BigInt(value), 8);
    return;
  }
  const at = locateWrite(memory, context, address);
  const view = memory.views.data;
  const high = Math.floor(value / 0x1_0000_0000);
  view.setUint32(at, value - high * 0x1_0000_0000, true);
  view.setUint32(at + 4, high, true);
}

function writeWord(memory: MachineMemory, context: EncryptionContext, address: Pa, value: bigint, size: number): void {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value, true);
  writeBytes(memory, context, address, bytes.subarray(0, size));
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A copy of `length` bytes; may span granules. */
export function readBytes(memory: MachineMemory, context: EncryptionContext, address: Pa, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const size = Math.min(length - done, GRANULE_SIZE - ((address + done) % GRANULE_SIZE));
    const at = locateRead(memory, context, address + done);
    if (at !== 0) bytes.set(memory.views.bytes.subarray(at, at + size), done);
    done += size;
  }
  return bytes;
}

/** The bytes of a granule as they lie in memory: to be read at once, before any other call allocates a page. */
export function viewGranule(memory: MachineMemory, context: EncryptionContext, granule: Granule): Uint8Array {
  const at = pageFor(memory, context, granule, false);
  return memory.views.bytes.subarray(at, at + GRANULE_SIZE);
}

/** May span granules. */
export function writeBytes(memory: MachineMemory, context: EncryptionContext, address: Pa, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const offset = (address + done) % GRANULE_SIZE;
    const size = Math.min(bytes.length - done, GRANULE_SIZE - offset);
    const at = pageFor(memory, context, (address + done - offset) / GRANULE_SIZE, true, size === GRANULE_SIZE) + offset;
    memory.views.bytes.set(bytes.subarray(done, done + size), at);
    done += size;
  }
}

/** Copies bytes between contexts; ranges must not overlap. */
export function copyBytes(
  memory: MachineMemory,
  toContext: EncryptionContext,
  to: Pa,
  fromContext: EncryptionContext,
  from: Pa,
  length: number,
): void {
  writeBytes(memory, toContext, to, readBytes(memory, fromContext, from, length));
}

/**
 * What a reader under `context` would see, or what the memory bus carries (`bus`: the ciphertext E(p)), without
 * allocating, retagging or re-expressing anything. A granule never touched is zero in every view.
 * @throws Problem `not-memory`
 */
export function peekBytes(
  memory: MachineMemory,
  context: EncryptionContext | 'bus',
  address: Pa,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const offset = (address + done) % GRANULE_SIZE;
    const size = Math.min(length - done, GRANULE_SIZE - offset);
    const page = peekPage(memory, context, (address + done - offset) / GRANULE_SIZE);
    if (page !== undefined) bytes.set(page.subarray(offset, offset + size), done);
    done += size;
  }
  return bytes;
}

/** The 4096 bytes of a granule in a view; undefined when they are all zero. */
function peekPage(memory: MachineMemory, context: EncryptionContext | 'bus', granule: number): Uint8Array | undefined {
  const table = tableOf(memory, granule);
  if (table === undefined) throw notMemory(granule * GRANULE_SIZE);
  const entry = table.entries[granule - table.first] ?? 0;
  if (entry === 0) return undefined;
  const freed = (entry & 1) === 1;
  const held = freed ? entry >>> 1 : (memory.slotTags[slotNumber(entry)] ?? 0);
  if (held === PRISTINE) return undefined;
  const wanted = context === 'bus' ? -1 : contextTag(memory.contexts, context);
  if (held === wanted) return freed ? undefined : memory.views.bytes.subarray(entry, entry + GRANULE_SIZE);
  const words = freed ? new Uint32Array(1024) : memory.views.u32.slice(entry / 4, entry / 4 + 1024);
  if (context === 'bus') {
    encryptPage(memory.contexts, held, granule, words, 0);
  } else {
    reexpress(memory.contexts, held, wanted, granule, words, 0);
  }
  return new Uint8Array(words.buffer);
}
