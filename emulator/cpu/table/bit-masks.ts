/** Logical immediates: N, imms and immr as a bit pattern (Arm ARM, shared/functions/DecodeBitMasks). */

/** The 64-bit replicated pattern, or undefined when the encoding is reserved. */
export function logicalMask(n: number, imms: number, immr: number): bigint | undefined {
  const selector = (n << 6) | (~imms & 0x3f);
  const length = 31 - Math.clz32(selector);
  if (length < 1) return undefined;
  const size = 1 << length;
  const ones = imms & (size - 1);
  if (ones === size - 1) return undefined;
  const rotation = BigInt(immr & (size - 1));
  const element = (1n << BigInt(ones + 1)) - 1n;
  const width = BigInt(size);
  const rotated = BigInt.asUintN(size, (element >> rotation) | (element << (width - rotation)));
  let pattern = 0n;
  for (let at = 0n; at < 64n; at += width) pattern |= rotated << at;
  return pattern;
}
