/** Putting a list into the Host's seat and running it to its end. */
import { readPc } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { run } from '../../machine/run-loop';
import { checkActions } from './check';
import { lowerActions } from './lower';
import type { ActionProgress, ThreadProgress } from './state';
import type { ActionReport, ActionResult, HostAction } from './types';
import { showValue } from './values';

const freshThread = (): ThreadProgress => ({ pc: 0, phase: 'begin', guest: null, guestPc: 0, guestFrom: null });

/**
 * Gives the Host's seat to a list. PE 0, and each PE that the list has actions for, must be at Non-secure EL2 with nothing
 * running: after boot, or at the end of an earlier list. Names, secrets and tapes of that list are known to this one.
 * @throws Problem `action-…`: the first error of the list, with the path to it
 */
export function seatActions(machine: Machine, list: readonly HostAction[]): void {
  const { host, pes } = machine;
  const before: Pick<ActionProgress, 'names' | 'tapes' | 'secrets' | 'next'> = host.actions?.progress ?? {
    names: {},
    tapes: {},
    secrets: [],
    next: 0,
  };
  checkActions(list, pes.length, Object.keys(before.names), Object.keys(before.tapes));
  const program = lowerActions(list, pes.length);
  const { names, tapes, secrets, next } = before;
  host.actions = { program, progress: { names, tapes, secrets, next, threads: pes.map(freshThread), results: [] } };
  for (const pe of pes) pe.runner = (program.threads[pe.index]?.length ?? 0) > 0 ? 'host' : 'off';
}

/** Most steps of a list: one that takes more is stuck. */
const STEPS = 2_000_000;

/** Executes a list to its end or its first failure. @throws Problem `action-…` for a malformed list */
export function runActions(machine: Machine, list: readonly HostAction[], steps = STEPS): ActionReport {
  seatActions(machine, list);
  run(machine, { steps });
  return reportOf(machine);
}

/** What has come of the list so far. */
export function reportOf(machine: Machine): ActionReport {
  const results = machine.host.actions?.progress.results ?? [];
  const failure = results.find(({ passed }) => !passed) ?? stuckAt(machine);
  return { results, passed: failure === undefined, failure };
}

/** The first PE that has not come to its end. */
function stuckAt(machine: Machine): ActionResult | undefined {
  const seat = machine.host.actions;
  for (const [pe, ops] of (seat?.program.threads ?? []).entries()) {
    const thread = seat?.progress.threads[pe];
    const op = ops[thread?.pc ?? 0];
    const at = machine.pes[pe];
    if (op === undefined || at === undefined) continue;
    const actual = `PE ${pe} (${at.runner}) is at ${showValue(readPc(at))}`;
    return { path: op.path, pe, text: 'the list does not end', passed: false, expected: 'its end', actual };
  }
  return undefined;
}
