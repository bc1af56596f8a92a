/** What TypeScript sees of a PE when it finishes an instruction (`cpu/finish.ts`): V registers, FPCR, FPSR, one operand. */
import { FINISH, V } from './layout';
import { sysregOffset } from './sysreg/sysreg';

export interface VectorState {
  /** The machine's memory. */
  readonly view: DataView;
  /** WebAssembly address of the PE's state. */
  readonly pe: number;
}

const FPCR = sysregOffset('FPCR');
const FPSR = sysregOffset('FPSR');

/** Address of Vn in `view`; n is taken modulo 32. */
export const vectorAt = (state: VectorState, n: number): number => state.pe + V + (n & 31) * 16;

/** An element of up to 32 bits, without sign. */
export function readElement(state: VectorState, n: number, bits: 8 | 16 | 32, index: number): number {
  const at = vectorAt(state, n) + (index * bits) / 8;
  if (bits === 8) return state.view.getUint8(at);
  return bits === 16 ? state.view.getUint16(at, true) : state.view.getUint32(at, true);
}

export function writeElement(state: VectorState, n: number, bits: 8 | 16 | 32, index: number, value: number): void {
  const at = vectorAt(state, n) + (index * bits) / 8;
  if (bits === 8) state.view.setUint8(at, value);
  else if (bits === 16) state.view.setUint16(at, value, true);
  else state.view.setUint32(at, value, true);
}

/** An element of 64 bits, without sign. */
export const readElement64 = (state: VectorState, n: number, index: number): bigint =>
  state.view.getBigUint64(vectorAt(state, n) + index * 8, true);

/** Writes an element of 64 bits, wrapped. */
export const writeElement64 = (state: VectorState, n: number, index: number, value: bigint): void =>
  state.view.setBigUint64(vectorAt(state, n) + index * 8, value, true);

export const readFpcr = (state: VectorState): number => state.view.getUint32(state.pe + FPCR, true);

/** Sets bits of FPSR, which are cumulative. */
export const orFpsr = (state: VectorState, bits: number): void =>
  state.view.setUint32(state.pe + FPSR, state.view.getUint32(state.pe + FPSR, true) | bits, true);

/** The operand that `Semantics.finish` was given, without sign. */
export const readOperand = (state: VectorState): bigint => state.view.getBigUint64(state.pe + FINISH, true);

/** What `Semantics.finish` gives back, wrapped to 64 bits. */
export const giveResult = (state: VectorState, value: bigint): void =>
  state.view.setBigUint64(state.pe + FINISH, value, true);
