/** Longest name taken from a string table: overlapping strings without an end must not add up to gigabytes. */
export const MAX_NAME = 1024;

/** The NUL-terminated string at `offset`, cut at MAX_NAME bytes; empty when the offset is outside the table. */
export function stringAt(table: Uint8Array, offset: number): string {
  const limit = Math.min(table.length, offset + MAX_NAME);
  let text = '';
  for (let i = offset; i < limit && table[i] !== 0; i++) text += String.fromCharCode(table[i]!);
  return text;
}
