/** Values of an action list: numbers, names of the list, names of the specification, and sums of those. */
import { CATALOGUE } from '../../rmm/commands/catalogue';
import { ENUMERATIONS } from '../../rmm/structures/enumerations';
import { actionValue } from './problems';
import type { ActionProgress } from './state';
import type { Value } from './types';

const NUMBER = /^-?(0x[0-9a-f_]+|[0-9_]+)$/i;
const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

const CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ...Object.values(ENUMERATIONS).flatMap((members) =>
    Object.entries(members).map(([name, value]): [string, bigint] => [name, BigInt(value)]),
  ),
  ...CATALOGUE.map(({ name, fid }): [string, bigint] => [name, BigInt(fid)]),
]);

function numberOf(text: string): bigint {
  const digits = text.replaceAll('_', '');
  return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits);
}

const termsOf = (value: string): string[] =>
  (NUMBER.test(value.trim()) ? [value.trim()] : value.split('+')).map((term) => term.trim());

/** The names of the list that a value uses. @throws Problem `action-value` when it is none */
export function namesIn(value: Value, path: string): string[] {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw actionValue(path, String(value));
    return [];
  }
  if (typeof value !== 'string') throw actionValue(path, JSON.stringify(value) ?? 'undefined');
  return termsOf(value).filter((term) => {
    if (NUMBER.test(term)) return false;
    if (!NAME.test(term)) throw actionValue(path, `"${value}"`);
    return !CONSTANTS.has(term);
  });
}

/** The value as 64 bits. @throws Problem `action-value` for a name that nothing has given yet */
export function resolveValue(progress: Pick<ActionProgress, 'names'>, value: Value, path: string): bigint {
  if (typeof value === 'number') return BigInt.asUintN(64, BigInt(value));
  let sum = 0n;
  for (const term of termsOf(value)) {
    const part = NUMBER.test(term) ? numberOf(term) : (CONSTANTS.get(term) ?? progress.names[term]);
    if (part === undefined) throw actionValue(path, `"${value}"`);
    sum += part;
  }
  return BigInt.asUintN(64, sum);
}

/** A value as it is shown: `0x9004_4000`. */
export function showValue(value: bigint): string {
  const digits = value.toString(16);
  return `0x${digits.length > 4 ? digits.replace(/(?=(?:.{4})+$)(?!^)/g, '_') : digits}`;
}
