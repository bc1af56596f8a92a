/** Contents of V registers: elements of the kind that a word works on, with the corners of IEEE 754 and of integers. */
import type { Random } from './random';
import type { State } from './state';

type ElementKind = 'half' | 'single' | 'double' | 'byte' | 'int16' | 'int32' | 'int64';

/** Index of V0 in halves, words and bytes of the state. */
const FIRST_HALF = 144;
const FIRST_WORD = 72;
const FIRST_BYTE = 288;

/** Zeros, ones, least and largest, denormals, infinities, NaNs of both kinds, ties, limits of integers. */
const HALF = Uint16Array.from(
  (
    '0000 8000 3c00 bc00 7bff fbff 0400 8400 03ff 83ff 0001 8001 7c00 fc00 7e00 fe00 7c01 fd55 3800 b800 3e00 4100 ' +
    'c100 3555 7800 f800 77ff 5bf8 5c00 3bff 3c01 6400 63ff 0200 0002 6c00 7fff ffff'
  )
    .split(' ')
    .map((text) => Number.parseInt(text, 16)),
);
const SINGLE = Uint32Array.from(
  (
    '00000000 80000000 3f800000 bf800000 7f7fffff ff7fffff 00800000 80800000 007fffff 807fffff 00000001 80000001 ' +
    '7f800000 ff800000 7fc00000 ffc12345 7f800001 ffa00000 3f000000 bf000000 3fc00000 40200000 c0200000 3f800001 ' +
    '3f7fffff 4f000000 4effffff cf000000 cf000001 4f800000 4f7fffff 5f000000 5effffff df000000 5f800000 5f7fffff ' +
    '4b000001 4affffff 4b7fffff 33800000 33000000 33000001 33c00000 387fc000 387fe000 38800000 477fefff 477ff000 ' +
    '477fe000 3f801000 3f803000 00400000 7e800000 01000000 1f800000 20000000 43000000 437f8000 46fffe00 47000000 ' +
    '3f808000 3f818000 7f7f8000 bf7fffff'
  )
    .split(' ')
    .map((text) => Number.parseInt(text, 16)),
);
/** High and low words. */
const DOUBLE = Uint32Array.from(
  (
    '00000000 00000000 80000000 00000000 3ff00000 00000000 bff00000 00000000 7fefffff ffffffff ffefffff ffffffff ' +
    '00100000 00000000 80100000 00000000 000fffff ffffffff 800fffff ffffffff 00000000 00000001 80000000 00000001 ' +
    '7ff00000 00000000 fff00000 00000000 7ff80000 00000000 fff80000 12345678 7ff00000 00000001 fff40000 00000000 ' +
    '3fe00000 00000000 bfe00000 00000000 3ff80000 00000000 40040000 00000000 c0040000 00000000 3ff00000 00000001 ' +
    '3fefffff ffffffff 3ff00000 10000000 3ff00000 30000000 3ff00000 10000001 47efffff e0000000 47efffff f0000000 ' +
    '47efffff efffffff 36900000 00000000 36900000 00000001 36a00000 00000000 380fffff c0000000 380fffff e0000000 ' +
    '38100000 00000000 3e600000 00000000 40effc00 00000000 40effe00 00000000 43e00000 00000000 43dfffff ffffffff ' +
    'c3e00000 00000000 c3e00000 00000001 43f00000 00000000 43efffff ffffffff 41e00000 00000000 41dfffff ffc00000 ' +
    '41dfffff ffe00000 c1e00000 00000000 c1e00000 00200000 c1e00000 00100000 41f00000 00000000 41efffff ffe00000 ' +
    '41efffff fff00000 43300000 00000001 432fffff ffffffff 433fffff ffffffff 00080000 00000000 20000000 00000000 ' +
    '1ff00000 00000000 7fd00000 00000000 3cb00000 00000000 3ca00000 00000000'
  )
    .split(' ')
    .map((text) => Number.parseInt(text, 16)),
);

/** What the word most likely works on: by ftype, sz or size (Arm ARM C4.1.95), with everything else now and then. */
function kindOf(word: number, next: Random): ElementKind {
  const pick = next() % 16;
  const size = (word >>> 22) & 3;
  if ((word & 0x5e00_0000) >>> 0 === 0x1e00_0000) {
    if (pick < 13) return size === 3 ? 'half' : size === 0 ? 'single' : 'double';
  } else if ((word & 0x0e00_0000) >>> 0 === 0x0e00_0000) {
    if (pick < 6) return (size & 1) === 0 ? 'single' : 'double';
    if (pick < 8) return 'half';
    if (pick < 13) return (['byte', 'int16', 'int32', 'int64'] as const)[size]!;
  }
  return (['half', 'single', 'double', 'byte', 'int16', 'int32', 'int64'] as const)[next() % 7]!;
}

/** Fraction bits with a tail of zeros or ones: sums and products become exact, or ties, or near misses. */
function tailed(fraction: number, width: number, pick: number): number {
  const tail = 2 ** (pick % (width + 1)) - 1;
  return (pick & 0x100) === 0 ? fraction & ~tail : fraction | tail;
}

function halfElement(next: Random, centre: number): number {
  const pick = next();
  const kind = pick & 15;
  const bits = pick >>> 16;
  if (kind < 5) return HALF[bits % HALF.length]!;
  if (kind < 9) return (bits & 0x83ff) | (Math.min(30, Math.max(0, centre + ((pick >>> 4) % 5) - 2)) << 10);
  if (kind < 11) return tailed(bits & 0xbfff, 10, pick >>> 4);
  if (kind === 11) return (bits & 0x8fff) >>> (bits & 1);
  if (kind === 12) return (bits & 0x87ff) | 0x7000;
  return bits;
}

function singleElement(next: Random, centre: number): number {
  const pick = next();
  const kind = pick & 15;
  if (kind < 5) return SINGLE[(pick >>> 4) % SINGLE.length]!;
  const bits = next();
  const near = Math.min(254, Math.max(0, centre + ((pick >>> 4) % 5) - 2)) * 0x80_0000;
  if (kind < 9) return ((bits & 0x807f_ffff) | near) >>> 0;
  if (kind < 11) return tailed((bits & 0x807f_ffff) | near, 23, pick >>> 4) >>> 0;
  if (kind === 11) return (bits & 0x81ff_ffff) >>> 0;
  if (kind === 12) return ((bits & 0x80ff_ffff) | 0x7e80_0000) >>> 0;
  if (kind === 13) return ((bits & 0x8fff_ffff) | 0x4000_0000) >>> 0;
  return bits;
}

const scratch = new DataView(new ArrayBuffer(8));

/** Into words[at] (low) and words[at + 1] (high). */
function doubleElement(words: Uint32Array, at: number, next: Random, centre: number): void {
  const pick = next();
  const kind = pick & 15;
  if (kind < 5) {
    const corner = ((pick >>> 4) % (DOUBLE.length / 2)) * 2;
    words[at + 1] = DOUBLE[corner]!;
    words[at] = DOUBLE[corner + 1]!;
    return;
  }
  let high = next();
  let low = next();
  const near = Math.min(2046, Math.max(0, centre + ((pick >>> 4) % 5) - 2)) * 0x10_0000;
  if (kind < 11) high = (high & 0x800f_ffff) | near;
  if (kind === 9 || kind === 10) {
    const wide = (pick >>> 4) & 0x100;
    low = (pick & 0x1000) === 0 ? tailed(low, 32, pick >>> 4) : wide === 0 ? 0 : 0xffff_ffff;
    if ((pick & 0x1000) !== 0) high = tailed(high & 0xf_ffff, 20, pick >>> 4) | (high & 0xfff0_0000);
  }
  if (kind === 11) high &= 0x803f_ffff;
  if (kind === 12) high = (high & 0x801f_ffff) | 0x7fc0_0000;
  if (kind === 13) {
    // A number that fits a float, exactly or nearly.
    scratch.setFloat32(0, Math.fround((next() | 0) / 2 ** (pick >>> 27)));
    scratch.setFloat64(0, scratch.getFloat32(0));
    high = scratch.getUint32(0);
    low = (scratch.getUint32(4) + ((pick >>> 4) % 3) - 1) >>> 0;
  }
  words[at] = low;
  words[at + 1] = high;
}

function integerElement(next: Random, width: number): number {
  const pick = next();
  const kind = pick & 15;
  const top = 2 ** (width - 1);
  if (kind < 2) return 0;
  if (kind === 2) return top * 2 - 1;
  if (kind === 3) return top;
  if (kind === 4) return top - 1;
  if (kind === 5) return 1;
  if (kind < 9) return ((pick >>> 4) % 140) - 70;
  return next();
}

/** The exponent that elements are near, so that they have something to do with each other: 1, or where products end. */
function centreOf(bias: number, next: Random): number {
  const pick = next();
  const kind = pick & 7;
  if (kind < 4) return bias + ((pick >>> 4) % 9) - 4;
  if (kind === 4) return bias >>> 1;
  if (kind === 5) return bias + (bias >>> 1);
  return (pick >>> 4) % (bias * 2);
}

const POOL = 4;

/** Fills V0 to V31. A third of the elements come from a small pool, so that equal, negated and adjacent values meet. */
export function fillElements({ words, halves, bytes }: State, word: number, next: Random): void {
  const kind = kindOf(word, next);
  const centre = centreOf(kind === 'double' ? 1023 : kind === 'single' ? 127 : 15, next);
  const pools = next();
  const reuse = (): number => {
    const pick = next();
    return pick % 3 === 0 ? pick : 0;
  };
  if (kind === 'half' || kind === 'int16') {
    for (let index = 0; index < 256; index++) {
      const again = index < POOL ? 0 : reuse();
      halves[FIRST_HALF + index] =
        again !== 0
          ? halves[FIRST_HALF + ((again >>> 8) % POOL)]! ^ ((pools >>> ((again >>> 4) & 15)) & 0x8001)
          : kind === 'half'
            ? halfElement(next, centre)
            : integerElement(next, 16);
    }
  } else if (kind === 'byte') {
    for (let index = 0; index < 512; index += 2) {
      bytes[FIRST_BYTE + index] = integerElement(next, 8);
      bytes[FIRST_BYTE + index + 1] = next() >>> 24;
    }
  } else if (kind === 'single' || kind === 'int32') {
    for (let index = 0; index < 128; index++) {
      const again = index < POOL ? 0 : reuse();
      words[FIRST_WORD + index] =
        again !== 0
          ? words[FIRST_WORD + ((again >>> 8) % POOL)]! ^ (((again >>> 12) & 1) | ((again << 16) & 0x8000_0000))
          : kind === 'single'
            ? singleElement(next, centre)
            : integerElement(next, 32);
    }
  } else {
    for (let index = 0; index < 128; index += 2) {
      const again = index < POOL * 2 ? 0 : reuse();
      const at = FIRST_WORD + index;
      if (again !== 0) {
        const from = FIRST_WORD + ((again >>> 8) % POOL) * 2;
        words[at] = words[from]! ^ ((again >>> 12) & 1);
        words[at + 1] = words[from + 1]! ^ ((again << 16) & 0x8000_0000);
      } else if (kind === 'double') doubleElement(words, at, next, centre);
      else {
        const value = integerElement(next, 32);
        const shape = next() & 3;
        words[at] = shape === 0 ? 0 : shape === 1 ? 0xffff_ffff : value;
        words[at + 1] = shape === 2 ? (value < 0 ? -1 : 0) : shape === 3 ? next() : value;
      }
    }
  }
}
