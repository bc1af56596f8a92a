/** A name or number in a text. Offsets count UTF-16 units, as the language server protocol does. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Comes after `.` or `->`: a member of a structure. */
  readonly member: boolean;
}

const isWordCharacter = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);

const isMember = (text: string, start: number): boolean =>
  /(?:\.|->)\s*$/.test(text.slice(Math.max(0, start - 8), start));

/** The word that covers or touches an offset. */
export function wordAt(text: string, offset: number): Word | undefined {
  let start = offset;
  while (isWordCharacter(text[start - 1])) start--;
  let end = offset;
  while (isWordCharacter(text[end])) end++;
  return start === end ? undefined : { text: text.slice(start, end), start, end, member: isMember(text, start) };
}

/** What has been typed of a word up to an offset; empty when a word would begin there. */
export function prefixAt(text: string, offset: number): Word {
  let start = offset;
  while (isWordCharacter(text[start - 1])) start--;
  return { text: text.slice(start, offset), start, end: offset, member: isMember(text, start) };
}

/** The value of an integer literal of C, Rust or assembly (0xC4000158ULL, 0xc400_0158_u64, 3288334680), or undefined. */
export function integerValue(literal: string): number | undefined {
  const match =
    /^(0[xX][0-9a-fA-F_]+|[0-9][0-9_]*?)_?(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU]|[ui](?:8|16|32|64|128|size))$/.exec(literal);
  if (match?.[1] === undefined) return undefined;
  const value = Number(match[1].replaceAll('_', ''));
  return Number.isSafeInteger(value) ? value : undefined;
}
