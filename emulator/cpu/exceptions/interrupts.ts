/** Which interrupt a PE would take at this step boundary, where it goes, and taking it (Arm ARM D1.3.6). */
import { refreshSignals, Signal } from '../../devices/gic/gic';
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { currentEl, el2Enabled, type Pe, readEventRegister, readPc, readPstate, readSysreg, writeSysreg } from '../pe';
import { sysregOffset } from '../sysreg/sysreg';
import { virtualSignals } from '../sysreg/virtual-gic';
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

/** HCR_EL2.{AMO,IMO,FMO}: this kind is EL2's, and EL1 has virtual ones in its place. */
const physicalRoutedToEl2 = (pe: Pe, line: Line): boolean =>
  el2Enabled(pe) && (readSysreg(pe, 'HCR_EL2') & ROUTE[line].hcr) !== 0n;

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
  const signalled = on && (hcr & (HCR.IMO | HCR.FMO)) !== 0n ? virtualSignals(pe) : 0;
  return {
    serror: on && (hcr & HCR.AMO) !== 0n && (hcr & HCR.VSE) !== 0n,
    irq: on && (hcr & HCR.IMO) !== 0n && ((hcr & HCR.VI) !== 0n || (signalled & Signal.irq) !== 0),
    fiq: on && (hcr & HCR.FMO) !== 0n && ((hcr & HCR.VF) !== 0n || (signalled & Signal.fiq) !== 0),
  };
}

const HCR_AT = sysregOffset('HCR_EL2');
const ROUTED = Number(HCR.AMO | HCR.IMO | HCR.FMO);
/** Whether HCR_EL2 routes anything to EL2: else EL1 has no virtual interrupts. Asked at every exit of the interpreter. */
const routesAny = (pe: Pe): boolean => ((pe.memory.views.u32[(peBase(pe.index) + HCR_AT) / 4] ?? 0) & ROUTED) !== 0;

/** The interrupt that would be taken now, or undefined. */
export function pendingInterrupt(_machine: Machine, pe: Pe): PendingInterrupt | undefined {
  if (currentEl(pe) > 1 || !routesAny(pe)) return undefined;
  const pending = virtualPending(pe);
  const masked = readPstate(pe);
  for (const kind of ['serror', 'irq', 'fiq'] as const) {
    if (pending[kind] && (masked & MASK[kind]) === 0) return { kind, targetEl: 1, virtual: true };
  }
  return undefined;
}

/** Whether anything is pending that ends a WFI, masked or not (Arm ARM D1.6.2). */
export function hasWakeUp(machine: Machine, pe: Pe): boolean {
  if (isSignalled(machine, pe)) return true;
  if (currentEl(pe) > 1) return false;
  const pending = virtualPending(pe);
  return pending.serror || pending.irq || pending.fiq;
}

/**
 * Whether anything has come that ends a WFE (Arm ARM D1.6.1): the event register is set, or an interrupt is pending that
 * would be taken.
 */
export function endsWaitForEvent(machine: Machine, pe: Pe): boolean {
  if (readEventRegister(pe)) return true;
  const pending = machine.devices.signals[pe.index] ?? 0;
  if (SIGNALS.some(([kind, signal]) => (pending & signal) !== 0 && physicalTaken(pe, kind))) return true;
  return pendingInterrupt(machine, pe) !== undefined;
}

/** CNTKCTL_EL1.EVNTEN and CNTHCTL_EL2.EVNTEN. */
const EVNTEN = 1n << 2n;

/** Whether a generic timer's event stream is on at this PE. */
export const hasEventStream = (pe: Pe): boolean =>
  ((readSysreg(pe, 'CNTKCTL_EL1') | readSysreg(pe, 'CNTHCTL_EL2')) & EVNTEN) !== 0n;

/** Whether a physical interrupt or SError is pending at the PE, masked or not. */
export const isSignalled = (machine: Machine, pe: Pe): boolean => machine.devices.signals[pe.index] !== 0;

/**
 * Takes the pending virtual interrupt of a PE that runs A64 code, if there is one. Physical ones wait for the step
 * boundary (`takePhysicalInterrupt`), where timers and devices have been brought up to date.
 */
export function takePendingInterrupt(machine: Machine, pe: Pe): boolean {
  if (pe.runner !== 'a64') return false;
  const pending = pendingInterrupt(machine, pe);
  if (pending === undefined) return false;
  const { kind, targetEl } = pending;
  const esr = kind === 'serror' ? syndrome(ExceptionClass.SError, readSysreg(pe, 'VSESR_EL2') & SERROR_ISS) : 0n;
  // Taking a virtual SError clears HCR_EL2.VSE (Arm ARM, HCR_EL2).
  if (kind === 'serror') writeSysreg(pe, 'HCR_EL2', readSysreg(pe, 'HCR_EL2') & ~HCR.VSE);
  takeException(machine, pe, { targetEl, kind, esr, returnAddress: readPc(pe) });
  return true;
}

/** ISS of an SError. */
const SERROR_ISS = 0x1ff_ffffn;
const SIGNALS = [
  ['serror', Signal.serror],
  ['irq', Signal.irq],
  ['fiq', Signal.fiq],
] as const;

/** At a step boundary: takes the physical interrupt or SError that is pending at a PE running A64 code and not masked. */
export function takePhysicalInterrupt(machine: Machine, pe: Pe): boolean {
  const { signals, serrors } = machine.devices;
  const pending = signals[pe.index] ?? 0;
  for (const [kind, signal] of SIGNALS) {
    if ((pending & signal) === 0 || !physicalTaken(pe, kind)) continue;
    const esr = kind === 'serror' ? syndrome(ExceptionClass.SError, serrors[pe.index] ?? 0) : 0n;
    if (kind === 'serror') {
      serrors[pe.index] = null;
      refreshSignals(machine, pe);
    }
    takeException(machine, pe, { targetEl: physicalTarget(pe, kind), kind, esr, returnAddress: readPc(pe) });
    return true;
  }
  return false;
}

/** ISR_EL1: what is pending for this EL, virtual where HCR_EL2 routes that kind to EL2 and this is EL1. */
export function interruptStatus(machine: Machine, pe: Pe): bigint {
  const signals = machine.devices.signals[pe.index] ?? 0;
  const virtual = virtualPending(pe);
  let status = 0;
  for (const [kind, signal] of SIGNALS) {
    const isVirtual = currentEl(pe) === 1 && physicalRoutedToEl2(pe, kind);
    if (isVirtual ? virtual[kind] : (signals & signal) !== 0) status |= MASK[kind];
  }
  return BigInt(status);
}
