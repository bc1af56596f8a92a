/** The system instructions the interpreter leaves to TypeScript, by op0 of the instruction word. */
import type { Machine } from '../../machine/machine';
import type { Pe } from '../pe';
import { systemInstruction } from './maintenance';
import { type Outcome, UNDEFINED } from './outcome';
import { moveImmediate, moveRegister } from './registers';

/** Executes MRS, MSR, SYS or SYSL; PC is not advanced. */
export function executeSystem(machine: Machine, pe: Pe, word: number): Outcome {
  const op0 = (word >>> 19) & 3;
  if (op0 >= 2) return moveRegister(machine, pe, word);
  if (op0 === 1) return systemInstruction(machine, pe, word);
  return ((word >>> 12) & 15) === 4 ? moveImmediate(machine, pe, word) : UNDEFINED;
}
