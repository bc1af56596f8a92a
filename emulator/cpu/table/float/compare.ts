/** Scalar FP comparisons that set the flags, and the selection by them (Arm ARM C4.1.96). */
import { compareFlags } from '../../float/comparison';
import { type Format, HALF, SINGLE } from '../../float/format';
import { giveResult, type VectorState } from '../../vector-state';
import type { Expr } from '../../wasm/expr';
import { and, assign, eqz, i32, local, or, select, shl, shrU, wrap, zeroExtend } from '../../wasm/expr';
import { float, floatConstant } from '../../wasm/float-expr';
import type { Fields, Row } from '../row';
import { row } from '../row';
import type { LaneBits, Semantics } from '../semantics';
import { CONDITIONS, join } from '../text';
import { emitFast, exactly, readLane } from './lane-row';
import { FTYPES, formatName, scalar } from './text';

interface Comparison {
  readonly format: Format;
  /** FCMPE: a quiet NaN is invalid, too. */
  readonly signals: boolean;
  readonly zero: boolean;
}

/** N, Z, C and V as i32s, 0 or 1. */
type Flags = readonly [n: Expr, z: Expr, c: Expr, v: Expr];

/** Sets the flags to what `write` puts, on whichever of its ways it does that. */
function setFlags(s: Semantics, write: (put: (flags: Flags) => void) => void): void {
  const { code } = s;
  const homes = ['n', 'z', 'c', 'v'].map(() => code.borrow('i32'));
  write((flags) => {
    flags.forEach((flag, at) => {
      assign(code, homes[at]!, flag);
    });
  });
  const [n, z, c, v] = homes.map(local) as [Expr, Expr, Expr, Expr];
  const top = (flag: Expr): Expr => shl(zeroExtend(flag), 63);
  s.setFlags({ n: top(n), z: zeroExtend(eqz(z)), c, v: top(v) });
  for (const home of homes) code.giveBack(home);
}

const bit = (value: Expr, at: number): Expr => and(shrU(value, at), 1);
const unpacked = (nzcv: Expr): Flags => [bit(nzcv, 3), bit(nzcv, 2), bit(nzcv, 1), bit(nzcv, 0)];

function emitComparison(s: Semantics, { format, zero }: Comparison, put: (flags: Flags) => void): void {
  const finished = (result: Expr): void => put(unpacked(s.keep(wrap(result))));
  if (format === HALF) {
    finished(s.finish());
    return;
  }
  const type = format === SINGLE ? 'f32' : 'f64';
  const a = s.keep(s.f('Rn', type));
  const b = zero ? floatConstant(type, 0) : s.keep(s.f('Rm', type));
  const less = float(`${type}.lt`, a, b);
  emitFast(s, {
    lanes: type,
    numbers: zero ? [a] : [a, b],
    compute(leave) {
      leave(or(float(`${type}.ne`, a, a), float(`${type}.ne`, b, b)));
      return { result: less };
    },
    store: (result) => put([result, float(`${type}.eq`, a, b), eqz(result), i32(0)]),
    finished,
  });
}

const finishComparison =
  ({ format, signals, zero }: Comparison) =>
  (state: VectorState, fields: Fields): void => {
    const operand = (name: string): bigint => readLane(state, fields[name]!, format.width, 0);
    const flags = exactly(state, (raised) =>
      compareFlags(raised, format, operand('Rn'), zero ? 0n : operand('Rm'), signals),
    );
    giveResult(state, BigInt(flags));
  };

const featureOf = (format: Format): 'FEAT_FP' | 'FEAT_FP16' => (format === HALF ? 'FEAT_FP16' : 'FEAT_FP');
const forms = FTYPES.flatMap(({ format, ftype }) =>
  [false, true].map((signals) => ({ format, ftype, signals, e: signals ? 1 : 0, suffix: signals ? 'e' : '' })),
);

const compares = forms.flatMap(({ format, ftype, signals, e, suffix }) =>
  [false, true].map((zero) => {
    const comparison = { format, signals, zero };
    return row({
      name: formatName(`fcmp${suffix}`, zero ? 'zero' : '', format),
      section: 'C4.1.96 Floating-point compare',
      feature: featureOf(format),
      // Rm should be zero where zero is meant, and does not matter.
      encoding: `00011110 ${ftype} 1 ${zero ? '_:5' : 'Rm:5'} 001000 Rn:5 ${e}${zero ? 1 : 0}000`,
      fp: true,
      emit: (s) => setFlags(s, (put) => emitComparison(s, comparison, put)),
      finish: finishComparison(comparison),
      text: (f) => join(`fcmp${suffix}`, scalar(format, f['Rn']!), zero ? '#0.0' : scalar(format, f['Rm']!)),
    });
  }),
);

const conditional = forms.map(({ format, ftype, signals, e, suffix }) => {
  const comparison = { format, signals, zero: false };
  return row({
    name: formatName(`fccmp${suffix}`, '', format),
    section: 'C4.1.96 Floating-point conditional compare',
    feature: featureOf(format),
    encoding: `00011110 ${ftype} 1 Rm:5 cond:4 01 Rn:5 ${e} nzcv:4`,
    fp: true,
    emit: (s) =>
      setFlags(s, (put) =>
        s.if(
          s.holds(),
          () => emitComparison(s, comparison, put),
          () => put(unpacked(s.field('nzcv'))),
        ),
      ),
    finish: finishComparison(comparison),
    text: (f) =>
      join(
        `fccmp${suffix}`,
        scalar(format, f['Rn']!),
        scalar(format, f['Rm']!),
        `#${f['nzcv']}`,
        CONDITIONS[f['cond']!]!,
      ),
  });
});

const selects = FTYPES.map(({ format, ftype }) =>
  row({
    name: formatName('fcsel', '', format),
    section: 'C4.1.96 Floating-point conditional select',
    feature: featureOf(format),
    encoding: `00011110 ${ftype} 1 Rm:5 cond:4 11 Rn:5 Rd:5`,
    fp: true,
    emit(s) {
      const lane = (field: string): Expr =>
        s.lane(field, format.width === 64 ? 'i64' : 'i32', format.width as LaneBits, 0);
      s.setScalar('Rd', select(s.holds(), lane('Rn'), lane('Rm')));
    },
    text: (f) => join('fcsel', ...['Rd', 'Rn', 'Rm'].map((name) => scalar(format, f[name]!)), CONDITIONS[f['cond']!]!),
  }),
);

export const FLOAT_COMPARE: readonly Row[] = [...compares, ...conditional, ...selects];
