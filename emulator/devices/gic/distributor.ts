/**
 * Registers of the distributor and of the SGI frame of a redistributor, as Non-secure accesses see them: Secure
 * interrupts (Group 0) read as zero and ignore writes, priorities are the lower half (GICv3 architecture, 4.8.1).
 */
import { type Gic, INTIDS, type InterruptBank, pendingWord } from './state';

const GICD_CTLR = 0x0;
const GICD_TYPER = 0x4;
const GICD_IIDR = 0x8;
export const PIDR2 = 0xffe8;
/** Implementer Arm, as the model's. */
export const IIDR = 0x43b;
export const ARCH_GICV3 = 0x3b;
/** ITLinesNumber 7 (256 INTIDs), SecurityExtn, 16 INTID bits, A3V, No1N. */
const TYPER = 7 | (1 << 10) | (15 << 19) | (1 << 24) | (1 << 25);
/** ARE_NS, which reads as one. */
const ARE_NS = 1 << 4;
const CONTROL_WRITABLE = 3;

const IROUTER = 0x6000;
const IROUTER_HIGH_WRITABLE = 0xff;
const IROUTER_LOW_WRITABLE = 0xff_ffff;

/** Registers with one bit an interrupt: first offset, state they show, and whether ones written set or clear it. */
const BIT_REGISTERS = [
  { at: 0x100, state: 'enabled', sets: true },
  { at: 0x180, state: 'enabled', sets: false },
  { at: 0x200, state: 'latched', sets: true },
  { at: 0x280, state: 'latched', sets: false },
  { at: 0x300, state: 'active', sets: true },
  { at: 0x380, state: 'active', sets: false },
] as const;
const IPRIORITYR = 0x400;
const ICFGR = 0xc00;

const bitRegister = (offset: number): (typeof BIT_REGISTERS)[number] | undefined =>
  BIT_REGISTERS.find(({ at }) => offset >= at && offset < at + 0x80);

/** Five bits of priority are implemented; a Non-secure access sees the four of the lower half. */
const priorityShown = (kept: number): number => (kept << 1) & 0xff;
const priorityKept = (written: number): number => 0x80 | ((written >> 1) & 0x78);

/** Bits of a word of ICFGR (two an interrupt, the upper one is edge) from 16 bits of state, and back. */
function spread(bits: number): number {
  let word = 0;
  for (let index = 0; index < 16; index++) if (((bits >> index) & 1) !== 0) word |= 2 << (2 * index);
  return word >>> 0;
}
function gather(word: number): number {
  let bits = 0;
  for (let index = 0; index < 16; index++) if (((word >>> (2 * index + 1)) & 1) !== 0) bits |= 1 << index;
  return bits;
}

/** A register with a part for each interrupt of the bank; undefined where there is none at this offset. */
export function readBank(bank: InterruptBank, offset: number): number | undefined {
  const bits = bitRegister(offset);
  if (bits !== undefined) {
    const word = (offset - bits.at) >>> 2;
    const state = bits.state === 'latched' ? pendingWord(bank, word) : (bank[bits.state][word] ?? 0);
    return (state & (bank.group1[word] ?? 0)) >>> 0;
  }
  if (offset >= IPRIORITYR && offset < IPRIORITYR + bank.priority.length) {
    let value = 0;
    for (let byte = 0; byte < 4; byte++) {
      const intid = offset - IPRIORITYR + byte;
      if (isNonSecure(bank, intid)) value |= priorityShown(bank.priority[intid] ?? 0) << (8 * byte);
    }
    return value >>> 0;
  }
  if (offset >= ICFGR && offset < ICFGR + bank.priority.length / 4) {
    const { word, shift } = configPlace(offset);
    return spread((((bank.edge[word] ?? 0) & (bank.group1[word] ?? 0)) >>> shift) & 0xffff);
  }
  return undefined;
}

const isNonSecure = (bank: InterruptBank, intid: number): boolean =>
  (((bank.group1[intid >>> 5] ?? 0) >>> (intid & 31)) & 1) === 1;

const configPlace = (offset: number): { word: number; shift: number } => {
  const first = (offset - ICFGR) * 4;
  return { word: first >>> 5, shift: first & 31 };
};

/** Writes the bits of `mask`. SGIs stay edge-triggered. */
export function writeBank(bank: InterruptBank, offset: number, value: number, mask: number, isPrivate: boolean): void {
  const bits = bitRegister(offset);
  if (bits !== undefined) {
    const word = (offset - bits.at) >>> 2;
    const chosen = value & mask & (bank.group1[word] ?? 0);
    const words = bank[bits.state];
    if (word < words.length)
      words[word] = (bits.sets ? (words[word] ?? 0) | chosen : (words[word] ?? 0) & ~chosen) >>> 0;
  } else if (offset >= IPRIORITYR && offset < IPRIORITYR + bank.priority.length) {
    for (let byte = 0; byte < 4; byte++) {
      const intid = offset - IPRIORITYR + byte;
      if (((mask >>> (8 * byte)) & 0xff) === 0 || !isNonSecure(bank, intid)) continue;
      bank.priority[intid] = priorityKept((value >>> (8 * byte)) & 0xff);
    }
  } else if (offset >= ICFGR && offset < ICFGR + bank.priority.length / 4) {
    const { word, shift } = configPlace(offset);
    if (isPrivate && shift === 0) return;
    const chosen = (gather(mask) << shift) & (bank.group1[word] ?? 0);
    bank.edge[word] = (((bank.edge[word] ?? 0) & ~chosen) | ((gather(value) << shift) & chosen)) >>> 0;
  }
}

const routeOf = (offset: number): { intid: number; high: boolean } | undefined => {
  const intid = Math.floor((offset - IROUTER) / 8);
  return intid >= 32 && intid < INTIDS ? { intid, high: offset % 8 === 4 } : undefined;
};

/** A 32-bit distributor register; zero where there is none. */
export function readDistributor(gic: Gic, offset: number): number {
  if (offset === GICD_CTLR) return gic.control | ARE_NS;
  if (offset === GICD_TYPER) return TYPER;
  if (offset === GICD_IIDR) return IIDR;
  if (offset === PIDR2) return ARCH_GICV3;
  const route = routeOf(offset);
  if (route !== undefined) {
    if (!isNonSecure(gic.shared, route.intid)) return 0;
    const affinity = gic.routes[route.intid] ?? 0;
    return route.high ? Math.floor(affinity / 2 ** 32) : affinity % 2 ** 32;
  }
  return isShared(offset) ? (readBank(gic.shared, offset) ?? 0) : 0;
}

/** With affinity routing the distributor's registers of private interrupts read as zero. */
function isShared(offset: number): boolean {
  if (bitRegister(offset) !== undefined) return offset % 0x80 !== 0;
  return offset >= ICFGR ? offset >= ICFGR + 8 : offset >= IPRIORITYR + 32;
}

/** Writes the bits of `mask` of a 32-bit distributor register. */
export function writeDistributor(gic: Gic, offset: number, value: number, mask: number): void {
  if (offset === GICD_CTLR) {
    gic.control = (gic.control & ~mask) | (value & mask & CONTROL_WRITABLE);
    return;
  }
  const route = routeOf(offset);
  if (route !== undefined) {
    if (!isNonSecure(gic.shared, route.intid)) return;
    const before = gic.routes[route.intid] ?? 0;
    const [high, low] = [Math.floor(before / 2 ** 32), before % 2 ** 32];
    const merge = (old: number): number => ((old & ~mask) | (value & mask)) >>> 0;
    gic.routes[route.intid] = route.high
      ? (merge(high) & IROUTER_HIGH_WRITABLE) * 2 ** 32 + low
      : high * 2 ** 32 + (merge(low) & IROUTER_LOW_WRITABLE);
  } else if (isShared(offset)) writeBank(gic.shared, offset, value, mask, false);
}
