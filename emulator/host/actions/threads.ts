/** Starting and stopping the PEs that execute a list. */
import type { Machine } from '../../machine/machine';
import type { ActionSeat } from './state';

/** Something failed: no PE executes anything more. */
export function failThread(machine: Machine, seat: ActionSeat): void {
  for (const thread of seat.progress.threads) thread.phase = 'begin';
  for (const pe of machine.pes) pe.runner = 'off';
}
