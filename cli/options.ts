/** Reads the arguments of one command against the table of its options. */
import {
  badOptionValue,
  badSize,
  extraArgument,
  missingArgument,
  optionNeedsValue,
  optionTakesNoValue,
  unknownOption,
} from './problems';

export interface OptionRow {
  /** With its dashes: `--trace`. */
  readonly name: string;
  /** What its value is called, e.g. `N`; absent for a switch. */
  readonly value?: string;
  readonly summary: string;
}

export interface CommandSyntax {
  /** As typed: `token decode`. */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments, all needed. */
  readonly arguments: readonly string[];
  /** An option that takes their place: with it there are none. */
  readonly instead?: string;
  /** More like the last one may follow. */
  readonly repeated?: boolean;
  readonly options: readonly OptionRow[];
  /** More for the help page: paragraphs. */
  readonly notes?: readonly string[];
}

export interface ParsedOptions {
  readonly positional: readonly string[];
  readonly switches: ReadonlySet<string>;
  /** The last value given of each option. */
  readonly values: ReadonlyMap<string, string>;
  /** All values given of each option, in order. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

export function parseOptions(syntax: CommandSyntax, args: readonly string[]): ParsedOptions {
  const positional: string[] = [];
  const switches = new Set<string>();
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  let literal = false;
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (literal || argument === '-' || !argument.startsWith('-')) positional.push(argument);
    else if (argument === '--') literal = true;
    else {
      const equals = argument.indexOf('=');
      const name = equals < 0 ? argument : argument.slice(0, equals);
      const row = syntax.options.find((each) => each.name === name);
      if (row === undefined)
        throw unknownOption(
          syntax.name,
          name,
          syntax.options.map((each) => each.name),
        );
      if (row.value === undefined) {
        if (equals >= 0) throw optionTakesNoValue(name);
        switches.add(name);
        continue;
      }
      const value = equals >= 0 ? argument.slice(equals + 1) : args[++at];
      if (value === undefined) throw optionNeedsValue(name, row.value);
      values.set(name, value);
      lists.set(name, [...(lists.get(name) ?? []), value]);
    }
  }
  const replaced = syntax.instead !== undefined && values.has(syntax.instead);
  const wanted = replaced ? [] : syntax.arguments;
  for (const [index, name] of wanted.entries()) {
    if (positional[index] === undefined) throw missingArgument(syntax.name, name);
  }
  const extra = positional[wanted.length];
  if (extra !== undefined && (replaced || syntax.repeated !== true)) throw extraArgument(syntax.name, extra);
  return { positional, switches, values, lists };
}

/** A whole number option within limits; undefined when it was not given. Hexadecimal with 0x, `_` between digits. */
export function numberOption(options: ParsedOptions, name: string, least: number, most: number): number | undefined {
  const text = options.values.get(name);
  if (text === undefined) return undefined;
  const plain = text.replaceAll('_', '');
  const value = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(plain) ? Number(plain) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw badOptionValue(name, text, `a whole number from ${least} to ${most}`);
}

const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** A number of bytes within limits, with K, M or G behind it if wanted; undefined when it was not given. */
export function sizeOption(options: ParsedOptions, name: string, least: number, most: number): number | undefined {
  const text = options.values.get(name);
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(0x[0-9a-f]+|[0-9]+)([KMG]?)$/i.exec(text.replaceAll('_', '')) ?? [];
  const value = digits === '' ? Number.NaN : Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw badSize(name, text, most);
}

/** One of a list of words. */
export function choiceOption<T extends string>(
  options: ParsedOptions,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = options.values.get(name);
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw badOptionValue(name, text, `one of ${choices.join(', ')}`);
  return found;
}
