/**
 * The virtual CPU interface of the GIC (GICv3 architecture, chapter 6): what the ICC registers mean at EL0 and EL1 while
 * HCR_EL2 routes interrupts to EL2. State is in ICH_VMCR_EL2, ICH_HCR_EL2, the active priorities and the list registers.
 */
import { deactivate as deactivatePhysical, Signal } from '../../devices/gic/delivery';
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { currentEl, el2Enabled, type Pe, readSysreg, writeSysreg } from '../pe';
import { type SysregName, sysregOffset } from './sysreg';

const NOTHING_PENDING = 1023n;
const IDLE_PRIORITY = 0xff;
/** INTIDs above the special ones, up to the LPIs: not to be ended. */
const isSpecial = (intid: number): boolean => intid >= 1020 && intid < 1024;
const FIRST_LPI = 8192;

const State = { Invalid: 0, Pending: 1, Active: 2, PendingActive: 3 } as const;

/** List registers lie one after another in the table. */
const LIST_REGISTER = sysregOffset('ICH_LR0_EL2');
const VTR = sysregOffset('ICH_VTR_EL2');
const HCR = sysregOffset('ICH_HCR_EL2');
const VMCR = sysregOffset('ICH_VMCR_EL2');
const AP0R = sysregOffset('ICH_AP0R0_EL2');
const AP1R = sysregOffset('ICH_AP1R0_EL2');

/** Smallest binary points with five bits of preemption. */
const MIN_BPR0 = 2;
const MIN_BPR1 = 3;

const word = (pe: Pe, offset: number): number => pe.memory.view().getUint32(peBase(pe.index) + offset, true);

const listCount = (pe: Pe): number => (word(pe, VTR) & 0x1f) + 1;
/** Bits 63:32 of a list register: State 31:30, HW 29, Group 28, Priority 23:16, pINTID 12:0 (EOI: bit 9). */
const listHigh = (pe: Pe, index: number): number => word(pe, LIST_REGISTER + 8 * index + 4);
const listIntid = (pe: Pe, index: number): number => word(pe, LIST_REGISTER + 8 * index);
const stateOf = (high: number): number => high >>> 30;
const HW = 1 << 29;
const EOI = 1 << 9;

function setState(pe: Pe, index: number, state: number): void {
  const name = `ICH_LR${index}_EL2` as SysregName;
  writeSysreg(pe, name, (readSysreg(pe, name) & ~(3n << 62n)) | (BigInt(state) << 62n));
}

const vmcr = (pe: Pe, high: number, low: number): number => (word(pe, VMCR) >>> low) & (2 ** (high - low + 1) - 1);

function setVmcr(pe: Pe, high: number, low: number, value: bigint): void {
  const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
  writeSysreg(pe, 'ICH_VMCR_EL2', (readSysreg(pe, 'ICH_VMCR_EL2') & ~mask) | ((value << BigInt(low)) & mask));
}

const common = (pe: Pe): boolean => vmcr(pe, 4, 4) === 1;
const binaryPoint0 = (pe: Pe): number => Math.max(MIN_BPR0, vmcr(pe, 23, 21));
const binaryPoint1 = (pe: Pe): number =>
  common(pe) ? Math.min(7, binaryPoint0(pe) + 1) : Math.max(MIN_BPR1, vmcr(pe, 20, 18));

/** ICH_VMCR_EL2 as it reads: no binary point is below its least. */
export function readVmcr(pe: Pe): bigint {
  const points = (binaryPoint0(pe) << 21) | (Math.max(MIN_BPR1, vmcr(pe, 20, 18)) << 18);
  return BigInt((word(pe, VMCR) & ~(0x3f << 18)) | points) & 0xffff_ffffn;
}

/** A list register with a pending interrupt. */
interface Pending {
  readonly index: number;
  readonly priority: number;
  readonly group: 0 | 1;
}

/** The bits of a priority that decide about preemption. */
const groupPriority = (pe: Pe, { group, priority }: Pending): number =>
  priority & (0xff << (group === 0 || common(pe) ? binaryPoint0(pe) + 1 : binaryPoint1(pe))) & 0xff;

/** Group priority of the most urgent active interrupt; 0xff when none is. */
function runningPriority(pe: Pe): number {
  const active = word(pe, AP0R) | word(pe, AP1R);
  return active === 0 ? IDLE_PRIORITY : (31 - Math.clz32(active & -active)) << 3;
}

/** The most urgent pending interrupt of an enabled group. */
function highestPending(pe: Pe): Pending | undefined {
  if ((word(pe, HCR) & 1) === 0) return undefined;
  const enabled = vmcr(pe, 1, 0);
  if (enabled === 0) return undefined;
  let best: Pending | undefined;
  const count = listCount(pe);
  for (let index = 0; index < count; index++) {
    const high = listHigh(pe, index);
    const group = ((high >>> 28) & 1) as 0 | 1;
    if (stateOf(high) !== State.Pending || ((enabled >> group) & 1) === 0) continue;
    const priority = (high >>> 16) & 0xff;
    if (best === undefined || priority < best.priority) best = { index, priority, group };
  }
  return best;
}

/** The interrupt that the interface asserts: mask and running priority let it through. */
function signalled(pe: Pe): Pending | undefined {
  const best = highestPending(pe);
  if (best === undefined || best.priority >= vmcr(pe, 31, 24)) return undefined;
  return groupPriority(pe, best) < runningPriority(pe) ? best : undefined;
}

/** What the virtual interface asserts (`Signal`): a virtual IRQ for Group 1, a virtual FIQ for Group 0. */
export function virtualSignals(pe: Pe): number {
  const pending = signalled(pe);
  return pending === undefined ? 0 : pending.group === 1 ? Signal.irq : Signal.fiq;
}

const HCR_FMO = 8n;
const HCR_IMO = 16n;

/** Whether EL1 and EL0 have the virtual interface: HCR_EL2 routes IRQs or FIQs to EL2. */
export const isVirtualInterface = (pe: Pe): boolean =>
  currentEl(pe) < 2 && el2Enabled(pe) && (readSysreg(pe, 'HCR_EL2') & (HCR_IMO | HCR_FMO)) !== 0n;

const GROUP0: ReadonlySet<string> = new Set([
  'ICC_IAR0_EL1',
  'ICC_EOIR0_EL1',
  'ICC_HPPIR0_EL1',
  'ICC_BPR0_EL1',
  'ICC_AP0R0_EL1',
  'ICC_IGRPEN0_EL1',
]);
const COMMON: ReadonlySet<string> = new Set(['ICC_PMR_EL1', 'ICC_RPR_EL1', 'ICC_CTLR_EL1', 'ICC_DIR_EL1']);

/** Whether an access to this ICC register means the virtual one: Group 0 by FMO, Group 1 by IMO, the others by either. */
export function isVirtualRegister(pe: Pe, name: SysregName): boolean {
  if (!isVirtualInterface(pe)) return false;
  if (COMMON.has(name)) return true;
  return (readSysreg(pe, 'HCR_EL2') & (GROUP0.has(name) ? HCR_FMO : HCR_IMO)) !== 0n;
}

function acknowledge(pe: Pe, group: 0 | 1): bigint {
  const entry = signalled(pe);
  if (entry === undefined || entry.group !== group) return NOTHING_PENDING;
  const name = group === 0 ? 'ICH_AP0R0_EL2' : 'ICH_AP1R0_EL2';
  writeSysreg(pe, name, readSysreg(pe, name) | (1n << BigInt(groupPriority(pe, entry) >> 3)));
  setState(pe, entry.index, State.Active);
  return BigInt(listIntid(pe, entry.index));
}

function highestOf(pe: Pe, group: 0 | 1): bigint {
  const entry = highestPending(pe);
  return entry?.group === group ? BigInt(listIntid(pe, entry.index)) : NOTHING_PENDING;
}

/** The active interrupt ends; one backed by a physical interrupt (HW) deactivates that, too. Others are counted. */
function deactivate(machine: Machine, pe: Pe, intid: number): void {
  const count = listCount(pe);
  for (let index = 0; index < count; index++) {
    const high = listHigh(pe, index);
    if (stateOf(high) < State.Active || listIntid(pe, index) !== intid) continue;
    setState(pe, index, stateOf(high) === State.PendingActive ? State.Pending : State.Invalid);
    if ((high & HW) !== 0) deactivatePhysical(machine, pe, high & 0x1fff);
    return;
  }
  if (intid >= FIRST_LPI) return;
  const hcr = readSysreg(pe, 'ICH_HCR_EL2');
  writeSysreg(pe, 'ICH_HCR_EL2', (hcr & ~(0x1fn << 27n)) | ((((hcr >> 27n) + 1n) & 0x1fn) << 27n));
}

function endOfInterrupt(machine: Machine, pe: Pe, group: 0 | 1, intid: number): void {
  if (isSpecial(intid)) return;
  const name = group === 0 ? 'ICH_AP0R0_EL2' : 'ICH_AP1R0_EL2';
  const active = readSysreg(pe, name);
  writeSysreg(pe, name, active & (active - 1n));
  if (vmcr(pe, 9, 9) === 0) deactivate(machine, pe, intid);
}

/** Reads an ICC register with its virtual meaning. Reading ICC_IAR<n>_EL1 acknowledges. */
export function readVirtual(pe: Pe, name: SysregName): bigint {
  switch (name) {
    case 'ICC_IAR0_EL1':
      return acknowledge(pe, 0);
    case 'ICC_IAR1_EL1':
      return acknowledge(pe, 1);
    case 'ICC_HPPIR0_EL1':
      return highestOf(pe, 0);
    case 'ICC_HPPIR1_EL1':
      return highestOf(pe, 1);
    case 'ICC_PMR_EL1':
      return BigInt(vmcr(pe, 31, 24));
    case 'ICC_BPR0_EL1':
      return BigInt(binaryPoint0(pe));
    case 'ICC_BPR1_EL1':
      return BigInt(binaryPoint1(pe));
    case 'ICC_IGRPEN0_EL1':
      return BigInt(vmcr(pe, 0, 0));
    case 'ICC_IGRPEN1_EL1':
      return BigInt(vmcr(pe, 1, 1));
    case 'ICC_CTLR_EL1':
      return 0x8400n | BigInt((vmcr(pe, 9, 9) << 1) | vmcr(pe, 4, 4));
    case 'ICC_RPR_EL1':
      return BigInt(runningPriority(pe));
    case 'ICC_AP0R0_EL1':
      return readSysreg(pe, 'ICH_AP0R0_EL2');
    case 'ICC_AP1R0_EL1':
      return readSysreg(pe, 'ICH_AP1R0_EL2');
    default:
      return 0n;
  }
}

const atLeast = (value: bigint, least: number): bigint => ((value & 7n) < BigInt(least) ? BigInt(least) : value & 7n);

/** Writes an ICC register with its virtual meaning. */
export function writeVirtual(machine: Machine, pe: Pe, name: SysregName, value: bigint): void {
  const intid = Number(value & 0xff_ffffn);
  switch (name) {
    case 'ICC_EOIR0_EL1':
      endOfInterrupt(machine, pe, 0, intid);
      return;
    case 'ICC_EOIR1_EL1':
      endOfInterrupt(machine, pe, 1, intid);
      return;
    case 'ICC_DIR_EL1':
      if (vmcr(pe, 9, 9) === 1 && !isSpecial(intid)) deactivate(machine, pe, intid);
      return;
    case 'ICC_PMR_EL1':
      setVmcr(pe, 31, 24, value & 0xf8n);
      return;
    case 'ICC_BPR0_EL1':
      setVmcr(pe, 23, 21, atLeast(value, MIN_BPR0));
      return;
    case 'ICC_BPR1_EL1':
      if (!common(pe)) setVmcr(pe, 20, 18, atLeast(value, MIN_BPR1));
      return;
    case 'ICC_IGRPEN0_EL1':
      setVmcr(pe, 0, 0, value);
      return;
    case 'ICC_IGRPEN1_EL1':
      setVmcr(pe, 1, 1, value);
      return;
    case 'ICC_CTLR_EL1':
      setVmcr(pe, 9, 9, value >> 1n);
      setVmcr(pe, 4, 4, value);
      return;
    case 'ICC_AP0R0_EL1':
      writeSysreg(pe, 'ICH_AP0R0_EL2', value & 0xffff_ffffn);
      return;
    case 'ICC_AP1R0_EL1':
      writeSysreg(pe, 'ICH_AP1R0_EL2', value & 0xffff_ffffn);
      return;
    default:
  }
}

/** Bits of ICH_MISR_EL2: EOI, U, LRENP, NP, VGrp0E, VGrp0D, VGrp1E, VGrp1D. */
function maintenanceStatus(pe: Pe): number {
  const hcr = word(pe, HCR);
  if ((hcr & 1) === 0) return 0;
  let [ended, valid, pending] = [0, 0, 0];
  const count = listCount(pe);
  for (let index = 0; index < count; index++) {
    const high = listHigh(pe, index);
    if (stateOf(high) === State.Invalid) ended |= (high & (HW | EOI)) === EOI ? 1 : 0;
    else valid++;
    if (stateOf(high) === State.Pending) pending++;
  }
  const groups = vmcr(pe, 1, 0);
  const asked = hcr & 0xfe;
  const met =
    (valid <= 1 ? 2 : 0) |
    (hcr >>> 27 !== 0 ? 4 : 0) |
    (pending === 0 ? 8 : 0) |
    ((groups & 1) !== 0 ? 0x10 : 0x20) |
    ((groups & 2) !== 0 ? 0x40 : 0x80);
  return ended | (asked & met);
}

/** Whether the maintenance interrupt is asserted: ICH_HCR_EL2.En is set and ICH_MISR_EL2 is not zero. */
export const maintenanceAsked = (pe: Pe): boolean => maintenanceStatus(pe) !== 0;

/** ICH_MISR_EL2, ICH_EISR_EL2 and ICH_ELRSR_EL2, computed from the list registers. */
export function readListStatus(pe: Pe, name: SysregName): bigint {
  if (name === 'ICH_MISR_EL2') return BigInt(maintenanceStatus(pe));
  let bits = 0;
  for (let index = 0; index < listCount(pe); index++) {
    const high = listHigh(pe, index);
    const ended = (high & (HW | EOI)) === EOI;
    if (stateOf(high) === State.Invalid && ended === (name === 'ICH_EISR_EL2')) bits |= 1 << index;
  }
  return BigInt(bits);
}
