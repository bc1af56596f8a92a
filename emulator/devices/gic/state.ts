/**
 * State of the GICv3 (platform facts, section 4): a distributor with the shared interrupts, and for each PE a
 * redistributor with its private ones. Two Security states; EL3 has left the Secure interrupts in Group 0 and enabled,
 * everything else in Non-secure Group 1. The CPU interface is in system registers (`cpu/sysreg/physical-gic.ts`).
 */
import { mpidrOf } from '../../machine/platform';
import type { Saved } from '../../machine/saved';

/** Interrupts of the distributor: INTIDs 0 to 255 (GICD_TYPER.ITLinesNumber 7), 0 to 31 of which are private. */
export const INTIDS = 256;
export const PRIVATE_INTIDS = 32;
export const SPURIOUS = 1023;
/** PPIs by their source (platform facts, section 3). */
export const Ppi = {
  pmu: 23,
  maintenance: 25,
  hypPhysical: 26,
  virtual: 27,
  hypVirtual: 28,
  securePhysical: 29,
  physical: 30,
};

/** Interrupts that belong to the Secure side: SGIs 8 to 15, the Secure timer, Trusted watchdog and Secure RTC. */
const SECURE_INTIDS: readonly number[] = [8, 9, 10, 11, 12, 13, 14, 15, 29, 56, 57];
/** Priority that EL3 leaves, and the one of Secure interrupts; as the distributor keeps them. */
const DEFAULT_PRIORITY = 0x80;
const SECURE_PRIORITY = 0x08;

/** One bit (a byte for the priority) for each interrupt, in words of 32. */
export interface InterruptBank {
  /** Non-secure Group 1; otherwise Group 0. */
  readonly group1: number[];
  readonly enabled: number[];
  /** Pending state that an edge or a write of ISPENDR has left. */
  readonly latched: number[];
  /** Inputs that are high. */
  readonly lines: number[];
  readonly active: number[];
  /** Edge-triggered; otherwise the interrupt is pending while its input is high. */
  readonly edge: number[];
  /** As the distributor keeps it: Non-secure accesses see the upper half, shifted. */
  readonly priority: number[];
}

export interface Gic {
  /** GICD_CTLR as Non-secure software wrote it: EnableGrp1, EnableGrp1A. */
  control: number;
  /** Word 0 and the first 32 priorities are not used. */
  readonly shared: InterruptBank;
  /** GICD_IROUTER by INTID: Aff3 at bits 39:32, Aff2 to Aff0 at bits 23:0. */
  readonly routes: number[];
  /** By PE: SGIs and PPIs. */
  readonly privates: InterruptBank[];
  /** By PE: GICR_WAKER.ProcessorSleep. */
  readonly asleep: boolean[];
}

const filled = <T>(length: number, value: T): T[] => Array.from({ length }, () => value);

function createBank(words: number, first: number): InterruptBank {
  const secure = filled(words, 0);
  const priority = filled(words * 32, DEFAULT_PRIORITY);
  for (const intid of SECURE_INTIDS) {
    const at = intid - first;
    if (at < 0 || at >= words * 32 || (words > 1 && intid < PRIVATE_INTIDS)) continue;
    secure[at >>> 5] = ((secure[at >>> 5] ?? 0) | (1 << (at & 31))) >>> 0;
    priority[at] = SECURE_PRIORITY;
  }
  return {
    group1: secure.map((word) => ~word >>> 0),
    enabled: [...secure],
    latched: filled(words, 0),
    lines: filled(words, 0),
    active: filled(words, 0),
    edge: filled(words, 0),
    priority,
  };
}

/** What EL3 hands over. SGIs are edge-triggered, everything else level-sensitive. */
export function createGic(pes: number): Gic {
  const privates = Array.from({ length: pes }, () => createBank(1, 0));
  for (const bank of privates) bank.edge[0] = 0xffff;
  return {
    control: 0,
    shared: createBank(INTIDS / 32, 0),
    routes: filled(INTIDS, 0),
    privates,
    asleep: filled(pes, false),
  };
}

/** Affinity of a PE in the form of GICD_IROUTER. */
export const affinityOf = (pe: number): number => {
  const mpidr = mpidrOf(pe);
  return Number(((mpidr >> 32n) & 0xffn) << 32n) + Number(mpidr & 0xff_ffffn);
};

/** The bank that an INTID belongs to for a PE. */
export const bankFor = (gic: Gic, pe: number, intid: number): InterruptBank =>
  intid < PRIVATE_INTIDS ? (gic.privates[pe] as InterruptBank) : gic.shared;

export const bitOf = (words: readonly number[], intid: number): boolean =>
  (((words[intid >>> 5] ?? 0) >>> (intid & 31)) & 1) === 1;

export function setBit(words: number[], intid: number, on: boolean): void {
  const at = intid >>> 5;
  const bit = 1 << (intid & 31);
  words[at] = (on ? (words[at] ?? 0) | bit : (words[at] ?? 0) & ~bit) >>> 0;
}

/** Pending state of 32 interrupts: latched, or level-sensitive with a high input. */
export const pendingWord = (bank: InterruptBank, word: number): number =>
  ((bank.latched[word] ?? 0) | ((bank.lines[word] ?? 0) & ~(bank.edge[word] ?? 0))) >>> 0;

const BANK_PARTS = ['group1', 'enabled', 'latched', 'lines', 'active', 'edge', 'priority'] as const;

const saveBank = (bank: InterruptBank): Saved =>
  Object.fromEntries(BANK_PARTS.map((part) => [part, [...bank[part]]])) as Saved;

function restoreBank(bank: InterruptBank, saved: InterruptBank): void {
  for (const part of BANK_PARTS) bank[part].splice(0, bank[part].length, ...saved[part]);
}

export const saveGic = (gic: Gic): Saved => ({
  control: gic.control,
  shared: saveBank(gic.shared),
  routes: [...gic.routes],
  privates: gic.privates.map(saveBank),
  asleep: [...gic.asleep],
});

export function restoreGic(gic: Gic, saved: Saved): void {
  const from = saved as unknown as Gic;
  gic.control = from.control;
  restoreBank(gic.shared, from.shared);
  gic.routes.splice(0, gic.routes.length, ...from.routes);
  gic.privates.forEach((bank, pe) => {
    restoreBank(bank, from.privates[pe] as InterruptBank);
  });
  gic.asleep.splice(0, gic.asleep.length, ...from.asleep);
}
