/**
 * Translation as a part of the machine: the interpreter's bus, and the hooks by which memory, GPT and breakpoints take
 * back what the software TLB holds. Nothing here is saved: all of it is cache, or lives within one step.
 */
import { GRANULE_SIZE, type Granule } from '../address';
import type { Bus } from '../cpu/bus';
import { dropCodePage } from '../cpu/interpreter/interpreter';
import { ALL_BANKS, flushBanks, forgetFetches, forgetSlot, forgetWrites } from '../cpu/tlb';
import type { Machine } from '../machine/machine';
import { isRam, type MachineMemory, PageFlag, pageFlags, slotOf, unflagPage } from '../memory/memory';
import { access, commit, type PendingWrite } from './bus';
import type { DevicePages } from './device-pages';
import type { RegimeCache } from './regime-cache';
import { createTableStores, type TableStores } from './table-store';
import type { Fault } from './types';

export { currentRegime, translateForDebugger, translateWith } from './translate';
export type { Access, AccessKind, Fault, Step, Translated, TranslationResult } from './types';

/** What translation needs of a machine. */
export type TranslatingMachine = Pick<
  Machine,
  'memory' | 'platform' | 'pes' | 'interpreter' | 'stop' | 'schedule' | 'devices' | 'clock' | 'events' | 'translation'
>;

/** A data access to a page with a data breakpoint, announced before it is made. */
export interface WatchedAccess {
  readonly pe: number;
  readonly va: bigint;
  readonly pa: number;
  readonly size: number;
  readonly kind: 'read' | 'write';
}

export interface Translation {
  readonly bus: Bus;
  /** By PE: the fault the interpreter leaves with `Exit.Fault`. */
  readonly faults: (Fault | undefined)[];
  /** By PE: the write that `commit` will carry out. */
  readonly pending: (PendingWrite | undefined)[];
  /** Device pages that the TLB knows. */
  readonly devicePages: DevicePages;
  readonly regimes: RegimeCache;
  readonly tableStores: TableStores;
  /** Data breakpoints: called for every access to a page flagged Watched. May call `requestStop`. */
  onWatchedAccess: ((access: WatchedAccess) => void) | undefined;
  /** Empty the TLB before every slow access: tests show with it that the TLB is never observable. */
  alwaysFlush: boolean;
  machine: TranslatingMachine | undefined;
}

/** A translation whose bus works once `connectTranslation` has been given the machine. */
export function createTranslation(): Translation {
  const translation: Translation = {
    bus: {
      access: (pe, vaLow, vaHigh, kind) => access(connected(translation), pe, vaLow, vaHigh, kind),
      commit: (pe) => commit(connected(translation), pe),
    },
    faults: [],
    pending: [],
    devicePages: new Map(),
    regimes: [],
    tableStores: createTableStores(),
    onWatchedAccess: undefined,
    alwaysFlush: false,
    machine: undefined,
  };
  return translation;
}

function connected(translation: Translation): TranslatingMachine {
  if (translation.machine === undefined) throw new TypeError('The bus is used before connectTranslation.');
  return translation.machine;
}

/** Ties the TLB to everything that makes its entries stale. To be called once, when the machine is wired. */
export function connectTranslation(machine: TranslatingMachine): void {
  const { memory, translation, stop } = machine;
  translation.machine = machine;
  memory.onFlaggedWrite = (granule, flags) => onFlaggedWrite(machine, granule, flags);
  memory.onPageDropped = (granule, address) => {
    // Its descriptors read differently now, or are gone.
    if ((pageFlags(memory, granule) & PageFlag.Descriptor) !== 0) flushTlb(machine, 'all');
    dropCodePage(machine.interpreter, address);
    for (const pe of machine.pes) forgetSlot(pe, address, false);
  };
  memory.onAllClean = () => {
    for (const pe of machine.pes) forgetWrites(pe);
  };
  memory.onGpiChanged = (granule) => onGpiChanged(machine, granule);
  stop.onPagesChanged = () => {
    for (const pe of machine.pes) forgetFetches(pe);
  };
}

/** A page that caches depend on is about to be written. */
function onFlaggedWrite(machine: TranslatingMachine, granule: Granule, flags: number): void {
  const { memory } = machine;
  if ((flags & PageFlag.Descriptor) !== 0) {
    unflagPage(memory, granule, PageFlag.Descriptor);
    flushTlb(machine, 'all');
  }
  if ((flags & PageFlag.Code) !== 0) dropCodePage(machine.interpreter, slotOf(memory, granule));
}

/** A granule moved to another PAS: what is cached of it goes, and everything that was translated through its descriptors. */
function onGpiChanged(machine: TranslatingMachine, granule: Granule): void {
  const { memory } = machine;
  const flags = pageFlags(memory, granule);
  if ((flags & PageFlag.Descriptor) !== 0 || !isRam(memory, granule * GRANULE_SIZE)) flushTlb(machine, 'all');
  else if ((flags & PageFlag.Cached) !== 0) {
    const address = slotOf(memory, granule);
    for (const pe of machine.pes) forgetSlot(pe, address, false);
  }
}

/** Takes away the write tags of a page of which a descriptor has just been used. */
export function guardDescriptorPage(
  machine: { readonly memory: MachineMemory; readonly pes: Machine['pes'] },
  granule: number,
): void {
  const address = slotOf(machine.memory, granule);
  for (const pe of machine.pes) forgetSlot(pe, address, true);
}

/** `all`, or the banks of a mask, on every PE. Flushing more than needed is never observable. */
export function flushTlb(machine: Pick<Machine, 'pes'>, scope: 'all' | number): void {
  const mask = scope === 'all' ? ALL_BANKS : scope;
  for (const pe of machine.pes) flushBanks(pe, mask);
}
