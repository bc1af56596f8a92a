/** Operands as text, in the manner of LLVM. */
export const xr = (n: number): string => (n === 31 ? 'xzr' : `x${n}`);
export const wr = (n: number): string => (n === 31 ? 'wzr' : `w${n}`);
export const xsp = (n: number): string => (n === 31 ? 'sp' : `x${n}`);
export const wsp = (n: number): string => (n === 31 ? 'wsp' : `w${n}`);
/** By sf: 1 for X. */
export const r = (sf: number, n: number): string => (sf === 1 ? xr(n) : wr(n));
export const rsp = (sf: number, n: number): string => (sf === 1 ? xsp(n) : wsp(n));

export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
export const CONDITIONS = 'eq ne hs lo mi pl vs vc hi ls ge lt gt le al nv'.split(' ');
export const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'];
export const EXTENDS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];

/** `, lsl #3`, or nothing for a shift by zero to the left. */
export const shiftText = (shift: number, amount: number): string =>
  shift === 0 && amount === 0 ? '' : `, ${SHIFTS[shift]} #${amount}`;

export const join = (mnemonic: string, ...operands: (string | number)[]): string =>
  `${mnemonic} ${operands.join(', ')}`;

/** Address of a branch or literal: PC plus a byte offset, modulo 2^64. */
export const targetText = (pc: bigint, offset: number): string => hex(BigInt.asUintN(64, pc + BigInt(offset)));
