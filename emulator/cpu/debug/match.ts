/** What breakpoints and watchpoints match (Arm ARM D2.8 and D2.9): address, EL, Security state and context. */
import { peBase } from '../../memory/map';
import { Pas } from '../../memory/pas';
import { DEBUG_ARMED } from '../layout';
import { currentEl, el2Enabled, hostsEl0, type Pe, readSysreg, securityState } from '../pe';
import {
  ARMED_WATCHPOINTS,
  BREAKPOINT_CONTROLS,
  BREAKPOINT_VALUES,
  debugEnabledFrom,
  WATCHPOINT_CONTROLS,
  WATCHPOINT_VALUES,
} from './state';

const u32 = (pe: Pe, offset: number): number => pe.memory.view().getUint32(peBase(pe.index) + offset, true);
const u64 = (pe: Pe, offset: number): bigint => pe.memory.view().getBigUint64(peBase(pe.index) + offset, true);
const bits = (value: number, high: number, low: number): number => (value >>> low) & ((1 << (high - low + 1)) - 1);

/** DEBUG_ARMED: see `state.ts`. */
export const armedOf = (pe: Pe): number => u32(pe, DEBUG_ARMED);
export const armedBreakpoints = (pe: Pe): number => armedOf(pe) & 0xffff;
export const armedWatchpoints = (pe: Pe): number => armedOf(pe) >>> ARMED_WATCHPOINTS;

/** Highest VA bit compared; those above repeat it (Arm ARM, DebugAddrTop). */
const TOP = 52;
const compared = (va: bigint, low: number): bigint => BigInt.asUintN(TOP + 1, va) >> BigInt(low);

/** DBGBCR.BT. */
const Type = { address: 0, linkedAddress: 1 } as const;

interface Control {
  readonly hmc: number;
  readonly ssc: number;
  readonly privilege: number;
  readonly linked: boolean;
  readonly lbn: number;
}

const SSCE = 1 << 29;

const breakpointControl = (value: number): Control => ({
  hmc: bits(value, 13, 13),
  ssc: bits(value, 15, 14) | ((value & SSCE) === 0 ? 0 : 4),
  privilege: bits(value, 2, 1),
  linked: bits(value, 23, 20) === Type.linkedAddress,
  lbn: bits(value, 19, 16),
});

const watchpointControl = (value: number): Control => ({
  hmc: bits(value, 13, 13),
  ssc: bits(value, 15, 14) | ((value & SSCE) === 0 ? 0 : 4),
  privilege: bits(value, 2, 1),
  linked: bits(value, 20, 20) === 1,
  lbn: bits(value, 19, 16),
});

/** HMC:SSC:PxC combinations that are reserved, after which nothing matches (Arm ARM table D2-12). */
function isReserved({ hmc, ssc, privilege }: Control): boolean {
  if (ssc === 5) return hmc === 0 ? privilege === 0 : false;
  if (ssc > 3) return true;
  const key = (hmc << 4) | (ssc << 2) | privilege;
  if (hmc === 0 && ssc === 3) return true;
  if (key === 0b10000 || key === 0b10010 || key === 0b10100 || key === 0b10110) return true;
  if (key === 0b11010 || key === 0b11101 || key >= 0b11110) return true;
  return hmc === 0 && privilege === 0;
}

/** AArch64.StateMatch without the linked breakpoint. */
function matchesState(pe: Pe, control: Control, el: number): boolean {
  if (isReserved(control)) return false;
  const { hmc, ssc, privilege } = control;
  const secureBits = ssc & 3;
  const byEl = [
    (privilege & 2) !== 0,
    (privilege & 1) !== 0,
    (hmc === 1 && !(secureBits === 2 && privilege === 0)) || secureBits === 3,
    hmc === 1 && (secureBits & 1) === 0,
  ];
  if (byEl[el] !== true) return false;
  const state = securityState(pe);
  if (ssc === 5) return state === Pas.Realm;
  if (ssc === 1) return state === Pas.NonSecure;
  if (ssc === 2) return state === Pas.Secure;
  return ssc === 0 || hmc === 1 || state === Pas.Secure;
}

const isInHost = (pe: Pe): boolean => {
  const el = currentEl(pe);
  if (!el2Enabled(pe) || el === 3) return false;
  return el === 2 ? ((readSysreg(pe, 'HCR_EL2') >> 34n) & 1n) === 1n : el === 0 && hostsEl0(pe);
};

/** Context-aware breakpoints are the last ID_AA64DFR0_EL1.CTX_CMPs + 1 of them. */
function isContextAware(pe: Pe, index: number): boolean {
  const dfr0 = readSysreg(pe, 'ID_AA64DFR0_EL1');
  const last = Number((dfr0 >> 12n) & 15n);
  return index <= last && index >= last - Number((dfr0 >> 28n) & 15n);
}

/** The Context ID, VMID or both that a context-aware breakpoint asks for, types 2 to 15. */
function matchesContext(pe: Pe, index: number, type: number): boolean {
  if (!isContextAware(pe, index)) return false;
  const value = u64(pe, BREAKPOINT_VALUES[index] ?? 0);
  const low = value & 0xffff_ffffn;
  const el = currentEl(pe);
  const guest = el < 2 && !isInHost(pe);
  const kind = type >> 1;
  const own = (): boolean =>
    isInHost(pe)
      ? (readSysreg(pe, 'CONTEXTIDR_EL2') & 0xffff_ffffn) === low
      : el < 2 && (readSysreg(pe, 'CONTEXTIDR_EL1') & 0xffff_ffffn) === low;
  const kernel = (): boolean => guest && (readSysreg(pe, 'CONTEXTIDR_EL1') & 0xffff_ffffn) === low;
  const host = (): boolean =>
    el < 3 && el2Enabled(pe) && (readSysreg(pe, 'CONTEXTIDR_EL2') & 0xffff_ffffn) === value >> 32n;
  const machine = (): boolean => {
    const wide = ((readSysreg(pe, 'VTCR_EL2') >> 19n) & 1n) === 1n;
    const vmid = BigInt.asUintN(wide ? 16 : 8, readSysreg(pe, 'VTTBR_EL2') >> 48n);
    return guest && el2Enabled(pe) && vmid === BigInt.asUintN(wide ? 16 : 8, value >> 32n);
  };
  switch (kind) {
    case 1:
      return own();
    case 3:
      return kernel();
    case 4:
      return machine();
    case 5:
      return machine() && kernel();
    case 6:
      return host();
    case 7:
      return host() && kernel();
    default:
      return false;
  }
}

/** Whether the breakpoint that an address comparison is linked to matches: it must be of a linked context type. */
function matchesLinked(pe: Pe, index: number): boolean {
  const control = u32(pe, BREAKPOINT_CONTROLS[index] ?? 0);
  const type = bits(control, 23, 20);
  return (control & 1) !== 0 && type >= 2 && (type & 1) === 1 && matchesContext(pe, index, type);
}

const typeOf = (pe: Pe, index: number): number => bits(u32(pe, BREAKPOINT_CONTROLS[index] ?? 0), 23, 20);

/** Whether code of this 4 KiB page of VAs must be looked at instruction by instruction. */
export function hasArmedBreakpoint(pe: Pe, va: bigint): boolean {
  const mask = armedBreakpoints(pe);
  if (mask === 0) return false;
  for (let index = 0; index < 16; index++) {
    if ((mask & (1 << index)) === 0) continue;
    if (typeOf(pe, index) > Type.linkedAddress) {
      if ((typeOf(pe, index) & 1) === 0) return true;
    } else if (compared(u64(pe, BREAKPOINT_VALUES[index] ?? 0), 12) === compared(va, 12)) return true;
  }
  return false;
}

const pstateOf = (pe: Pe, offset: number): number => u32(pe, offset);

/** Whether debug exceptions are enabled where the PE is. */
export const debugEnabled = (pe: Pe, pstateRest: number): boolean =>
  debugEnabledFrom(pe.memory.view(), peBase(pe.index), currentEl(pe), pstateOf(pe, pstateRest));

/** The breakpoint that matches the instruction at `va`, or -1. The caller has checked that exceptions are enabled. */
export function matchingBreakpoint(pe: Pe, va: bigint): number {
  const mask = armedBreakpoints(pe);
  for (let index = 0; index < 16; index++) {
    if ((mask & (1 << index)) === 0) continue;
    const value = u32(pe, BREAKPOINT_CONTROLS[index] ?? 0);
    const control = breakpointControl(value);
    if (!matchesState(pe, control, currentEl(pe))) continue;
    const type = typeOf(pe, index);
    if (type > Type.linkedAddress) {
      if ((type & 1) === 0 && matchesContext(pe, index, type)) return index;
      continue;
    }
    if (compared(u64(pe, BREAKPOINT_VALUES[index] ?? 0), 2) !== compared(va, 2)) continue;
    if (!control.linked || matchesLinked(pe, control.lbn)) return index;
  }
  return -1;
}

/** The VAs a watchpoint covers: a first one and a count, and which bytes of a doubleword count. */
interface Watched {
  readonly first: bigint;
  readonly size: bigint;
  readonly bytes: number;
}

function watchedBy(pe: Pe, index: number): Watched | undefined {
  const control = u32(pe, WATCHPOINT_CONTROLS[index] ?? 0);
  const value = BigInt.asUintN(TOP + 1, u64(pe, WATCHPOINT_VALUES[index] ?? 0));
  const mask = bits(control, 28, 24);
  const select = bits(control, 12, 5);
  if (mask === 1 || mask === 2) return undefined;
  if (mask > 2) {
    const size = 1n << BigInt(mask);
    return select === 0 ? undefined : { first: value & ~(size - 1n), size, bytes: 0xff };
  }
  // With bit 2 of the address set only the lower four bytes can be selected.
  const word = (value & 4n) !== 0n;
  const bytes = word ? (select & 15) << 4 : select;
  return bytes === 0 ? undefined : { first: value & ~7n, size: 8n, bytes };
}

/** Whether an access to this 4 KiB page of VAs must be looked at. */
export function hasArmedWatchpoint(pe: Pe, va: bigint): boolean {
  const mask = armedWatchpoints(pe);
  if (mask === 0) return false;
  const page = BigInt.asUintN(TOP + 1, va) & ~0xfffn;
  for (let index = 0; index < 16; index++) {
    if ((mask & (1 << index)) === 0) continue;
    const watched = watchedBy(pe, index);
    if (watched !== undefined && watched.first < page + 4096n && watched.first + watched.size > page) return true;
  }
  return false;
}

export interface WatchedRange {
  readonly va: bigint;
  readonly size: number;
  readonly write: boolean;
  readonly read: boolean;
  /** EL whose privilege counts: 0 for unprivileged accesses. */
  readonly el: number;
}

/** The lowest VA of the access that a watchpoint matches, or undefined. Exceptions are known to be enabled. */
export function watchedAddress(pe: Pe, access: WatchedRange): bigint | undefined {
  const mask = armedWatchpoints(pe);
  let lowest: bigint | undefined;
  for (let index = 0; index < 16; index++) {
    if ((mask & (1 << index)) === 0) continue;
    const value = u32(pe, WATCHPOINT_CONTROLS[index] ?? 0);
    const kinds = bits(value, 4, 3);
    if (!((access.read && (kinds & 1) !== 0) || (access.write && (kinds & 2) !== 0))) continue;
    const control = watchpointControl(value);
    if (!matchesState(pe, control, access.el)) continue;
    const watched = watchedBy(pe, index);
    if (watched === undefined || (control.linked && !matchesLinked(pe, control.lbn))) continue;
    for (let at = 0; at < access.size; at++) {
      const va = BigInt.asUintN(64, access.va + BigInt(at));
      const place = BigInt.asUintN(TOP + 1, va) - watched.first;
      if (place < 0n || place >= watched.size) continue;
      if (((watched.bytes >> Number(place & 7n)) & 1) === 0) continue;
      if (lowest === undefined || va < lowest) lowest = va;
      break;
    }
  }
  return lowest;
}
