/** The interpreter of one machine: a WebAssembly function over the machine's memory, and its predecoded pages. */
import type { Bus } from '../bus';
import type { Exit } from '../exit';
import type { CodePages } from './code-pages';
import { drop, ensure } from './code-pages';

export interface Interpreter {
  /**
   * Runs one PE for at most `budget` instructions (1 or more). BUDGET is left at the number not executed; RETIRED is
   * the caller's to add to. With CPU_FLAG.SINGLE_STEP it runs one instruction and returns `Leave`.
   * At every exit NZCV, PC and all registers are in the PE area; see `cpu/exit.ts` for where PC points.
   */
  run(pe: number, budget: number): Exit;
  readonly codePages: CodePages;
}

export declare function createInterpreter(memory: { readonly wasm: WebAssembly.Memory }, bus: Bus): Interpreter;

/** WebAssembly address of the predecoded page of a page slot (for TLB_CODE); allocates it. */
export const ensureCodePage = (interpreter: Interpreter, slotAddress: number): number =>
  ensure(interpreter.codePages, slotAddress);

/** To be called when bytes of a slot change after it was executed, and when the slot is freed or reused. */
export const dropCodePage = (interpreter: Interpreter, slotAddress: number): void =>
  drop(interpreter.codePages, slotAddress);

