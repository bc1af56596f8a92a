/**
 * The virtual CPU interface of the GIC (GICv3 architecture, chapter 6): what the ICC registers mean at EL1 while HCR_EL2
 * routes interrupts to EL2. State is in ICH_VMCR_EL2, ICH_HCR_EL2 and the list registers.
 */
import { type Pe, readSysreg, writeSysreg } from '../pe';
import type { SysregName } from './sysreg';

const LIST_REGISTERS: readonly SysregName[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map(
  (index) => `ICH_LR${index}_EL2` as SysregName,
);
const NOTHING_PENDING = 1023n;
const IDLE_PRIORITY = 0xff;

const State = { Invalid: 0, Pending: 1, Active: 2, PendingActive: 3 } as const;

interface ListRegister {
  readonly name: SysregName;
  readonly value: bigint;
  readonly state: number;
  readonly intid: bigint;
  readonly priority: number;
  readonly group: number;
}

function listRegisters(pe: Pe): ListRegister[] {
  const count = Number(readSysreg(pe, 'ICH_VTR_EL2') & 0x1fn) + 1;
  return LIST_REGISTERS.slice(0, count).map((name) => {
    const value = readSysreg(pe, name);
    return {
      name,
      value,
      state: Number(value >> 62n),
      intid: value & 0xffff_ffffn,
      priority: Number((value >> 48n) & 0xffn),
      group: Number((value >> 60n) & 1n),
    };
  });
}

const vmcr = (pe: Pe, high: number, low: number): number =>
  Number((readSysreg(pe, 'ICH_VMCR_EL2') >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n));

function setVmcr(pe: Pe, high: number, low: number, value: bigint): void {
  const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
  writeSysreg(pe, 'ICH_VMCR_EL2', (readSysreg(pe, 'ICH_VMCR_EL2') & ~mask) | ((value << BigInt(low)) & mask));
}

const setState = (pe: Pe, { name, value }: ListRegister, state: number): void =>
  writeSysreg(pe, name, (value & ~(3n << 62n)) | (BigInt(state) << 62n));

/** Priority of the most urgent active interrupt; 0xff when none is. */
function runningPriority(pe: Pe): number {
  const active = readSysreg(pe, 'ICH_AP1R0_EL2') & 0xffff_ffffn;
  for (let bit = 0; bit < 32; bit++) if (((active >> BigInt(bit)) & 1n) === 1n) return bit << 3;
  return IDLE_PRIORITY;
}

/** The most urgent pending group 1 interrupt that mask, enable and running priority let through. */
function highestPending(pe: Pe): ListRegister | undefined {
  if ((readSysreg(pe, 'ICH_HCR_EL2') & 1n) === 0n || vmcr(pe, 1, 1) === 0) return undefined;
  let best: ListRegister | undefined;
  for (const entry of listRegisters(pe)) {
    if (entry.state !== State.Pending || entry.group !== 1) continue;
    if (best === undefined || entry.priority < best.priority) best = entry;
  }
  if (best === undefined || best.priority >= vmcr(pe, 31, 24) || best.priority >= runningPriority(pe)) return undefined;
  return best;
}

/** Whether the virtual interface asserts a virtual IRQ. */
export const hasVirtualInterrupt = (pe: Pe): boolean => highestPending(pe) !== undefined;

function acknowledge(pe: Pe): bigint {
  const entry = highestPending(pe);
  if (entry === undefined) return NOTHING_PENDING;
  setState(pe, entry, State.Active);
  writeSysreg(pe, 'ICH_AP1R0_EL2', readSysreg(pe, 'ICH_AP1R0_EL2') | (1n << BigInt(entry.priority >> 3)));
  return entry.intid;
}

function deactivate(pe: Pe, intid: bigint): void {
  const entry = listRegisters(pe).find((one) => one.intid === intid && one.state >= State.Active);
  if (entry === undefined) {
    const hcr = readSysreg(pe, 'ICH_HCR_EL2');
    const count = ((hcr >> 27n) + 1n) & 0x1fn;
    writeSysreg(pe, 'ICH_HCR_EL2', (hcr & ~(0x1fn << 27n)) | (count << 27n));
  } else setState(pe, entry, entry.state === State.PendingActive ? State.Pending : State.Invalid);
}

function endOfInterrupt(pe: Pe, intid: bigint): void {
  if (intid >= 1020n && intid < 1024n) return;
  const active = readSysreg(pe, 'ICH_AP1R0_EL2');
  writeSysreg(pe, 'ICH_AP1R0_EL2', active & (active - 1n));
  if (vmcr(pe, 9, 9) === 0) deactivate(pe, intid);
}

/** Reads an ICC register with its virtual meaning. */
export function readVirtual(pe: Pe, name: SysregName): bigint {
  switch (name) {
    case 'ICC_IAR1_EL1':
      return acknowledge(pe);
    case 'ICC_HPPIR1_EL1':
      return highestPending(pe)?.intid ?? NOTHING_PENDING;
    case 'ICC_IAR0_EL1':
    case 'ICC_HPPIR0_EL1':
      return NOTHING_PENDING;
    case 'ICC_PMR_EL1':
      return BigInt(vmcr(pe, 31, 24));
    case 'ICC_BPR0_EL1':
      return BigInt(vmcr(pe, 23, 21));
    case 'ICC_BPR1_EL1':
      return BigInt(vmcr(pe, 20, 18));
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

/** Writes an ICC register with its virtual meaning. */
export function writeVirtual(pe: Pe, name: SysregName, value: bigint): void {
  switch (name) {
    case 'ICC_EOIR1_EL1':
      endOfInterrupt(pe, value & 0xff_ffffn);
      return;
    case 'ICC_DIR_EL1':
      vmcr(pe, 9, 9) === 1 ? deactivate(pe, value & 0xff_ffffn) : undefined;
      return;
    case 'ICC_PMR_EL1':
      setVmcr(pe, 31, 24, value & 0xf8n);
      return;
    case 'ICC_BPR0_EL1':
      setVmcr(pe, 23, 21, value);
      return;
    case 'ICC_BPR1_EL1':
      setVmcr(pe, 20, 18, value);
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
      writeSysreg(pe, 'ICH_AP0R0_EL2', value);
      return;
    case 'ICC_AP1R0_EL1':
      writeSysreg(pe, 'ICH_AP1R0_EL2', value);
      return;
    default:
  }
}

/** ICH_MISR_EL2, ICH_EISR_EL2 and ICH_ELRSR_EL2, computed from the list registers. */
export function readListStatus(pe: Pe, name: SysregName): bigint {
  const entries = listRegisters(pe);
  const mask = (test: (entry: ListRegister) => boolean): bigint =>
    entries.reduce((bits, entry, index) => (test(entry) ? bits | (1n << BigInt(index)) : bits), 0n);
  const isHardware = (entry: ListRegister): boolean => ((entry.value >> 61n) & 1n) === 1n;
  const asksMaintenance = (entry: ListRegister): boolean => ((entry.value >> 41n) & 1n) === 1n;
  const ended = mask((entry) => entry.state === State.Invalid && !isHardware(entry) && asksMaintenance(entry));
  if (name === 'ICH_EISR_EL2') return ended;
  if (name === 'ICH_ELRSR_EL2') {
    return mask((entry) => entry.state === State.Invalid && (isHardware(entry) || !asksMaintenance(entry)));
  }
  const hcr = readSysreg(pe, 'ICH_HCR_EL2');
  const asked = (bit: number): boolean => ((hcr >> BigInt(bit)) & 1n) === 1n;
  if (!asked(0)) return 0n;
  const valid = entries.filter((entry) => entry.state !== State.Invalid).length;
  const pending = entries.some((entry) => entry.state === State.Pending);
  const [group0, group1] = [vmcr(pe, 0, 0) === 1, vmcr(pe, 1, 1) === 1];
  const conditions = [
    ended !== 0n,
    asked(1) && valid <= 1,
    asked(2) && hcr >> 27n !== 0n,
    asked(3) && !pending,
    asked(4) && group0,
    asked(5) && !group0,
    asked(6) && group1,
    asked(7) && !group1,
  ];
  return conditions.reduce((bits, met, index) => (met ? bits | (1n << BigInt(index)) : bits), 0n);
}
