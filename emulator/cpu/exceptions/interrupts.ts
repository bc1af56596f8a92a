/** Which interrupt a PE would take at this step boundary, where it goes, and taking it (Arm ARM D1.3.6). */
import type { Machine } from '../../machine/machine';
import { currentEl, el2Enabled, type Pe, readPc, readPstate, readSysreg, writeSysreg } from '../pe';
import { hasVirtualInterrupt } from '../sysreg/virtual-gic';
import { ExceptionClass, syndrome } from './classes';
import { type ExceptionKind, takeException } from './take';

export interface PendingInterrupt {
  readonly kind: ExceptionKind;
  readonly targetEl: number;
  readonly virtual: boolean;
}

const HCR = { TGE: 1n << 27n, AMO: 1n << 5n, IMO: 1n << 4n, FMO: 1n << 3n, VSE: 1n << 8n, VI: 1n << 7n, VF: 1n << 6n };
const MASK = { serror: 1 << 8, irq: 1 << 7, fiq: 1 << 6 } as const;
const ROUTE = {
  serror: { scr: 1n << 3n, hcr: HCR.AMO },
  irq: { scr: 1n << 1n, hcr: HCR.IMO },
  fiq: { scr: 1n << 2n, hcr: HCR.FMO },
} as const;
type Line = keyof typeof ROUTE;

/** EL that a physical interrupt goes to: EL3 by SCR_EL3, EL2 by HCR_EL2 (all of them under TGE), else EL1. */
export function physicalTarget(pe: Pe, line: Line): number {
  if ((readSysreg(pe, 'SCR_EL3') & ROUTE[line].scr) !== 0n) return 3;
  const hcr = readSysreg(pe, 'HCR_EL2');
  return el2Enabled(pe) && (hcr & (ROUTE[line].hcr | HCR.TGE)) !== 0n ? 2 : 1;
}

/** Whether a pending physical interrupt is taken now: its EL is above, or it is this EL and not masked. */
export function physicalTaken(pe: Pe, line: Line): boolean {
  const el = currentEl(pe);
  const target = physicalTarget(pe, line);
  if (target < el) return false;
  return target > el ? true : (readPstate(pe) & MASK[line]) === 0;
}

/** Virtual interrupts pending for EL1: HCR_EL2.{VSE,VI,VF} and the list registers, where HCR_EL2 routes that kind to EL2. */
export function virtualPending(pe: Pe): Readonly<Record<Line, boolean>> {
  const hcr = readSysreg(pe, 'HCR_EL2');
  const on = el2Enabled(pe) && (hcr & HCR.TGE) === 0n;
  const irq = (hcr & HCR.IMO) !== 0n && ((hcr & HCR.VI) !== 0n || hasVirtualInterrupt(pe));
  return {
    serror: on && (hcr & HCR.AMO) !== 0n && (hcr & HCR.VSE) !== 0n,
    irq: on && irq,
    fiq: on && (hcr & HCR.FMO) !== 0n && (hcr & HCR.VF) !== 0n,
  };
}

/** The interrupt that would be taken now, or undefined. */
export function pendingInterrupt(_machine: Machine, pe: Pe): PendingInterrupt | undefined {
  if (currentEl(pe) > 1) return undefined;
  const pending = virtualPending(pe);
  const masked = readPstate(pe);
  for (const kind of ['serror', 'irq', 'fiq'] as const) {
    if (pending[kind] && (masked & MASK[kind]) === 0) return { kind, targetEl: 1, virtual: true };
  }
  return undefined;
}

/** Whether anything is pending that ends a WFI, masked or not. */
export function hasWakeUp(_machine: Machine, pe: Pe): boolean {
  const pending = virtualPending(pe);
  return currentEl(pe) < 2 && (pending.serror || pending.irq || pending.fiq);
}

/** Takes the pending interrupt of a PE that runs A64 code, if there is one. */
export function takePendingInterrupt(machine: Machine, pe: Pe): boolean {
  if (pe.runner !== 'a64') return false;
  const pending = pendingInterrupt(machine, pe);
  if (pending === undefined) return false;
  const { kind, targetEl, virtual } = pending;
  const esr = kind === 'serror' ? syndrome(ExceptionClass.SError) : 0n;
  // Taking a virtual SError clears HCR_EL2.VSE (Arm ARM, HCR_EL2).
  if (kind === 'serror' && virtual) writeSysreg(pe, 'HCR_EL2', readSysreg(pe, 'HCR_EL2') & ~HCR.VSE);
  takeException(machine, pe, { targetEl, kind, esr, returnAddress: readPc(pe) });
  return true;
}
