/** Validates the arguments of `launch` by the table of attributes, and turns them into values of their own kind. */
import type { HostBehaviour } from '../../emulator/host/config';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import type { VersionSet } from '../../emulator/rmm/commands/row';
import { nearest } from '../nearest';
import { badAttribute, missingAttribute, needsHost, unknownAttribute, unknownCommand } from '../problems';
import { LAUNCH_ATTRIBUTES, type LaunchAttribute } from '../protocol';

export interface CommandStop {
  readonly name: string;
  readonly when: 'before' | 'after';
}

export interface LaunchConfiguration {
  /** Empty: none. A Realm guest, or (with `host`) the symbols of what the Host runs in a Realm. */
  readonly program: string;
  /** A Host of real code, with `@ADDR` behind its path if wanted; undefined: the built-in Host. */
  readonly host: string | undefined;
  readonly load: readonly string[];
  readonly entry: string | undefined;
  readonly poke: readonly string[];
  readonly pes: number | undefined;
  readonly resetLimit: number | undefined;
  readonly stopOnEntry: boolean;
  readonly breakOn: readonly CommandStop[];
  readonly platform: 'fvp' | 'trace-a' | 'trace-b' | 'trace-c' | 'big';
  readonly ipaWidth: number;
  /** True: wanted; otherwise where the IPA width needs it. */
  readonly rmmVersion: VersionSet;
  readonly mecid: number | undefined;
  readonly lpa2: boolean;
  readonly levelStart: number | undefined;
  readonly recs: number;
  /** Realms that run the program. */
  readonly realms: number;
  readonly breakpoints: number;
  readonly watchpoints: number;
  readonly pmuCounters: number | undefined;
  readonly fold: boolean;
  /** Bytes. */
  readonly sharedMemory: number;
  readonly hostBehaviour: readonly HostBehaviour[];
  /** Bytes. */
  readonly memorySize: number;
  readonly hashAlgorithm: 'sha-256' | 'sha-512';
  readonly challenge: Uint8Array | undefined;
  /** Steps; 0: no limit. */
  readonly budget: number;
  /** Bytes. */
  readonly memoryLimit: number;
  readonly sourceMap: Readonly<Record<string, string>>;
  readonly trace: boolean;
  readonly noDebug: boolean;
}

/** What clients add to every launch request, and is not ours to judge. */
const CLIENT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'type',
  'name',
  'request',
  'noDebug',
  'preLaunchTask',
  'postDebugTask',
  'internalConsoleOptions',
  'debugServer',
  'serverReadyAction',
  'presentation',
  'suppressMultipleSessionWarning',
  'debugViewLocation',
  'cwd',
  'env',
  'windows',
  'linux',
  'osx',
  'trackerId',
]);

/** @throws Problem, the first one found, naming the attribute and what it should be. */
export function readLaunchConfiguration(args: Readonly<Record<string, unknown>>): LaunchConfiguration {
  const known = new Map(LAUNCH_ATTRIBUTES.map((attribute) => [attribute.name, attribute]));
  for (const key of Object.keys(args)) {
    if (!known.has(key) && !CLIENT_ATTRIBUTES.has(key) && !key.startsWith('__'))
      throw unknownAttribute(key, nearest(key, known.keys()));
  }
  const values = Object.fromEntries(
    LAUNCH_ATTRIBUTES.map((attribute) => [attribute.name, readAttribute(attribute, args[attribute.name])]),
  );
  checkProgram(args);
  return {
    program: values['program'] as string,
    host: values['host'] as string | undefined,
    load: values['load'] as string[],
    entry: values['entry'] as string | undefined,
    poke: values['poke'] as string[],
    pes: values['pes'] as number | undefined,
    resetLimit: values['resetLimit'] as number | undefined,
    stopOnEntry: values['stopOnEntry'] as boolean,
    breakOn: (values['breakOn'] as string[]).map(readCommandStop),
    platform: values['platform'] as LaunchConfiguration['platform'],
    ipaWidth: values['ipaWidth'] as number,
    rmmVersion: values['rmmVersion'] as VersionSet,
    mecid: values['mecid'] as number | undefined,
    lpa2: values['lpa2'] as boolean,
    levelStart: values['levelStart'] as number | undefined,
    recs: values['recs'] as number,
    realms: values['realms'] as number,
    breakpoints: values['breakpoints'] as number,
    watchpoints: values['watchpoints'] as number,
    pmuCounters: values['pmuCounters'] as number | undefined,
    fold: values['fold'] as boolean,
    sharedMemory: bytesOf(values['sharedMemory'] as string),
    hostBehaviour: values['hostBehaviour'] as HostBehaviour[],
    memorySize: readMemorySize(values['memorySize'] as string),
    hashAlgorithm: values['hashAlgorithm'] as LaunchConfiguration['hashAlgorithm'],
    challenge: values['challenge'] === undefined ? undefined : readBytes(values['challenge'] as string),
    budget: values['budget'] as number,
    memoryLimit: bytesOf(values['memoryLimit'] as string),
    sourceMap: values['sourceMap'] as Record<string, string>,
    trace: values['trace'] as boolean,
    noDebug: args['noDebug'] === true,
  };
}

/** Attributes that mean something with `host` alone. */
const OF_HOST = ['load', 'entry', 'poke', 'resetLimit'] as const;

/** @throws Problem when there is nothing to run, or a Host's attribute without a Host */
function checkProgram(args: Readonly<Record<string, unknown>>): void {
  if (args['host'] !== undefined) return;
  if (args['program'] === undefined || args['program'] === null) throw missingAttribute('program');
  if (args['program'] === '') throw badAttribute('program', '', EXPECTED.string.words);
  const alone = OF_HOST.find((name) => args[name] !== undefined);
  if (alone !== undefined) throw needsHost(alone);
}

function readAttribute(attribute: LaunchAttribute, value: unknown): unknown {
  const { name } = attribute;
  if (value === undefined || value === null) {
    return attribute.unless === undefined ? attribute.default : '';
  }
  const expected = EXPECTED[attribute.type];
  if (!expected.test(value)) throw badAttribute(name, value, expected.words);
  const words = Array.isArray(value) ? (value as string[]) : [value as string];
  if (words.some((word) => attribute.values?.includes(word) === false))
    throw badAttribute(name, value, `${Array.isArray(value) ? 'some' : 'one'} of ${attribute.values?.join(', ')}`);
  if (typeof value === 'number') {
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = attribute;
    if (value < minimum || value > maximum)
      throw badAttribute(name, value, `a number from ${minimum}${Number.isFinite(maximum) ? ` to ${maximum}` : ' up'}`);
  }
  if (attribute.pattern && !new RegExp(attribute.pattern.expression).test(value as string))
    throw badAttribute(name, value, attribute.pattern.words);
  return value;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const EXPECTED: Readonly<Record<LaunchAttribute['type'], { words: string; test: (value: unknown) => boolean }>> = {
  string: { words: 'a text in quotes', test: isText },
  boolean: { words: 'true or false', test: (value) => typeof value === 'boolean' },
  integer: { words: 'a whole number', test: (value) => Number.isSafeInteger(value) },
  'string[]': { words: 'a list of texts', test: (value) => Array.isArray(value) && value.every(isText) },
  'string map': {
    words: 'an object whose values are texts',
    test: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isText),
  },
};

/** `RMI_DATA_CREATE`, `RMI_DATA_CREATE after`: the form command breakpoints take everywhere. */
export function readCommandStop(text: string): CommandStop {
  const match = /^\s*([A-Za-z0-9_]+)(?:\s+(before|after))?\s*$/.exec(text);
  const name = match?.[1]?.toUpperCase();
  if (name === undefined || !CATALOGUE.some((command) => command.name === name)) {
    throw unknownCommand(
      text,
      nearest(
        text,
        CATALOGUE.map((command) => command.name),
      ),
    );
  }
  return { name, when: match?.[2] === 'after' ? 'after' : 'before' };
}

const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

function bytesOf(text: string): number {
  const unit = UNITS[text.slice(-1)];
  return Number(unit === undefined ? text : text.slice(0, -1)) * (unit ?? 1);
}

function readMemorySize(text: string): number {
  const bytes = bytesOf(text);
  if (bytes === 0 || bytes % 0x20_0000 !== 0 || bytes > 2 ** 40)
    throw badAttribute('memorySize', text, 'a multiple of 2M up to 1024G');
  return bytes;
}

const readBytes = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
