/** Who sits in the Host's seat at Non-secure EL2: the built-in VMM, or a list of actions. */
import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { stepGuestScript } from './actions/guest';
import { stepActions } from './actions/step';
import { stepHost as stepPlan } from './step';

/** One micro-step of the PE's Host. */
export function stepHost(machine: Machine, pe: Pe): void {
  const { actions } = machine.host;
  if (actions === undefined) stepPlan(machine, pe);
  else stepActions(machine, pe, actions);
}

/** Whether an action list says what the Realm on this PE does. One micro-step of it, then: true. */
export function stepScript(machine: Machine, pe: Pe): boolean {
  const thread = machine.host.actions?.progress.threads[pe.index];
  if (thread === undefined || thread.guest === null) return false;
  stepGuestScript(machine, pe);
  return true;
}
