/** Encodings worth trying in any format: corners, and numbers near each other. */
import type { Format } from '../../../emulator/cpu/float/format';
import { infinity, ones, quietBit, signBit } from '../../../emulator/cpu/float/format';

export type Random = () => number;

/** A 32-bit generator (xorshift). */
export function random(seed: number): Random {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const wide = (next: Random): bigint => (BigInt(next()) << 32n) | BigInt(next());

/** A number of the format around the encoding of 1, so that sums and products have few bits to lose, or many. */
function ordinary(format: Format, next: Random): bigint {
  const one = (infinity(format, false) >> 1n) & ~ones(format.fractionBits);
  const fraction = wide(next) & ones(format.fractionBits);
  const tail = ones(next() % (format.fractionBits + 1));
  const exponent = BigInt((next() % 9) - 4) << BigInt(format.fractionBits);
  return (one + exponent) | (next() % 3 === 0 ? fraction : fraction & ~tail);
}

export function operand(format: Format, next: Random): bigint {
  const kind = next() % 16;
  const sign = next() % 2 === 0 ? 0n : signBit(format);
  const corners = [
    0n,
    1n,
    ones(format.fractionBits),
    ones(format.fractionBits) + 1n,
    infinity(format, false) - 1n,
    infinity(format, false),
    infinity(format, false) | quietBit(format) | 5n,
    infinity(format, false) | 3n,
  ];
  if (kind < 3) return sign | corners[next() % corners.length]!;
  if (kind < 12) return sign | ordinary(format, next);
  return wide(next) & ones(format.width);
}
