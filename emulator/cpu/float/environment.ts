/** What FPCR asks of an operation, and the cumulative flags of FPSR that it raises (Arm ARM C5.2.8, C5.2.10). */

/** As FPCR.RMode has them; the last two are chosen by instructions only. */
export const Rounding = { TiesToEven: 0, Up: 1, Down: 2, Zero: 3, TiesToAway: 4, ToOdd: 5 } as const;
export type Rounding = (typeof Rounding)[keyof typeof Rounding];

/** Bits of FPSR. */
export const Flag = {
  InvalidOperation: 1 << 0,
  DivideByZero: 1 << 1,
  Overflow: 1 << 2,
  Underflow: 1 << 3,
  Inexact: 1 << 4,
  InputDenormal: 1 << 7,
} as const;

/** Bits of FPCR. */
export const Control = {
  FZ16: 1 << 19,
  RMODE_SHIFT: 22,
  FZ: 1 << 24,
  DN: 1 << 25,
  AHP: 1 << 26,
} as const;

export interface Environment {
  readonly fpcr: number;
  readonly rounding: Rounding;
  /** Bits of FPSR raised so far. */
  flags: number;
}

export const environment = (fpcr: number): Environment => ({
  fpcr,
  rounding: ((fpcr >>> Control.RMODE_SHIFT) & 3) as Rounding,
  flags: 0,
});

export const has = (environment: Environment, control: number): boolean => (environment.fpcr & control) !== 0;

export function raise(environment: Environment, flags: number): void {
  environment.flags |= flags;
}
