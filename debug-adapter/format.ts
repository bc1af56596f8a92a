/** How numbers look to a user. */

/** `0x9004_4000`: digits in groups of four from the right. */
export function showHex(value: bigint | number): string {
  const digits = (typeof value === 'bigint' ? BigInt.asUintN(64, value) : value).toString(16);
  return `0x${digits.replace(/\B(?=([0-9a-f]{4})+$)/g, '_')}`;
}

/** A sentence for panels: the digits of its addresses in upper case, `Table at 0xFFF0_0000`. */
export const upperHex = (text: string): string =>
  text.replace(/\b0x[0-9a-f_]+/g, (number) => `0x${number.slice(2).toUpperCase()}`);

/** `0x90044000`: for references, copying and JSON. */
export const plainHex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** `4 KiB`, `2 MiB`, `512 MiB`, `96 bytes`. */
export function showSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (unit < units.length - 1 && value >= 1024 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value} ${units[unit]}`;
}

/** Text of the guest, quoted, cut and with control characters shown. */
export function showText(text: string, limit = 200): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return JSON.stringify(cut);
}

/** `3,097`. */
export const showCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
