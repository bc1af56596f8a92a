/** How the Host calls the RMM: the registers and the exception a real Host's SMC instruction would make. */
import { executeSmc } from '../cpu/exceptions/exceptions';
import { type Pe, readX, writePc, writeXWord } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { fidOf } from './rmi';

/** X0 to X7 carry arguments (SMC Calling Convention). */
const ARGUMENT_REGISTERS = 8;

/** Executes `SMC #0` at `address` with a command and its arguments. What happens next is EL3's business. */
export function callRmm(machine: Machine, pe: Pe, address: bigint, name: string, args: readonly number[]): void {
  writeXWord(pe, 0, fidOf(name));
  for (let index = 1; index < ARGUMENT_REGISTERS; index++) {
    const value = args[index - 1] ?? 0;
    writeXWord(pe, index, value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
  }
  writePc(pe, address);
  executeSmc(machine, pe, 0);
}

/** X0 to X4 after the call. */
export const readResults = (pe: Pe): readonly bigint[] => [0, 1, 2, 3, 4].map((index) => readX(pe, index));
