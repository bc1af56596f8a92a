/** The slow way of every access of the interpreter (`cpu/bus.ts`), and the same for DC ZVA. */
import { GRANULE_SIZE, granuleOf, pa } from '../address';
import { BUS_SIZE_SHIFT, BUS_UNPRIVILEGED, BUS_ZVA, BusAccess } from '../cpu/bus';
import {
  armedWatchpoints,
  debugEnabled,
  hasArmedBreakpoint,
  hasArmedWatchpoint,
  watchedAddress,
} from '../cpu/debug/match';
import { Exit } from '../cpu/exit';
import { acceptsBranch } from '../cpu/interpreter/branch-target';
import { ensureCodePage } from '../cpu/interpreter/interpreter';
import {
  BTYPE,
  BTYPE_BUDGET,
  BUDGET,
  CPU_FLAG,
  EXIT_CODE,
  FLAGS,
  GUARDED,
  PC,
  PSTATE_REST,
  SCRATCH,
  TLB_BANK,
  TLB_CODE,
  TLB_FETCH_TAG,
  TLB_GUARDED,
  TLB_NO_TAG,
  TLB_PAGE,
  TLB_READ_TAG,
  TLB_WRITE_TAG,
} from '../cpu/layout';
import { currentEl, type Pe, peOf, readSysreg, sctlrOf } from '../cpu/pe';
import { ALL_BANKS, flushBanks, markFilled } from '../cpu/tlb';
import { readDevice, readDeviceWord, writeDevice } from '../devices/devices';
import { hasBreakpointInPage } from '../machine/stop';
import { peBase, TLB_BANK_ENTRIES, TLB_BANK_SIZE, TLB_BANKS, TLB_BASE, TLB_ENTRY_SIZE } from '../memory/map';
import { flagPage, isRam, PageFlag, pageFlags, touchPage, writeBytes } from '../memory/memory';
import type { Walker } from './descriptor';
import { DEVICE_PAGE, DEVICE_TAG, knownDevicePage, noteDevicePage } from './device-pages';
import type { Regime } from './regime';
import { cachedRegime } from './regime-cache';
import { decodeKind, type Request } from './request';
import { isDevice } from './stage1';
import { touchForStore } from './table-store';
import { translateWith } from './translate';
import { flushTlb, guardDescriptorPage, type TranslatingMachine } from './translation';
import type { Access, Fault, Translated } from './types';

/** What `commit` writes: bytes of the scratch area, to one device register or to one or two pages. */
export interface PendingWrite {
  readonly access: Access;
  readonly parts: readonly { readonly to: Translated; readonly length: number }[];
}

const FLAG_NO_WRITE_TAG = PageFlag.Code | PageFlag.Descriptor | PageFlag.Watched;
const HOOKED = PageFlag.Watched;

/** `Bus.access`. */
export function access(
  machine: TranslatingMachine,
  peIndex: number,
  vaLow: number,
  vaHigh: number,
  kind: number,
): number {
  const pe = peOf(machine, peIndex);
  if (machine.translation.alwaysFlush) flushBanks(pe, ALL_BANKS);
  const known = knownDevicePage(machine.translation.devicePages, pe, vaLow, vaHigh, kind);
  if (known !== undefined && (kind & 3) === BusAccess.Read && quickRead(machine, pe, known, vaLow, kind)) {
    return scratchOf(pe);
  }
  const va = (BigInt(vaHigh >>> 0) << 32n) | BigInt(vaLow >>> 0);
  if ((kind & 3) === BusAccess.Fetch) return fetch(machine, pe, va);
  const request = decodeKind(kind);
  const unaligned = va % BigInt(request.size) !== 0n && (kind & BUS_ZVA) === 0;
  const access: Access = {
    va,
    kind: request.kind,
    el: effectiveEl(pe, request.unprivileged),
    atomic: request.atomic,
    pan: panApplies(pe),
    unaligned,
  };
  if (unaligned && (alignmentChecked(machine, pe) || (request.strict && mustAlign(machine, pe, request, va)))) {
    return leave(machine, pe, alignmentFault(access));
  }
  const offset = Number(va & 0xfffn);
  if (offset + request.size > GRANULE_SIZE) return crossing(machine, pe, access, request.size, GRANULE_SIZE - offset);
  if (known !== undefined) {
    return deviceAccess(machine, pe, access, { ...known, pa: pa(known.pa + offset) }, request.size);
  }
  const to = translateAccess(machine, pe, access);
  if (!to.ok) return leave(machine, pe, to);
  const hit = watchpointFault(pe, access, request.size);
  if (hit !== undefined) return leave(machine, pe, hit);
  if (!isRam(machine.memory, to.pa)) {
    if (kind < BUS_UNPRIVILEGED && !machine.translation.alwaysFlush && !hasArmedWatchpoint(pe, va)) {
      fill(pe, va, DEVICE_PAGE, request.kind === 'write' ? TLB_WRITE_TAG : TLB_READ_TAG, 0, BigInt(DEVICE_TAG));
      noteDevicePage(machine.translation.devicePages, pe, vaLow, kind, to);
    }
    return deviceAccess(machine, pe, access, to, request.size);
  }
  return ramAccess(machine, pe, access, to, request);
}

/**
 * Whether an unaligned atomic, exclusive or ordered access faults (Arm ARM, AArch64.UnalignedAccessFaults). With
 * FEAT_LSE2 it does not within 16 bytes, and where it is ordered only nowhere under SCTLR_ELx.nAA.
 */
function mustAlign(machine: TranslatingMachine, pe: Pe, { size, atomic }: Request, va: bigint): boolean {
  if (!machine.platform.features.general) return true;
  if (Number(va & 15n) + size <= 16) return false;
  return atomic || ((sctlrOf(pe, currentEl(pe)) >> SCTLR_NAA) & 1n) === 0n;
}

const SCTLR_NAA = 6n;

/** The watchpoint of the PE that matches an access which is allowed otherwise, as a fault. */
export function watchpointFault(pe: Pe, access: Access, size: number): Fault | undefined {
  if (armedWatchpoints(pe) === 0 || !debugEnabled(pe, PSTATE_REST)) return undefined;
  const write = access.kind === 'write';
  const va = watchedAddress(pe, { va: access.va, size, write, read: !write, el: access.el });
  return va === undefined ? undefined : { ...alignmentFault({ ...access, va }), kind: 'watchpoint' };
}

/** EL0 for unprivileged accesses of EL1 and of EL2 under E2H and TGE, unless PSTATE.UAO says otherwise. */
export function effectiveEl(pe: Pe, unprivileged: boolean): number {
  const el = currentEl(pe);
  if (!unprivileged || el === 0 || el === 3 || pstateBit(pe, 23)) return el;
  const hcr = readSysreg(pe, 'HCR_EL2');
  const hosts = ((hcr >> 34n) & 1n) === 1n && ((hcr >> 27n) & 1n) === 1n;
  return el === 1 || hosts ? 0 : el;
}

const pstateBit = (pe: Pe, index: number): boolean =>
  ((pe.memory.view().getUint32(peBase(pe.index) + PSTATE_REST, true) >>> index) & 1) === 1;
export const panApplies = (pe: Pe): boolean => pstateBit(pe, 22);

const alignmentChecked = ({ memory }: TranslatingMachine, pe: Pe): boolean =>
  (memory.view().getUint32(peBase(pe.index) + FLAGS, true) & CPU_FLAG.ALIGNMENT_CHECK) !== 0;

const alignmentFault = (access: Access): Fault => ({
  ok: false,
  kind: 'alignment',
  access,
  stage: 1,
  level: 0,
  onWalk: false,
  s1ptw: false,
});

export const walkerOf = (machine: TranslatingMachine): Walker => ({
  machine,
  effects: true,
  steps: undefined,
  onDescriptorPage: (granule) => guardDescriptorPage(machine, granule),
});

/** Translates with all side effects, as the PE's own access from `el` of its current regime. */
export function translateAccess(machine: TranslatingMachine, pe: Pe, access: Access): Translated | Fault {
  const regimeEl = currentEl(pe);
  return translateWith(walkerOf(machine), cachedRegime(machine, pe, regimeEl), access);
}

/** Translates under a given regime: AT instructions. */
export const translateUnder = (machine: TranslatingMachine, regime: Regime, access: Access): Translated | Fault =>
  translateWith(walkerOf(machine), regime, access);

/** Records a fault and leaves the interpreter. */
function leave(machine: TranslatingMachine, pe: Pe, fault: Fault): 0 {
  machine.translation.faults[pe.index] = fault;
  return leaveWith(machine, pe, Exit.Fault);
}

function leaveWith(machine: TranslatingMachine, pe: Pe, code: Exit): 0 {
  machine.memory.view().setUint32(peBase(pe.index) + EXIT_CODE, code, true);
  return 0;
}

/** An access that completes but after which the run must stop, because a listener asked for it. */
function leaveAfter(machine: TranslatingMachine, pe: Pe): void {
  if (machine.stop.requested !== undefined) leaveWith(machine, pe, Exit.Leave);
}

export const externalFault = (access: Access, to: Translated): Fault => ({
  ok: false,
  kind: 'external',
  access,
  stage: 1,
  level: 0,
  onWalk: false,
  s1ptw: false,
  pa: to.pa,
  pas: to.pas,
  ...(to.ipa === undefined ? {} : { ipa: to.ipa }),
});

function fetch(machine: TranslatingMachine, pe: Pe, va: bigint): number {
  const { memory, stop } = machine;
  if (!stop.stepping && (hasBreakpointInPage(stop, va) || hasArmedBreakpoint(pe, va)))
    return leaveWith(machine, pe, Exit.BreakpointPage);
  const stepped = stop.stepping ? steppedPage(pe, va) : 0;
  if (stepped !== 0) {
    setGuarded(pe, 0);
    return stepped + Number(va & 0xfffn);
  }
  const regime = cachedRegime(machine, pe, currentEl(pe));
  const canonical = canonicalPc(regime, va);
  if (canonical !== va) memory.view().setBigUint64(peBase(pe.index) + PC, canonical, true);
  const access: Access = { va: canonical, kind: 'fetch', el: currentEl(pe) };
  const to = translateWith(walkerOf(machine), regime, access);
  if (!to.ok) return leave(machine, pe, to);
  if (!isRam(memory, to.pa)) return leave(machine, pe, externalFault(access, to));
  const granule = granuleOf(to.pa);
  const page = touchPage(memory, to.context, granule, false);
  if ((pageFlags(memory, granule) & PageFlag.Code) === 0) {
    flagPage(memory, granule, PageFlag.Code);
    guardDescriptorPage(machine, granule);
  }
  const guarded = to.guarded && machine.platform.features.general;
  setGuarded(pe, guarded ? 1 : 0);
  if (guarded && !acceptsEntry(pe, page + Number(canonical & 0xfffn))) return leaveWith(machine, pe, Exit.BranchTarget);
  if (!machine.translation.alwaysFlush) {
    const mark = guarded ? TLB_GUARDED : 0n;
    if (!stop.stepping) fill(pe, canonical, page, TLB_FETCH_TAG, ensureCodePage(machine.interpreter, page), mark);
    else if (!guarded) fill(pe, canonical, page, TLB_FETCH_TAG, 0, STEPPED);
  }
  return page + Number(canonical & 0xfffn);
}

/** Tells the interpreter whether the page it enters is guarded (FEAT_BTI). */
const setGuarded = (pe: Pe, value: number): void => pe.memory.view().setUint32(peBase(pe.index) + GUARDED, value, true);

/** Whether the instruction in a guarded page accepts PSTATE.BTYPE. */
function acceptsEntry(pe: Pe, at: number): boolean {
  const view = pe.memory.view();
  const base = peBase(pe.index);
  if (view.getUint32(base + BTYPE_BUDGET, true) !== view.getUint32(base + BUDGET, true)) return true;
  const el = currentEl(pe);
  const paciRefuses = ((sctlrOf(pe, el) >> (el === 0 ? SCTLR_BT0 : SCTLR_BT)) & 1n) === 1n;
  return acceptsBranch(view.getUint32(at, true), view.getUint32(base + BTYPE, true), paciRefuses);
}

const SCTLR_BT0 = 35n;
const SCTLR_BT = 36n;

/**
 * Mark in a fetch tag: the translation holds, but the page has breakpoints, so that the interpreter, whose tags have zero
 * in bits 11:0, must not enter it on its own. It spares a walk for each instruction stepped there.
 */
const STEPPED = 1n;

/** The page slot of an earlier stepped fetch from this page, or 0. */
function steppedPage(pe: Pe, va: bigint): number {
  const view = pe.memory.view();
  const entry = entryOf(view, pe, va);
  const tag = view.getBigUint64(entry + TLB_FETCH_TAG, true);
  return tag === ((va & ~0xfffn) | STEPPED) ? view.getUint32(entry + TLB_PAGE, true) : 0;
}

/** AArch64.BranchAddr: with the top byte ignored the PC carries bit 55 in it. */
function canonicalPc(regime: Regime, va: bigint): bigint {
  const { lower, upper } = regime.stage1;
  const high = upper !== undefined && ((va >> 55n) & 1n) === 1n;
  const half = high ? upper : lower;
  if (!half.topByteIgnored || half.topByteOfCode === true) return va;
  const low = va & 0xff_ffff_ffff_ffffn;
  return high ? low | (0xffn << 56n) : low;
}

function ramAccess(machine: TranslatingMachine, pe: Pe, access: Access, to: Translated, request: Request): number {
  const { memory } = machine;
  const granule = granuleOf(to.pa);
  const write = access.kind === 'write';
  const page = write
    ? touchForStore(memory, machine.translation.tableStores, to, granule, request.size, () => flushTlb(machine, 'all'))
    : touchPage(memory, to.context, granule, false);
  const flags = pageFlags(memory, granule);
  if ((flags & HOOKED) !== 0) watched(machine, pe, access, to, request.size);
  else if (!request.unprivileged && mayFill(machine, pe, to) && !hasArmedWatchpoint(pe, access.va)) {
    if (!write) fill(pe, access.va, page, TLB_READ_TAG, 0);
    else if ((flags & FLAG_NO_WRITE_TAG) === 0 && to.readable) fill(pe, access.va, page, TLB_WRITE_TAG, 0);
  }
  return page + Number(access.va & 0xfffn);
}

/**
 * RAM that is Device memory because stage 1 is off may be cached: CPU_FLAG.ALIGNMENT_CHECK makes unaligned accesses
 * come here. Where a descriptor makes it Device, every access comes here to be checked: stage 1's type counts for that
 * even where FWB makes Normal memory of it.
 */
const mayFill = (machine: TranslatingMachine, pe: Pe, to: Translated): boolean =>
  !machine.translation.alwaysFlush && (!(to.device || isDevice(to.attributes)) || alignmentChecked(machine, pe));

export function watched(machine: TranslatingMachine, pe: Pe, access: Access, to: Translated, size: number): void {
  const kind = access.kind === 'write' ? 'write' : 'read';
  machine.translation.onWatchedAccess?.({ pe: pe.index, va: access.va, pa: to.pa, size, kind });
  leaveAfter(machine, pe);
}

/** Enters a page in the TLB bank in use. The write tag is given only by writes, so that a page's first write is seen. */
function fill(pe: Pe, va: bigint, page: number, tagOffset: number, code: number, mark = 0n): void {
  const view = pe.memory.view();
  const bank = view.getUint32(peBase(pe.index) + TLB_BANK, true);
  const entry = entryOf(view, pe, va);
  if (view.getUint32(entry + TLB_PAGE, true) !== page) {
    view.setBigUint64(entry + TLB_READ_TAG, TLB_NO_TAG, true);
    view.setBigUint64(entry + TLB_WRITE_TAG, TLB_NO_TAG, true);
    view.setBigUint64(entry + TLB_FETCH_TAG, TLB_NO_TAG, true);
    view.setUint32(entry + TLB_PAGE, page, true);
    view.setUint32(entry + TLB_CODE, 0, true);
  }
  view.setBigUint64(entry + tagOffset, (va & ~0xfffn) | mark, true);
  if (code !== 0) view.setUint32(entry + TLB_CODE, code, true);
  markFilled(pe, ((bank - TLB_BASE) / TLB_BANK_SIZE) % TLB_BANKS);
}

/** The entry of the bank in use that a VA belongs to. */
const entryOf = (view: DataView, pe: Pe, va: bigint): number =>
  view.getUint32(peBase(pe.index) + TLB_BANK, true) +
  Number((va >> 12n) & BigInt(TLB_BANK_ENTRIES - 1)) * TLB_ENTRY_SIZE;

const scratchOf = (pe: Pe): number => peBase(pe.index) + SCRATCH;

/** A read of up to a word from a device page that the TLB knows; false where nothing answers. */
function quickRead(machine: TranslatingMachine, pe: Pe, known: Translated, vaLow: number, kind: number): boolean {
  const size = 1 << (kind >> BUS_SIZE_SHIFT);
  if (size > 4) return false;
  const word = readDeviceWord(machine as never, known.pa + (vaLow & 0xfff), size as 1 | 2 | 4);
  if (word < 0) return false;
  machine.memory.views.data.setUint32(scratchOf(pe), word, true);
  leaveAfter(machine, pe);
  return true;
}

/** MMIO: reads are made now, writes announced. */
function deviceAccess(machine: TranslatingMachine, pe: Pe, access: Access, to: Translated, size: number): number {
  if (access.atomic === true) return leave(machine, pe, { ...externalFault(access, to), kind: 'unsupportedAtomic' });
  const scratch = scratchOf(pe);
  if (access.kind === 'write') {
    machine.translation.pending[pe.index] = { access, parts: [{ to, length: size }] };
    return scratch;
  }
  if (size > 4) {
    const value = readDevice(machine as never, pe.index, to.pa, size);
    if (value === undefined) return leave(machine, pe, externalFault(access, to));
    machine.memory.view().setBigUint64(scratch, value, true);
  } else {
    const word = readDeviceWord(machine as never, to.pa, size as 1 | 2 | 4);
    if (word < 0) return leave(machine, pe, externalFault(access, to));
    machine.memory.view().setUint32(scratch, word, true);
  }
  leaveAfter(machine, pe);
  return scratch;
}

/** An access that spans two pages: both must translate before anything is done. */
function crossing(machine: TranslatingMachine, pe: Pe, access: Access, size: number, head: number): number {
  const first = translateAccess(machine, pe, access);
  if (!first.ok) return leave(machine, pe, first);
  const rest: Access = { ...access, va: BigInt.asUintN(64, access.va + BigInt(head)) };
  const second = translateAccess(machine, pe, rest);
  if (!second.ok) return leave(machine, pe, second);
  const parts = [
    { to: first, length: head },
    { to: second, length: size - head },
  ];
  const hit = watchpointFault(pe, access, size);
  if (hit !== undefined) return leave(machine, pe, hit);
  const hole = parts.find(({ to }) => !isRam(machine.memory, to.pa));
  if (hole !== undefined) return leave(machine, pe, alignmentFault(access));
  const scratch = scratchOf(pe);
  if (access.kind === 'write') {
    machine.translation.pending[pe.index] = { access, parts };
    return scratch;
  }
  let at = scratch;
  for (const { to, length } of parts) {
    const page = touchPage(machine.memory, to.context, granuleOf(to.pa), false);
    const from = page + (to.pa % GRANULE_SIZE);
    machine.memory.bytes().copyWithin(at, from, from + length);
    at += length;
    if ((pageFlags(machine.memory, granuleOf(to.pa)) & HOOKED) !== 0) watched(machine, pe, access, to, length);
  }
  return scratch;
}

/** `Bus.commit`. */
export function commit(machine: TranslatingMachine, peIndex: number): number {
  const pe = peOf(machine, peIndex);
  const pending = machine.translation.pending[peIndex];
  if (pending === undefined) return 1;
  machine.translation.pending[peIndex] = undefined;
  const { memory, devices } = machine;
  const signalled = devices.signals[peIndex];
  const { deadline } = devices;
  let at = scratchOf(pe);
  for (const { to, length } of pending.parts) {
    if (isRam(memory, to.pa)) {
      if ((pageFlags(memory, granuleOf(to.pa)) & HOOKED) !== 0) watched(machine, pe, pending.access, to, length);
      writeBytes(memory, to.context, pa(to.pa), memory.bytes().slice(at, at + length));
    } else {
      const word = memory.view().getBigUint64(at, true);
      const value = BigInt.asUintN(8 * length, word);
      if (!writeDevice(machine as never, peIndex, to.pa, length, value, to.pas)) {
        return leave(machine, pe, externalFault(pending.access, to));
      }
    }
    at += length;
  }
  // What the write has caused comes behind this instruction: an interrupt, a nearer deadline, a reset, the end.
  const { reset, halted } = machine.schedule;
  if (devices.signals[peIndex] !== signalled || devices.deadline !== deadline || reset !== null || halted) {
    leaveWith(machine, pe, Exit.Leave);
  }
  leaveAfter(machine, pe);
  return 1;
}

/** DC IVAC counts as a store for watchpoints: the fault of a line of 64 bytes. */
export const watchedLine = (pe: Pe, va: bigint): Fault | undefined =>
  watchpointFault(pe, { va: va & ~63n, kind: 'write', el: currentEl(pe) }, 64);

/** DC ZVA: zeroes the 64-byte block. Undefined when done. */
export function zeroBlock(machine: TranslatingMachine, pe: Pe, va: bigint): Fault | undefined {
  // Device memory refuses it like an unaligned access, whatever stage 2 makes of the type (Arm ARM, DC ZVA).
  const access: Access = { va, kind: 'write', el: currentEl(pe), pan: panApplies(pe), unaligned: true };
  const block = va & ~63n;
  const to = translateAccess(machine, pe, { ...access, va: block });
  if (!to.ok) return { ...to, access };
  const hit = watchpointFault(pe, { ...access, va: block }, 64);
  if (hit !== undefined) return hit;
  if (!isRam(machine.memory, to.pa)) return externalFault(access, to);
  writeBytes(machine.memory, to.context, to.pa, new Uint8Array(64));
  if ((pageFlags(machine.memory, granuleOf(to.pa)) & HOOKED) !== 0) watched(machine, pe, access, to, 64);
  return undefined;
}
