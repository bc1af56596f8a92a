/** FP and AdvSIMD registers as text, in the manner of LLVM. */
import type { Format } from '../../float/format';
import { DOUBLE, HALF, SINGLE } from '../../float/format';

/** By the ftype field; 2 is no format. */
export const FTYPES: readonly { readonly format: Format; readonly ftype: string }[] = [
  { format: SINGLE, ftype: '00' },
  { format: DOUBLE, ftype: '01' },
  { format: HALF, ftype: '11' },
];

export const letterOf = ({ width }: Format): string => ({ 16: 'h', 32: 's', 64: 'd' })[width] ?? '';

/** `s3`. */
export const scalar = (format: Format, n: number): string => `${letterOf(format)}${n}`;

/** `v3.4s`. */
export const lanesText = (format: Format, lanes: number, n: number): string => `v${n}.${lanes}${letterOf(format)}`;

/** `v3.s[1]`. */
export const elementText = (format: Format, n: number, index: number): string => `v${n}.${letterOf(format)}[${index}]`;

/** `FADD (scalar, double)`. */
export const formatName = (mnemonic: string, form: string, format: Format): string =>
  `${mnemonic.toUpperCase()} (${form}${form === '' ? '' : ', '}${format.name})`;
