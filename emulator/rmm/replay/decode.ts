/** Lines of a trace, read and judged: what comes out of here can be replayed without another look at its shape. */
import { fidOf } from '../commands/rows';
import { badLine, notJson } from './problems';
import { type CallLine, EXCEPTIONS, type TraceLine, type Word } from './trace';

type Members = Readonly<Record<string, unknown>>;

/** A line that is not as the format has it; `decodeLine` adds where. */
class Wrong extends Error {
  constructor(
    readonly what: string,
    readonly fix: string,
  ) {
    super(what);
  }
}

const wrong = (what: string, given: unknown, wanted: string): Wrong =>
  new Wrong(`has ${what} = ${(JSON.stringify(given) ?? 'nothing').slice(0, 80)}.`, `Give ${wanted}.`);

const HEX = /^0x[0-9a-f]{1,16}$/i;
const WORD = 'a number of 64 bits at most, as "0x…"';

export const isWord = (value: unknown): value is Word =>
  typeof value === 'string' ? HEX.test(value) : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function wordAt(object: Members, member: string, what: string): void {
  if (!isWord(object[member])) throw wrong(what, object[member], WORD);
}

function optionalWord(object: Members, member: string, what: string): void {
  if (object[member] !== undefined) wordAt(object, member, what);
}

function words(value: unknown, what: string, least: number, most: number): void {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw wrong(what, value, `a list of ${least === most ? least : `${least} to ${most}`} numbers`);
  }
  for (let index = 0; index < value.length; index++) {
    if (!isWord(value[index])) throw wrong(`${what}[${index}]`, value[index], WORD);
  }
}

function objectAt(value: unknown, what: string): Members {
  if (!isObject(value)) throw wrong(what, value, 'an object');
  return value;
}

function listAt(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(what, value, 'a list');
  return value;
}

/** A member that is an input and that we cannot act on must not be passed over. */
function only(object: Members, known: readonly string[], what: string): void {
  const stranger = Object.keys(object).find((member) => !known.includes(member));
  if (stranger !== undefined) {
    throw new Wrong(`has the unknown member "${stranger}" in ${what}.`, `${what} may have ${known.join(', ')}.`);
  }
}

function page(value: unknown): void {
  if (!isWord(value) || Number(value) % 4096 !== 0 || Number(value) > Number.MAX_SAFE_INTEGER) {
    throw wrong('a page address', value, 'the address of a granule, as "0x…"');
  }
}

/** Byte offsets in a page of values that have `size` bytes at least. */
function offsets(value: unknown, what: string, size: number): readonly [string, unknown][] {
  const entries = Object.entries(objectAt(value, what));
  for (const [offset] of entries) {
    const at = HEX.test(offset) || /^[0-9]{1,4}$/.test(offset) ? Number(offset) : Number.NaN;
    if (!(at + size <= 4096)) throw wrong(`an offset in ${what}`, offset, `one up to 0x${(4096 - size).toString(16)}`);
  }
  return entries;
}

function wordsAt(value: unknown, what: string): void {
  for (const [offset, word] of offsets(value, what, 8)) {
    if (!isWord(word)) throw wrong(`${what}[${offset}]`, word, WORD);
  }
}

const PAGE_KINDS = ['w', 'byte', 'splitmix64'] as const;

function pages(value: unknown, what: string): void {
  if (value === undefined) return;
  for (const each of listAt(value, what)) {
    const content = objectAt(each, `an element of ${what}`);
    page(content['pa']);
    only(content, ['pa', ...PAGE_KINDS], `a page of ${what}`);
    if (!PAGE_KINDS.some((kind) => content[kind] !== undefined)) {
      throw new Wrong(`has a page without content in ${what}.`, `Give ${PAGE_KINDS.join(' or ')}.`);
    }
    if (content['w'] !== undefined) wordsAt(content['w'], 'w');
    optionalWord(content, 'splitmix64', 'splitmix64');
    optionalWord(content, 'byte', 'byte');
    if (Number(content['byte'] ?? 0) > 0xff) throw wrong('byte', content['byte'], 'a number of 8 bits');
  }
}

function stay(value: unknown, index: number): void {
  const what = `realm[${index}]`;
  const given = objectAt(value, what);
  wordAt(given, 'pc', `${what}.pc`);
  optionalWord(given, 'vse', `${what}.vse`);
  if (given['x'] !== undefined) words(given['x'], `${what}.x`, 0, 31);
  const done = objectAt(given['do'], `${what}.do`);
  only(done, ['exc', 'esr', 'far', 'hpfar', 'set'], `${what}.do`);
  if (!EXCEPTIONS.includes(done['exc'] as never)) throw wrong(`${what}.do.exc`, done['exc'], EXCEPTIONS.join(', '));
  for (const member of ['esr', 'far', 'hpfar']) optionalWord(done, member, `${what}.do.${member}`);
  for (const [register, word] of Object.entries(objectAt(done['set'] ?? {}, `${what}.do.set`))) {
    if (!/^x([0-9]|[12][0-9]|30)$/.test(register)) throw wrong(`a register in ${what}.do.set`, register, 'x0 to x30');
    if (!isWord(word)) throw wrong(`${what}.do.set.${register}`, word, WORD);
  }
}

const HEX_BYTES = /^([0-9a-f]{2})+$/i;

function call(line: Members): void {
  wordAt(line, 'fid', 'fid');
  if (line['x'] !== undefined) words(line['x'], 'x', 0, 17);
  words(line['ret'], 'ret', 1, 18);
  pages(line['mem'], 'mem');
  pages(line['out'], 'out');
  const { rim, name } = line as { rim?: unknown; name?: unknown };
  if (rim !== undefined && !(typeof rim === 'string' && HEX_BYTES.test(rim) && [64, 96, 128].includes(rim.length))) {
    throw wrong('rim', rim, '32, 48 or 64 bytes in hexadecimal');
  }
  if (name !== undefined && typeof name !== 'string') throw wrong('name', name, 'text');
  if (line['realm'] !== undefined) listAt(line['realm'], 'realm').forEach(stay);
}

export const STATES = ['UNDELEGATED', 'DELEGATED', 'RD', 'REC', 'REC_AUX', 'DATA', 'RTT'] as const;

function granules(line: Members): void {
  for (const run of listAt(line['granules'], 'granules')) {
    const [base, count, state] = listAt(run, 'a run of granules');
    page(base);
    if (!isWord(count)) throw wrong('a count of granules', count, 'a number');
    if (!STATES.includes(state as never)) throw wrong('a granule state', state, `one of ${STATES.join(', ')}`);
  }
}

function pageLine(line: Members): void {
  page(line['page']);
  for (const [offset, bytes] of offsets(line['bytes'], 'bytes', 1)) {
    const fits = typeof bytes === 'string' && HEX_BYTES.test(bytes) && Number(offset) + bytes.length / 2 <= 4096;
    if (!fits) throw wrong(`bytes[${offset}]`, bytes, 'bytes in hexadecimal that end in the page');
  }
}

/** The member that tells a kind of line, its check, and what else it may have. */
const KINDS = [
  ['fid', 'call', call, ['fid', 'name', 'x', 'mem', 'ret', 'rim', 'realm', 'out']],
  ['granules', 'granules', granules, ['granules']],
  [
    'realm_write',
    'realm_write',
    (line: Members) => {
      page(line['realm_write']);
      wordsAt(line['at'], 'at');
    },
    ['realm_write', 'ipa', 'at'],
  ],
  ['page', 'page', pageLine, ['page', 'ipa', 'bytes']],
  ['end', 'end', (line: Members) => wordAt(line, 'calls', 'calls'), ['end', 'calls']],
] as const;

/** JSON of one line. @throws Problem `trace-not-json` */
export function parseJson(text: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(where, (error as Error).message);
  }
  if (!isObject(value)) throw badLine(where, 'is not a JSON object.', 'Every line of a trace is one.');
  return value;
}

/**
 * A line after the header. `strange` is told members whose meaning we do not know: nothing is compared for them.
 * @throws Problem `trace-not-json`, `trace-line`
 */
export function decodeLine(text: string, where: string, strange: (member: string) => void): TraceLine {
  const line = parseJson(text, where);
  const found = KINDS.find(([member]) => line[member] !== undefined);
  if (found === undefined) {
    const members = Object.keys(line).join(', ') || 'none';
    throw badLine(where, `is no kind of line we know (its members: ${members}).`, 'See test/vectors/rmm/README.md.');
  }
  const [, kind, check, known] = found;
  try {
    check(line);
  } catch (error) {
    throw error instanceof Wrong ? badLine(where, error.what, error.fix) : error;
  }
  for (const member in line) if (!(known as readonly string[]).includes(member)) strange(member);
  line['kind'] = kind;
  return line as unknown as TraceLine;
}

/** Function identifier in a register, without the SVE hint. */
export const functionOf = (value: Word | bigint): number => fidOf(Number(BigInt.asUintN(32, BigInt(value))));

/** X1.. of a call. */
export const argumentOf = (line: CallLine, register: number): bigint => BigInt(line.x?.[register - 1] ?? 0);
