/** From a list to flat ops by PE: a plain program counter is then all that says where a PE is. */
import type { ActionProgram, GuestOp, HostOp } from './state';
import type { CallAction, HostAction, TakeAction } from './types';

/** PE that does what happens `during` a call. */
const AGENT = 1;

interface Lowering {
  readonly threads: HostOp[][];
  readonly guests: Record<string, readonly GuestOp[]>;
  readonly joins: Record<string, number>;
}

/** A list that `checkActions` has passed. */
export function lowerActions(list: readonly HostAction[], pes: number): ActionProgram {
  const lowering: Lowering = { threads: Array.from({ length: pes }, () => []), guests: {}, joins: {} };
  lowerList(lowering, list, 'actions', 0);
  return lowering;
}

function lowerList(lowering: Lowering, list: readonly HostAction[], path: string, pe: number): void {
  list.forEach((action, index) => {
    lowerAction(lowering, action, `${path}[${index}]`, pe);
  });
}

function lowerAction(lowering: Lowering, action: HostAction, path: string, pe: number): void {
  if ('on' in action) {
    lowerList(lowering, action.do, `${path}.do`, action.on);
    return;
  }
  const thread = lowering.threads[pe] ?? [];
  const at = thread.push({ path, action }) - 1;
  if ('take' in action && action.delegated === true) thread.push(...delegation(action, path));
  if ('call' in action) lowerCall(lowering, action, path, pe, at);
}

/** The granules of a `take`, each given to RMI_GRANULE_DELEGATE. */
const delegation = ({ take, pages = 1 }: TakeAction, path: string): HostOp[] =>
  Array.from({ length: pages }, (_, index) => ({
    path,
    action: { call: 'RMI_GRANULE_DELEGATE', with: { addr: `${take} + ${index * 4096}` } },
  }));

function lowerCall(lowering: Lowering, { guest, during }: CallAction, path: string, pe: number, at: number): void {
  if (guest !== undefined) {
    lowering.guests[path] = guest.map((action, index) => ({ path: `${path}.guest[${index}]`, action }));
  }
  if (during === undefined) return;
  const agent = lowering.threads[AGENT] ?? [];
  agent.push({ path: `${path}.during.after`, action: { passed: during.after, pe, op: at } });
  lowerList(lowering, during.do, `${path}.during.do`, AGENT);
  lowering.joins[path] = agent.length;
}
