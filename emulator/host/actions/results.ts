/** Results of actions, and comparing what came with what was expected. */
import type { ActionSeat, GuestOp, HostOp } from './state';
import type { ActionResult } from './types';
import { showValue } from './values';

/** What a check found: undefined when all is as expected. */
export interface Difference {
  readonly expected: string;
  readonly actual: string;
}
export type Finding = Difference | undefined;

/** Records what came of an op. False when it failed: nothing more is executed then. */
export function record(
  seat: ActionSeat,
  pe: number,
  op: HostOp | GuestOp,
  text: string,
  found: Finding,
  did = 'done',
): boolean {
  const result: ActionResult =
    found === undefined
      ? { path: op.path, pe, text, passed: true, expected: did, actual: did }
      : { path: op.path, pe, text, passed: false, ...found };
  seat.progress.results.push(result);
  return found === undefined;
}

export const differs = (what: string, expected: bigint, actual: bigint): Finding =>
  expected === actual
    ? undefined
    : { expected: `${what} = ${showValue(expected)}`, actual: `${what} = ${showValue(actual)}` };

export const differsText = (what: string, expected: string, actual: string): Finding =>
  expected === actual ? undefined : { expected: `${what} ${expected}`, actual: `${what} ${actual}` };
