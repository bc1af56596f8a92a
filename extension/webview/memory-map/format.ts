/** How addresses, sizes and counts are written in panels, and read from a search box. */

/** `0x9004_4000`: upper case, groups of four, at least eight digits. */
export const addressText = (value: number): string => grouped(value.toString(16).padStart(8, '0'));

/** A hexadecimal string of the adapter as a 64-bit value in groups: `0x0000_0000_FFF0_0003`. */
export const wideText = (hex: string): string => grouped(hex.replace(/^0x/i, '').padStart(16, '0'));

/** What copying gives: `0x90044000`. */
export const plainAddress = (value: number): string => `0x${value.toString(16)}`;

const grouped = (digits: string): string => `0x${digits.toUpperCase().replace(/(?<=.)(?=(?:.{4})+$)/g, '_')}`;

const UNITS = [
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
] as const;

/** `4 KiB`, `48.1 MiB`, `1.43 GiB`: at most three digits that count. */
export function sizeText(bytes: number): string {
  const [unit, name] = UNITS.find(([size]) => bytes >= size) ?? [1, 'B'];
  const amount = bytes / unit;
  return `${Number(amount.toPrecision(amount >= 1000 ? 4 : 3))} ${name}`;
}

export const countText = (count: number): string => count.toLocaleString('en');

/** A physical address as typed: `0x9004_4000`, `90044000`, `pa:0x90044000`. Undefined when it is none. */
export function parseAddress(text: string): number | undefined {
  const match = /^(?:pa:)?\s*(?:0x)?([0-9a-f_]{1,17})$/i.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const value = Number.parseInt(match[1].replaceAll('_', ''), 16);
  return Number.isSafeInteger(value) && value < 2 ** 52 ? value : undefined;
}
