/** How addresses and sizes are written for people. */

/** Addresses as people read them: 0x9004_4000. Negative numbers as a register shows them. */
export function formatAddress(value: number | bigint): string {
  const digits = (value < 0 ? BigInt.asUintN(64, BigInt(value)) : value).toString(16).padStart(8, '0');
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end));
  return `0x${groups.join('_')}`;
}

/** An address among the values that a condition compares, where it may be any number: without leading zeros. */
export function hex(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'above 2^53';
  const digits = value.toString(16);
  const groups = digits.length > 4 ? digits.replace(/(?=(?:.{4})+$)(?!^)/g, '_') : digits;
  return `0x${groups}`;
}

/** A count of bytes: 16 MiB, 4 KiB, 100 bytes. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return `${bytes} bytes`;
}
