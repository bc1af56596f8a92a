/**
 * From pending to signalled (GICv3 architecture, chapter 4.8): which interrupt the GIC would give a PE, whether the CPU
 * interface lets it through, and taking it. The outcome is kept in `Devices.signals`, one word a PE, and brought up to
 * date by whoever changes anything it depends on: a PE looks at that word alone.
 */
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { affinityOf, bankFor, bitOf, INTIDS, type InterruptBank, pendingWord, SPURIOUS, setBit } from './state';

/** Bits of `Devices.signals`: what is pending at a PE, masked or not. */
export const Signal = { irq: 1, fiq: 2, serror: 4 } as const;

export interface Candidate {
  readonly intid: number;
  /** As the distributor keeps it: lower is more urgent. */
  readonly priority: number;
  readonly group: 0 | 1;
}

const IDLE_PRIORITY = 0xff;
const ENABLE_GROUP1 = 3;

/** The most urgent of the 32 interrupts in `ready`, or the one so far. Equal priorities: the lowest INTID. */
function mostUrgent(
  bank: InterruptBank,
  word: number,
  ready: number,
  best: Candidate | undefined,
): Candidate | undefined {
  let found = best;
  for (let rest = ready; rest !== 0; rest &= rest - 1) {
    const intid = word * 32 + (31 - Math.clz32(rest & -rest));
    const priority = bank.priority[intid] ?? 0;
    if (found === undefined || priority < found.priority) {
      found = { intid, priority, group: bitOf(bank.group1, intid) ? 1 : 0 };
    }
  }
  return found;
}

/** The most urgent interrupt that distributor and redistributor forward to a PE; undefined when there is none. */
export function highestPending(machine: Machine, pe: Pe): Candidate | undefined {
  const { gic } = machine.devices;
  if (gic.asleep[pe.index] === true) return undefined;
  const groups =
    ((gic.control & ENABLE_GROUP1) !== 0 && readSysreg(pe, 'ICC_IGRPEN1_EL1') !== 0n ? 2 : 0) |
    (readSysreg(pe, 'ICC_IGRPEN0_EL1') !== 0n ? 1 : 0);
  if (groups === 0) return undefined;
  const ready = (bank: InterruptBank, word: number): number => {
    const group1 = bank.group1[word] ?? 0;
    const allowed = ((groups & 2) !== 0 ? group1 : 0) | ((groups & 1) !== 0 ? ~group1 : 0);
    return pendingWord(bank, word) & (bank.enabled[word] ?? 0) & ~(bank.active[word] ?? 0) & allowed;
  };
  const own = gic.privates[pe.index] as InterruptBank;
  let best = mostUrgent(own, 0, ready(own, 0), undefined);
  for (let word = 1; word < INTIDS / 32; word++) {
    let shared = ready(gic.shared, word);
    if (shared === 0) continue;
    const here = affinityOf(pe.index);
    for (let rest = shared; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      if (gic.routes[word * 32 + (31 - Math.clz32(bit))] !== here) shared &= ~bit;
    }
    best = mostUrgent(gic.shared, word, shared, best);
  }
  return best;
}

/** The bits of a priority that decide about preemption (ICC_BPR0_EL1, ICC_BPR1_EL1, ICC_CTLR_EL1.CBPR). */
function groupPriority(pe: Pe, { group, priority }: Candidate): number {
  const common = (readSysreg(pe, 'ICC_CTLR_EL1') & 1n) !== 0n;
  const shift =
    group === 0 || common ? Number(readSysreg(pe, 'ICC_BPR0_EL1')) + 1 : Number(readSysreg(pe, 'ICC_BPR1_EL1'));
  return priority & (0xff << shift) & 0xff;
}

/** Group priority of the most urgent active interrupt, from the active priorities registers; 0xff when none is. */
export function runningPriority(pe: Pe): number {
  const active = Number((readSysreg(pe, 'ICC_AP0R0_EL1') | readSysreg(pe, 'ICC_AP1R0_EL1')) & 0xffff_ffffn);
  return active === 0 ? IDLE_PRIORITY : (31 - Math.clz32(active & -active)) << 3;
}

/** Whether priority mask and running priority let an interrupt through. */
const passes = (pe: Pe, candidate: Candidate): boolean =>
  candidate.priority < Number(readSysreg(pe, 'ICC_PMR_EL1')) && groupPriority(pe, candidate) < runningPriority(pe);

/** Recomputes what is signalled to a PE. */
export function refreshSignals(machine: Machine, pe: Pe): void {
  const { devices } = machine;
  const candidate = highestPending(machine, pe);
  const interrupt =
    candidate === undefined || !passes(pe, candidate) ? 0 : candidate.group === 1 ? Signal.irq : Signal.fiq;
  devices.signals[pe.index] = interrupt | (devices.serrors[pe.index] === null ? 0 : Signal.serror);
}

export function refreshAllSignals(machine: Machine): void {
  for (const pe of machine.pes) refreshSignals(machine, pe);
}

/** Changes the input of an interrupt: PPIs of the PE (16 to 31) or SPIs. An `interrupt` event tells of every change. */
export function setLine(machine: Machine, pe: number, intid: number, high: boolean): void {
  const bank = bankFor(machine.devices.gic, pe, intid);
  if (bitOf(bank.lines, intid) === high) return;
  setBit(bank.lines, intid, high);
  if (high && bitOf(bank.edge, intid)) setBit(bank.latched, intid, true);
  emit(machine, 'interrupt', pe, intid, high ? 1 : 0);
  refreshAllSignals(machine);
}

/** Makes an interrupt pending, as an edge or a message does. */
export function pend(machine: Machine, pe: number, intid: number): void {
  setBit(bankFor(machine.devices.gic, pe, intid).latched, intid, true);
  refreshAllSignals(machine);
}

/** ICC_IAR0_EL1 or ICC_IAR1_EL1: the interrupt becomes active. 1023 when none of that group is signalled. */
export function acknowledge(machine: Machine, pe: Pe, group: 0 | 1): number {
  const candidate = highestPending(machine, pe);
  if (candidate === undefined || candidate.group !== group || !passes(pe, candidate)) return SPURIOUS;
  const bank = bankFor(machine.devices.gic, pe.index, candidate.intid);
  setBit(bank.latched, candidate.intid, false);
  setBit(bank.active, candidate.intid, true);
  const name = group === 0 ? 'ICC_AP0R0_EL1' : 'ICC_AP1R0_EL1';
  writeSysreg(pe, name, readSysreg(pe, name) | (1n << BigInt(groupPriority(pe, candidate) >> 3)));
  refreshAllSignals(machine);
  return candidate.intid;
}

/** ICC_DIR_EL1, or the second half of ICC_EOIR<n>_EL1: the interrupt is not active any more. */
export function deactivate(machine: Machine, pe: Pe, intid: number): void {
  if (intid >= INTIDS) return;
  setBit(bankFor(machine.devices.gic, pe.index, intid).active, intid, false);
  refreshAllSignals(machine);
}

/** ICC_EOIR0_EL1 or ICC_EOIR1_EL1: priority drop, and deactivation unless ICC_CTLR_EL1.EOImode is set. */
export function endInterrupt(machine: Machine, pe: Pe, group: 0 | 1, intid: number): void {
  if (intid >= 1020) return;
  const name = group === 0 ? 'ICC_AP0R0_EL1' : 'ICC_AP1R0_EL1';
  const active = readSysreg(pe, name);
  writeSysreg(pe, name, active & (active - 1n));
  if ((readSysreg(pe, 'ICC_CTLR_EL1') & 2n) === 0n) deactivate(machine, pe, intid);
  else refreshAllSignals(machine);
}

/**
 * What the native Host does with a pending physical interrupt: acknowledges it, drops its priority and deactivates it.
 * Returns the INTID, 1023 when nothing is pending (any more: a level-sensitive input may have gone low again).
 */
export function acknowledgeInterrupt(machine: Machine, pe: Pe): number {
  for (const group of [1, 0] as const) {
    const intid = acknowledge(machine, pe, group);
    if (intid === SPURIOUS) continue;
    endInterrupt(machine, pe, group, intid);
    deactivate(machine, pe, intid);
    return intid;
  }
  return SPURIOUS;
}
