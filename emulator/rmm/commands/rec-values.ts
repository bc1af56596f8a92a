/** States of a REC as conditions on it show them. */
import type { Pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { REC, recField } from '../rec/rec';
import { RecState } from '../structures/rec';

/** Whether it runs, and where. */
export function recStateValues(machine: Machine, name: string, rec: Pa): readonly (readonly [string, string])[] {
  const running = recField(machine, rec, REC.state) === RecState.Running;
  const where = running ? `REC_RUNNING on PE ${recField(machine, rec, REC.runningOn)}` : 'REC_READY';
  return [[`Rec(${name}).state`, where]];
}

/** Whether a PSCI request of it waits for the Host. */
export const psciPendingValues = (machine: Machine, name: string, rec: Pa): readonly (readonly [string, string])[] => [
  [
    `Rec(${name}).psci_pending`,
    recField(machine, rec, REC.psciPending) === 0 ? 'NO_PSCI_REQUEST_PENDING' : 'PSCI_REQUEST_PENDING',
  ],
];
