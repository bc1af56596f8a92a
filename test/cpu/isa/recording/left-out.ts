/** Rows that qemu-aarch64 cannot judge, with the reason. Everything else must have recorded instances. */
import type { Row } from '../../../../emulator/cpu/table/row';

interface LeftOut {
  /** Matches `section: name [feature]`. */
  readonly rows: RegExp;
  readonly reason: string;
}

export const LEFT_OUT: readonly LeftOut[] = [
  { rows: /Exception generation|Reserved/, reason: 'the effect is an exception, which TypeScript takes' },
  { rows: /Hints/, reason: 'no effect on the state, or a wait' },
  { rows: /System instructions|: (MRS|MSR|SYS|SYSL)\b/, reason: 'TypeScript finishes it; EL0 may do little of it' },
  { rows: /: (ERET|DRPS)/, reason: 'UNDEFINED at EL0' },
  {
    rows: /: FCVTZS \(scalar, fixed-point, half\)/,
    reason: 'qemu 7.2 leaves the sign in bits 31:16, which the architecture clears; test/cpu/float tests it',
  },
  {
    rows: /: FJCVTZS/,
    reason: 'qemu 7.2 takes a denormal number that is flushed to zero for an exact zero; test/cpu/float tests it',
  },
  {
    rows: /\[FEAT_PAuth\]$/,
    reason: 'EL0 cannot set the keys; pointer-authentication.txt holds what a whole system gave',
  },
  { rows: /\[FEAT_(CSSC|HBC|MOPS)\]$/, reason: 'qemu 7.2 does not have it' },
  { rows: /\[FEAT_XS\]$/, reason: 'a barrier, which qemu 7.2 does not have' },
];

export const leftOut = (row: Row): LeftOut | undefined =>
  LEFT_OUT.find(({ rows }) => rows.test(`${row.section}: ${row.name} [${row.feature}]`));
