/** Exclusive, ordered, compare-and-swap and atomic memory operations (Arm ARM C4.1.94). */
import type { Expr } from '../../wasm/expr';
import { add, and, ltS, ltU, ne, not, or, select, shl, shrU, signExtendLow, wrap, xor } from '../../wasm/expr';
import type { Feature } from '../features';
import type { Row } from '../row';
import { row } from '../row';
import type { Semantics } from '../semantics';
import { join, r, wr, xsp } from '../text';
import { bits, TRANSFERS, transferRegister } from './loads-stores';

const SIZES = [0, 1, 2, 3] as const;
const SUFFIX = ['b', 'h', '', ''];
const sfOf = (size: number): 0 | 1 => (size === 3 ? 1 : 0);

const exclusive = SIZES.flatMap((size) =>
  [0, 1].flatMap((load) =>
    [0, 1].map((order) => {
      const mnemonic = load === 1 ? `ld${order ? 'a' : ''}xr` : `st${order ? 'l' : ''}xr`;
      const name = `${mnemonic}${SUFFIX[size]}`;
      return row({
        name: `${name.toUpperCase()} (${8 << size}-bit)`,
        section: 'C4.1.94 Load/store exclusive register',
        encoding: `${bits(size, 2)} 0010000 ${load} 0 Rs:5 ${order} _:5 Rn:5 Rt:5`,
        outline: true,
        emit(s) {
          const address = s.base('Rn');
          if (load === 1) s.set('Rt', s.readExclusive(address, size)[0]!);
          else s.set('Rs', s.writeExclusive(address, size, [s.keep(s.x('Rt'))]));
        },
        text(f) {
          const memory = `[${xsp(f['Rn']!)}]`;
          const rt = r(sfOf(size), f['Rt']!);
          return load === 1 ? join(name, rt, memory) : join(name, wr(f['Rs']!), rt, memory);
        },
      });
    }),
  ),
);

/** A pair of 32-bit registers as one 64-bit element. */
const together = (low: Expr, high: Expr): Expr => or(and(low, 0xffff_ffffn), shl(high, 32));

const upperWord = (value: Expr): Expr => shrU(value, 32);

const exclusivePair = [0, 1].flatMap((wide) =>
  [0, 1].flatMap((load) =>
    [0, 1].map((order) => {
      const mnemonic = load === 1 ? `ld${order ? 'a' : ''}xp` : `st${order ? 'l' : ''}xp`;
      return row({
        name: `${mnemonic.toUpperCase()} (${32 << wide}-bit)`,
        section: 'C4.1.94 Load/store exclusive pair',
        encoding: `1 ${wide} 0010000 ${load} 1 Rs:5 ${order} Rt2:5 Rn:5 Rt:5`,
        outline: true,
        emit(s) {
          const address = s.base('Rn');
          if (load === 1) {
            const values = s.readExclusive(address, 3 + wide);
            s.set('Rt', wide === 1 ? values[0]! : wrap(values[0]!));
            s.set('Rt2', wide === 1 ? values[1]! : wrap(upperWord(values[0]!)));
          } else {
            const [low, high] = [s.keep(s.x('Rt')), s.keep(s.x('Rt2'))];
            s.set('Rs', s.writeExclusive(address, 3 + wide, wide === 1 ? [low, high] : [s.keep(together(low, high))]));
          }
        },
        text(f) {
          const registers = [r(wide, f['Rt']!), r(wide, f['Rt2']!)];
          const operands = load === 1 ? registers : [wr(f['Rs']!), ...registers];
          return join(mnemonic, ...operands, `[${xsp(f['Rn']!)}]`);
        },
      });
    }),
  ),
);

const ordered = SIZES.flatMap((size) =>
  [0, 1].flatMap((load) =>
    [0, 1].map((order) => {
      const mnemonic = `${load === 1 ? (order ? 'ldar' : 'ldlar') : order ? 'stlr' : 'stllr'}${SUFFIX[size]}`;
      const transfer = TRANSFERS.find((candidate) => candidate.size === size && candidate.opc === load)!;
      const feature: Feature = order === 1 ? 'base' : 'FEAT_LOR';
      return row({
        name: `${mnemonic.toUpperCase()} (${8 << size}-bit)`,
        section: 'C4.1.94 Load/store ordered',
        feature,
        encoding: `${bits(size, 2)} 0010001 ${load} 0 _:5 ${order} _:5 Rn:5 Rt:5`,
        outline: order === 0,
        emit: (s) => transferRegister(s, transfer, s.base('Rn'), { ordered: true }),
        text: (f) => join(mnemonic, r(sfOf(size), f['Rt']!), `[${xsp(f['Rn']!)}]`),
      });
    }),
  ),
);

const acquirePc = SIZES.map((size) => {
  const transfer = TRANSFERS.find((candidate) => candidate.size === size && candidate.opc === 1)!;
  const mnemonic = `ldapr${SUFFIX[size]}`;
  return row({
    name: `${mnemonic.toUpperCase()} (${8 << size}-bit)`,
    section: 'C4.1.94 Atomic memory operations',
    feature: 'FEAT_LRCPC',
    encoding: `${bits(size, 2)} 111000101 _:5 110000 Rn:5 Rt:5`,
    emit: (s) => transferRegister(s, transfer, s.base('Rn'), { ordered: true }),
    text: (f) => join(mnemonic, r(sfOf(size), f['Rt']!), `[${xsp(f['Rn']!)}]`),
  });
});

/** The low 2^size bytes of a value, the rest zero. */
function lowBytes(value: Expr, size: number): Expr {
  return size === 3 ? value : and(value, (1n << BigInt(8 << size)) - 1n);
}

const orderSuffix = (acquire: number, release: number): string => `${acquire ? 'a' : ''}${release ? 'l' : ''}`;

const compareAndSwap = SIZES.map((size) =>
  row({
    name: `CAS${(SUFFIX[size] ?? '').toUpperCase()} (${8 << size}-bit)`,
    section: 'C4.1.94 Compare and swap',
    feature: 'FEAT_LSE',
    encoding: `${bits(size, 2)} 0010001 L 1 Rs:5 o0 11111 Rn:5 Rt:5`,
    outline: true,
    emit(s) {
      const expected = s.keep(lowBytes(s.x('Rs'), size));
      let old: Expr = expected;
      s.atomic(s.base('Rn'), size, ([value]) => {
        old = value!;
        return { values: [s.x('Rt')], unless: ne(value!, expected) };
      });
      s.set('Rs', old);
    },
    text: (f) =>
      join(
        `cas${orderSuffix(f['L']!, f['o0']!)}${SUFFIX[size]}`,
        r(sfOf(size), f['Rs']!),
        r(sfOf(size), f['Rt']!),
        `[${xsp(f['Rn']!)}]`,
      ),
  }),
);

/** Both registers of each pair are even-numbered; odd numbers are unallocated. */
const compareAndSwapPair = [0, 1].map((wide) =>
  row({
    name: `CASP (${32 << wide}-bit)`,
    section: 'C4.1.94 Compare and swap pair',
    feature: 'FEAT_LSE',
    encoding: `0 ${wide} 0010000 L 1 Rs:5 o0 11111 Rn:5 Rt:5`,
    where: (f) => f['Rs']! % 2 === 0 && f['Rt']! % 2 === 0,
    outline: true,
    emit: (s) => (wide === 1 ? swapWidePair(s) : swapNarrowPair(s)),
    text(f) {
      const { Rs, Rt, Rn } = f as unknown as Record<'Rs' | 'Rt' | 'Rn', number>;
      const registers = [r(wide, Rs), r(wide, Rs + 1), r(wide, Rt), r(wide, Rt + 1)];
      return join(`casp${orderSuffix(f['L']!, f['o0']!)}`, ...registers, `[${xsp(Rn)}]`);
    },
  }),
);

function swapNarrowPair(s: Semantics): void {
  const expected = s.keep(together(s.x('Rs'), s.xNext('Rs')));
  let old: Expr = expected;
  s.atomic(s.base('Rn'), 3, ([value]) => {
    old = value!;
    return { values: [together(s.x('Rt'), s.xNext('Rt'))], unless: ne(value!, expected) };
  });
  s.set('Rs', wrap(old));
  s.setXNext('Rs', upperWord(old));
}

function swapWidePair(s: Semantics): void {
  let old: readonly Expr[] = [];
  s.atomic(s.base('Rn'), 4, (values) => {
    old = values;
    const differs = or(ne(values[0]!, s.x('Rs')), ne(values[1]!, s.xNext('Rs')));
    return { values: [s.x('Rt'), s.xNext('Rt')], unless: differs };
  });
  s.set('Rs', old[0]!);
  s.setXNext('Rs', old[1]!);
}

interface Operation {
  readonly code: string;
  readonly name: string;
  apply(old: Expr, operand: Expr, size: number): Expr;
}

/** Both operands moved to a signed i64 for the comparison. */
function asSigned(value: Expr, size: number): Expr {
  return size === 3 ? value : signExtendLow(size === 0 ? 8 : size === 1 ? 16 : 32, value);
}

const OPERATIONS: readonly Operation[] = [
  { code: '0000', name: 'add', apply: (old, operand) => add(old, operand) },
  { code: '0001', name: 'clr', apply: (old, operand) => and(old, not(operand)) },
  { code: '0010', name: 'eor', apply: (old, operand) => xor(old, operand) },
  { code: '0011', name: 'set', apply: (old, operand) => or(old, operand) },
  {
    code: '0100',
    name: 'smax',
    apply: (old, x, size) => select(ltS(asSigned(old, size), asSigned(x, size)), x, old),
  },
  {
    code: '0101',
    name: 'smin',
    apply: (old, x, size) => select(ltS(asSigned(x, size), asSigned(old, size)), x, old),
  },
  { code: '0110', name: 'umax', apply: (old, x) => select(ltU(old, x), x, old) },
  { code: '0111', name: 'umin', apply: (old, x) => select(ltU(x, old), x, old) },
  { code: '1000', name: 'swp', apply: (_, x) => x },
];

const atomics = SIZES.flatMap((size) =>
  OPERATIONS.map((operation) => {
    const isSwap = operation.name === 'swp';
    const stem = isSwap ? 'swp' : `ld${operation.name}`;
    return row({
      name: `${stem.toUpperCase()}${(SUFFIX[size] ?? '').toUpperCase()} (${8 << size}-bit)`,
      section: 'C4.1.94 Atomic memory operations',
      feature: 'FEAT_LSE',
      encoding: `${bits(size, 2)} 111000 A R 1 Rs:5 ${operation.code} 00 Rn:5 Rt:5`,
      outline: true,
      emit(s) {
        const operand = s.keep(lowBytes(s.x('Rs'), size));
        let old: Expr = operand;
        s.atomic(s.base('Rn'), size, ([value]) => {
          old = value!;
          return { values: [operation.apply(value!, operand, size)] };
        });
        s.set('Rt', old);
      },
      text(f) {
        const order = orderSuffix(f['A']!, f['R']!);
        const rs = r(sfOf(size), f['Rs']!);
        const memory = `[${xsp(f['Rn']!)}]`;
        if (!isSwap && f['Rt'] === 31 && f['A'] === 0)
          return join(`st${operation.name}${order}${SUFFIX[size]}`, rs, memory);
        return join(`${stem}${order}${SUFFIX[size]}`, rs, r(sfOf(size), f['Rt']!), memory);
      },
    });
  }),
);

export const LOADS_STORES_EXCLUSIVE: readonly Row[] = [
  ...exclusive,
  ...exclusivePair,
  ...ordered,
  ...acquirePc,
  ...compareAndSwap,
  ...compareAndSwapPair,
  ...atomics,
];
