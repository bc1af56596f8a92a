/** Which outputs of a finished command mean something. */
import type { CommandRow, Operand } from './row';

/**
 * Outputs that are valid with `status`; `failed` is 0 on success, else the number of the failing stage, from 1. X0 always
 * is. A refused call has others only where the condition that failed sets them (RMI_VERSION, `top` of RMI_DATA_DESTROY).
 */
export function validOutputs(row: CommandRow, status: string, failed: number): readonly Operand[] {
  const stage = failed === 0 ? undefined : row.stages[failed - 1];
  const defined = failed === 0 || (stage?.kind === 'fail' && stage.outputs !== undefined);
  return row.outputs.filter(
    ({ reg, validWhen }) => reg === 'X0' || (defined && (validWhen === undefined || validWhen.includes(status))),
  );
}
