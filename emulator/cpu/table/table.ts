/** All instructions of A64 that are built, and how a word finds its row. */

import { CRYPTO_AES } from './crypto/aes';
import { CRYPTO_SHA } from './crypto/sha';
import { FLOAT_BFLOAT } from './float/bfloat';
import { FLOAT_COMPARE } from './float/compare';
import { FLOAT_CONVERSIONS } from './float/conversions';
import { FLOAT_FORMATS } from './float/formats';
import { FLOAT_INDEXED } from './float/indexed';
import { FLOAT_MOVES } from './float/moves';
import { FLOAT_SCALAR } from './float/scalar';
import { FLOAT_VECTOR } from './float/vector';
import { BRANCHES } from './integer/branches';
import { DATA_PROCESSING_IMMEDIATE } from './integer/immediate';
import { POINTER_AUTHENTICATION } from './integer/pointer-authentication';
import { DATA_PROCESSING_REGISTER } from './integer/register';
import { DATA_PROCESSING_SOURCES } from './integer/sources';
import { MEMORY_COPY } from './memory/copy';
import { LOADS_STORES_EXCLUSIVE } from './memory/exclusive';
import { LOADS_STORES } from './memory/loads-stores';
import { LOADS_STORES_PAIR } from './memory/pair';
import type { Row } from './row';
import { fieldsOf } from './row';
import { SIMD_BY_ELEMENT } from './simd/by-element';
import { SIMD_COPY } from './simd/copy';
import { SIMD_IMMEDIATE } from './simd/immediate';
import { SIMD_LOADS_STORES } from './simd/loads-stores';
import { SIMD_SHIFT_IMMEDIATE } from './simd/shift-immediate';
import { SIMD_STRUCTURES } from './simd/structures';
import { SIMD_THREE_DIFFERENT } from './simd/three-different';
import { SIMD_THREE_SAME } from './simd/three-same';
import { SIMD_TWO_REGISTER } from './simd/two-register';
import { SYSTEM } from './system/system';

export const ROWS: readonly Row[] = [
  ...DATA_PROCESSING_IMMEDIATE,
  ...DATA_PROCESSING_REGISTER,
  ...DATA_PROCESSING_SOURCES,
  ...BRANCHES,
  ...SYSTEM,
  ...POINTER_AUTHENTICATION,
  ...MEMORY_COPY,
  ...LOADS_STORES,
  ...LOADS_STORES_PAIR,
  ...LOADS_STORES_EXCLUSIVE,
  ...FLOAT_SCALAR,
  ...FLOAT_COMPARE,
  ...FLOAT_MOVES,
  ...FLOAT_CONVERSIONS,
  ...FLOAT_FORMATS,
  ...FLOAT_VECTOR,
  ...FLOAT_INDEXED,
  ...FLOAT_BFLOAT,
  ...SIMD_LOADS_STORES,
  ...SIMD_STRUCTURES,
  ...SIMD_THREE_SAME,
  ...SIMD_TWO_REGISTER,
  ...SIMD_COPY,
  ...SIMD_SHIFT_IMMEDIATE,
  ...SIMD_THREE_DIFFERENT,
  ...SIMD_BY_ELEMENT,
  ...CRYPTO_AES,
  ...CRYPTO_SHA,
  ...SIMD_IMMEDIATE,
];

const KEY_BITS = 11;
const KEY_SHIFT = 32 - KEY_BITS;
let buckets: readonly (readonly Row[])[] | undefined;

/** Rows by the top bits of the word: few enough in each to try them in turn. */
function rowsByTopBits(): readonly (readonly Row[])[] {
  buckets ??= Array.from({ length: 2 ** KEY_BITS }, (_, key) =>
    ROWS.filter((row) => {
      const mask = row.mask >>> KEY_SHIFT;
      return (key & mask) === row.value >>> KEY_SHIFT;
    }),
  );
  return buckets;
}

export const matches = (row: Row, word: number): boolean =>
  (word & row.mask) >>> 0 === row.value && (row.where === undefined || row.where(fieldsOf(row, word)));

/** The row of an instruction word, or undefined when it is unallocated or not built. */
export function rowOf(word: number): Row | undefined {
  return rowsByTopBits()[word >>> KEY_SHIFT]!.find((row) => matches(row, word));
}
