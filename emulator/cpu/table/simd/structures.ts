/** LD1 to LD4, ST1 to ST4 and LD1R to LD4R: structures of elements in one to four registers (Arm ARM C4.1.94). */
import type { Code } from '../../wasm/code';
import type { Expr } from '../../wasm/expr';
import { add, eq, i64, load, or, select, shl, store } from '../../wasm/expr';
import { loadVector, shuffle, storeLane, storeVector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Fields, Row, RowParts } from '../row';
import { row } from '../row';
import type { LaneBits, Semantics } from '../semantics';
import { join, xr, xsp } from '../text';
import { bitsOf, letterOf, lowBits, range, shapeIn, shapeOf, shapeSplit, shapesOf, splat, vr } from './shared';

type Forms = Omit<RowParts, 'section' | 'feature' | 'fp' | 'emit' | 'text' | 'encoding'> & {
  readonly section: string;
  /** Bits 31:24 less the one of post-index, and those from L on, with Rm in the place of five zeros. */
  readonly encoding: (post: 0 | 1, rm: string) => string;
  /** Moves everything at an address; a load calls `afterwards` before it writes its registers, a store at its end. */
  readonly move: (s: Semantics, address: Expr, afterwards: () => void) => void;
  readonly registers: (f: Fields) => string;
  readonly bytes: (f: Fields) => number;
  readonly knownBytes: (s: Semantics) => number;
  readonly mnemonic: string;
};

/** Without offset and post-indexed by the bytes moved (Rm is 31) or by a register. */
function forms({ section, encoding, move, registers, bytes, knownBytes, mnemonic, ...parts }: Forms): Row[] {
  const common = { ...parts, feature: 'FEAT_AdvSIMD', fp: true } as const;
  return [
    row({
      ...common,
      section: `C4.1.94 Advanced SIMD load/store ${section}`,
      encoding: encoding(0, '00000'),
      emit: (s) => move(s, s.base('Rn'), () => undefined),
      text: (f) => join(mnemonic, registers(f), `[${xsp(f['Rn']!)}]`),
    }),
    row({
      ...common,
      name: `${parts.name} (post-index)`,
      section: `C4.1.94 Advanced SIMD load/store ${section} (post-indexed)`,
      encoding: encoding(1, 'Rm:5'),
      emit(s) {
        const base = s.base('Rn');
        const by = select(eq(s.field('Rm'), 31), i64(knownBytes(s)), s.x('Rm'));
        const moved = s.keep(add(base, by));
        move(s, base, () => s.setSp('Rn', moved));
      },
      text: (f) => join(mnemonic, registers(f), `[${xsp(f['Rn']!)}]`, f['Rm'] === 31 ? `#${bytes(f)}` : xr(f['Rm']!)),
    }),
  ];
}

/** 16 bytes picked from several vectors, by their number through all of them. */
function gather(sources: readonly Expr[], bytes: readonly number[]): Expr {
  const of = (source: number): boolean => bytes.some((byte) => byte >> 4 === source);
  const used = range(sources.length, (at) => at).filter(of);
  const [first = 0, second = first, ...others] = used;
  const place = (byte: number): number =>
    byte >> 4 === first ? byte & 15 : byte >> 4 === second ? 16 + (byte & 15) : 0;
  let value = shuffle(sources[first]!, sources[second]!, bytes.map(place));
  for (const other of others) {
    value = shuffle(
      value,
      sources[other]!,
      bytes.map((byte, at) => (byte >> 4 === other ? 16 + (byte & 15) : at)),
    );
  }
  return value;
}

/** What 16-byte pieces `bytes` bytes have; the last one may be of 8. */
const pieces = (bytes: number): number => Math.ceil(bytes / 16);
const loadPieces = (s: Semantics, from: Expr, bytes: number): Expr[] =>
  range(pieces(bytes), (at) => at).map((at) =>
    s.keep(loadVector(from, at * 16, bytes - at * 16 < 16 ? 'v128.load64_zero' : 'v128.load')),
  );

function storePieces(code: Code, to: Expr, values: readonly Expr[], bytes: number): void {
  values.forEach((value, at) => {
    if (bytes - at * 16 < 16) storeLane(code, 64, 0, to, value, at * 16);
    else storeVector(code, to, value, at * 16);
  });
}

/** Where byte `at` of register `number` is among structures of `count` elements of 2^size bytes. */
const interleaved = (size: number, count: number, number: number, at: number): number =>
  ((at >> size) * count + number) * (1 << size) + (at & ((1 << size) - 1));

interface Multiple {
  readonly opcode: string;
  readonly registers: number;
  /** Elements of a structure: 1 for LD1 and ST1 of several registers. */
  readonly elements: number;
}

const MULTIPLE: readonly Multiple[] = [
  { opcode: '0000', registers: 4, elements: 4 },
  { opcode: '0010', registers: 4, elements: 1 },
  { opcode: '0100', registers: 3, elements: 3 },
  { opcode: '0110', registers: 3, elements: 1 },
  { opcode: '0111', registers: 1, elements: 1 },
  { opcode: '1000', registers: 2, elements: 2 },
  { opcode: '1010', registers: 2, elements: 1 },
];

/** All sizes and widths, 1D included; structures of several elements do not have that one. */
const MULTIPLE_SHAPES = [...shapesOf([0, 1, 2, 3]), { size: 3, q: 0 }];

const list = (f: Fields, count: number, name: (n: number) => string): string =>
  range(count, (at) => (f['Rt']! + at) % 32)
    .map(name)
    .join(', ');

function loadMultiple(s: Semantics, { registers, elements }: Multiple, address: Expr, afterwards: () => void): void {
  const { size, q } = shapeOf(s, MULTIPLE_SHAPES);
  const each = 8 << q!;
  const sources = loadPieces(s, s.readVector(address, registers * each, size), registers * each);
  const byteOf = (number: number, at: number): number =>
    elements === 1 ? number * each + at : interleaved(size, elements, number, at);
  const values = range(registers, (at) => at).map((number) => {
    const bytes = range(16, (at) => byteOf(number, at % each));
    return s.keep(lowBits(gather(sources, bytes), each * 8));
  });
  afterwards();
  values.forEach((value, number) => {
    s.setV('Rt', value, number);
  });
}

function storeMultiple(s: Semantics, { registers, elements }: Multiple, address: Expr, afterwards: () => void): void {
  const { size, q } = shapeOf(s, MULTIPLE_SHAPES);
  const each = 8 << q!;
  const bytes = registers * each;
  const sources = range(registers, (at) => at).map((number) => s.keep(s.v('Rt', number)));
  const origin = new Map<number, number>();
  for (let number = 0; number < registers; number++) {
    for (let at = 0; at < each; at++) {
      origin.set(elements === 1 ? number * each + at : interleaved(size, elements, number, at), number * 16 + at);
    }
  }
  const values = range(pieces(bytes), (piece) => piece).map((piece) =>
    s.keep(
      gather(
        sources,
        range(16, (at) => origin.get(piece * 16 + at) ?? origin.get(piece * 16)!),
      ),
    ),
  );
  s.writeVector(address, bytes, size, (to) => storePieces(s.code, to, values, bytes));
  afterwards();
}

const multiple = MULTIPLE.flatMap((each) =>
  [1, 0].flatMap((isLoad) => {
    const mnemonic = `${isLoad === 1 ? 'ld' : 'st'}${each.elements}`;
    const shapes = each.elements === 1 ? MULTIPLE_SHAPES : MULTIPLE_SHAPES.slice(0, -1);
    return forms({
      name: `${mnemonic.toUpperCase()} (multiple structures, ${each.registers})`,
      section: 'multiple structures',
      mnemonic,
      encoding: (post, rm) => `0 Q 001100${post} ${isLoad} 0 ${rm} ${each.opcode} size:2 Rn:5 Rt:5`,
      where: (f) => shapes.some(({ size, q }) => size === f['size'] && q === f['Q']),
      split: [shapeSplit(shapes)],
      move: (s, address, afterwards) => (isLoad === 1 ? loadMultiple : storeMultiple)(s, each, address, afterwards),
      registers: (f) => `{ ${list(f, each.registers, (n) => vr(shapeIn(f), n))} }`,
      bytes: (f) => each.registers * (8 << f['Q']!),
      knownBytes: (s) => each.registers * (8 << shapeOf(s, shapes).q!),
    });
  }),
);

/** Bits 15:14 (opcode), then S and size, of a single structure, and the element's number by them. */
const SINGLE: readonly { code: string; low: string; index: (f: Fields) => number; at: (s: Semantics) => Expr }[] = [
  {
    code: '00',
    low: 'S size:2',
    index: (f) => (f['Q']! << 3) | (f['S']! << 2) | f['size']!,
    at: (s) => or(or(shl(s.field('Q'), 3), s.field('S', 2)), s.field('size')),
  },
  {
    code: '01',
    low: 'S high 0',
    index: (f) => (f['Q']! << 2) | (f['S']! << 1) | f['high']!,
    at: (s) => or(or(shl(s.field('Q'), 2), s.field('S', 1)), s.field('high')),
  },
  {
    code: '10',
    low: 'S 00',
    index: (f) => (f['Q']! << 1) | f['S']!,
    at: (s) => or(shl(s.field('Q'), 1), s.field('S')),
  },
  { code: '10', low: '0 01', index: (f) => f['Q']!, at: (s) => s.field('Q') },
];

const laneType = (size: number): 'i32' | 'i64' => (size === 3 ? 'i64' : 'i32');

/** The elements of one structure, read. */
function readElements(s: Semantics, address: Expr, size: number, elements: number): Expr[] {
  const from = s.readVector(address, elements << size, size);
  return range(elements, (at) => at).map((at) => s.keep(load(laneType(size), bitsOf(size), from, at << size)));
}

const single = SINGLE.flatMap(({ code, low, index, at }, size) =>
  [1, 2, 3, 4].flatMap((elements) =>
    [1, 0].flatMap((isLoad) => {
      const mnemonic = `${isLoad === 1 ? 'ld' : 'st'}${elements}`;
      const width: LaneBits = bitsOf(size);
      return forms({
        name: `${mnemonic.toUpperCase()} (single structure, ${width}-bit)`,
        section: 'single structure',
        mnemonic,
        encoding: (post, rm) =>
          `0 Q 001101${post} ${isLoad} ${(elements - 1) & 1} ${rm} ${code} ${bits((elements - 1) >> 1, 1)} ${low} Rn:5 Rt:5`,
        move(s, address, afterwards) {
          const number = s.keep(at(s));
          if (isLoad === 1) {
            const values = readElements(s, address, size, elements);
            afterwards();
            values.forEach((value, plus) => {
              s.setLane('Rt', width, number, value, plus);
            });
            return;
          }
          s.writeVector(address, elements << size, size, (to) => {
            for (let plus = 0; plus < elements; plus++) {
              const value = s.lane('Rt', laneType(size), width, number, false, plus);
              store(s.code, width, to, value, plus << size);
            }
          });
          afterwards();
        },
        registers: (f) => `{ ${list(f, elements, (n) => `v${n}.${letterOf(size)}`)} }[${index(f)}]`,
        bytes: () => elements << size,
        knownBytes: () => elements << size,
      });
    }),
  ),
);

const replicate = [1, 2, 3, 4].flatMap((elements) =>
  forms({
    name: `LD${elements}R`,
    section: 'single structure',
    mnemonic: `ld${elements}r`,
    encoding: (post, rm) =>
      `0 Q 001101${post} 1 ${(elements - 1) & 1} ${rm} 11 ${(elements - 1) >> 1} 0 size:2 Rn:5 Rt:5`,
    split: ['Q', 'size'],
    move(s, address, afterwards) {
      const size = s.known('size');
      const values = readElements(s, address, size, elements);
      afterwards();
      values.forEach((value, plus) => {
        s.setV('Rt', lowBits(splat(size, value), 64 << s.known('Q')), plus);
      });
    },
    registers: (f) => `{ ${list(f, elements, (n) => vr(shapeIn(f), n))} }`,
    bytes: (f) => elements << f['size']!,
    knownBytes: (s) => elements << s.known('size'),
  }),
);

export const SIMD_STRUCTURES: readonly Row[] = [...multiple, ...single, ...replicate];
