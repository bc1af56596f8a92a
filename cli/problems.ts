/** Errors of the command line, by name. All are the caller's to mend. */
import { Problem } from '../attestation/problem';
import { nearest } from '../debug-adapter/nearest';
import { formatSize } from '../emulator/format';

const suggestion = (given: string, known: readonly string[], quote = ''): string => {
  const close = nearest(given, known);
  return close === undefined ? '' : ` Did you mean ${quote}${close}${quote}?`;
};

export const unknownCommand = (given: string, known: readonly string[]): Problem =>
  new Problem({
    code: 'cli-unknown-command',
    what: `there is no command "${given}".${suggestion(given, known, '"')}`,
    fix: '"realmscope help" lists the commands.',
    blame: 'usage',
  });

export const unknownOption = (command: string, given: string, known: readonly string[]): Problem =>
  new Problem({
    code: 'cli-unknown-option',
    what: `"${command}" has no option ${given}.${suggestion(given, known)}`,
    fix: `"realmscope help ${command}" lists its options.`,
    blame: 'usage',
  });

export const optionNeedsValue = (option: string, value: string): Problem =>
  new Problem({
    code: 'cli-option-value',
    what: `the option ${option} needs a value.`,
    fix: `Write ${option} ${value}.`,
    blame: 'usage',
  });

export const optionTakesNoValue = (option: string): Problem =>
  new Problem({
    code: 'cli-option-no-value',
    what: `the option ${option} takes no value.`,
    fix: `Write ${option} alone.`,
    blame: 'usage',
  });

export const badOptionValue = (option: string, given: string, wanted: string): Problem =>
  new Problem({
    code: 'cli-bad-value',
    what: `${option} was given "${given}".`,
    fix: `Give ${wanted}.`,
    blame: 'usage',
  });

export const missingArgument = (command: string, argument: string): Problem =>
  new Problem({
    code: 'cli-missing-argument',
    what: `"${command}" needs ${argument}.`,
    fix: `"realmscope help ${command}" shows how to call it.`,
    blame: 'usage',
  });

export const extraArgument = (command: string, argument: string): Problem =>
  new Problem({
    code: 'cli-extra-argument',
    what: `"${command}" does not take the argument "${argument}".`,
    fix: `"realmscope help ${command}" shows how to call it.`,
    blame: 'usage',
  });

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'no space is left',
  EROFS: 'the file system is read-only',
};

const reasonOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return REASONS[code ?? ''] ?? message ?? String(error);
};

export const cannotRead = (path: string, error: unknown): Problem =>
  new Problem({
    code: 'cli-cannot-read',
    what: `cannot be read: ${reasonOf(error)}.`,
    where: path === '' ? '(an empty path)' : path,
    fix: 'Check the path.',
    blame: 'usage',
  });

export const inputTooLarge = (path: string, limit: number): Problem =>
  new Problem({
    code: 'cli-input-too-large',
    what: `has more than ${limit / 2 ** 20} MiB.`,
    where: path,
    fix: 'Give a smaller file.',
    blame: 'usage',
  });

export const cannotWrite = (path: string, error: unknown): Problem =>
  new Problem({
    code: 'cli-cannot-write',
    what: `cannot be written: ${(error as { code?: string }).code === 'ENOENT' ? 'its folder does not exist' : reasonOf(error)}.`,
    where: path === '' ? '(an empty path)' : path,
    fix: 'Choose a path that can be written.',
    blame: 'usage',
  });

export const notJson = (path: string, message: string): Problem =>
  new Problem({
    code: 'cli-not-json',
    what: `is not JSON: ${message}.`,
    where: path,
    fix: 'Give a JWK file: {"kty":"EC","crv":"P-384","x":…,"y":…}.',
    blame: 'usage',
  });

/** Options that exclude each other. */
export const oneOf = (given: readonly string[], wanted: string): Problem =>
  new Problem({
    code: 'cli-one-of',
    what: `${given.join(' and ')} exclude each other.`,
    fix: wanted,
    blame: 'usage',
  });

export const noSuchName = (option: string, given: string, known: readonly string[]): Problem =>
  new Problem({
    code: 'cli-no-such-name',
    what: `${option} was given "${given}", which is not there at that point of the run.`,
    fix:
      known.length === 0 ? 'There is none yet: choose a later point (--at, --until).' : `There is ${known.join(', ')}.`,
    blame: 'usage',
  });

export const noRealmYet = (position: number): Problem =>
  new Problem({
    code: 'cli-no-realm-yet',
    what: `no Realm exists at position ${position} of the run.`,
    fix: 'Choose a later point (--at, --until), or ask as the Host with --world non-secure.',
    blame: 'usage',
  });

export const noAdapter = (path: string): Problem =>
  new Problem({
    code: 'cli-no-adapter',
    what: 'the debug adapter is not there.',
    where: path,
    fix: 'Build it with "npm run build".',
    blame: 'usage',
  });

const AGAIN = 'Copy it again, or fetch it again.';

export const notGzip = (path: string): Problem =>
  new Problem({
    code: 'cli-not-gzip',
    what: 'is named .gz and is not gzip.',
    where: path,
    fix: 'Compress it with gzip, or name it without .gz.',
    blame: 'usage',
  });

export const damagedGzip = (path: string, error: unknown): Problem =>
  new Problem({
    code: 'cli-gzip-damaged',
    what: `is cut off or damaged: gzip says "${reasonOf(error)}".`,
    where: path,
    fix: AGAIN,
    blame: 'usage',
  });

export const notText = (path: string): Problem =>
  new Problem({ code: 'cli-not-text', what: 'is not UTF-8 text.', where: path, fix: AGAIN, blame: 'usage' });

export const lineTooLong = (path: string, limit: number): Problem =>
  new Problem({
    code: 'cli-line-too-long',
    what: `has a line of more than ${limit / 2 ** 20} Mi characters.`,
    where: path,
    fix: 'Give a file of JSON lines.',
    blame: 'usage',
  });

export const badSize = (option: string, given: string, most: number): Problem =>
  badOptionValue(option, given, `a number of bytes up to ${formatSize(most)}, such as 16M or 0x1000000`);

export const noTraces = (path: string): Problem =>
  new Problem({
    code: 'cli-no-traces',
    what: 'holds no file named *.jsonl or *.jsonl.gz.',
    where: path,
    fix: 'Name a trace, or a folder that holds some.',
    blame: 'usage',
  });

export const emptyTrace = (path: string): Problem =>
  new Problem({ code: 'cli-empty', what: 'is empty.', where: path, fix: 'Give a trace.', blame: 'usage' });

export const cannotListen = (port: number, why: string): Problem =>
  new Problem({
    code: 'cli-cannot-listen',
    what: `port ${port} of 127.0.0.1 cannot be used: ${why}.`,
    fix: 'Give another one with --port N, or 0 for any that is free.',
    blame: 'usage',
  });

export const needsOption = (option: string, other: string): Problem =>
  new Problem({
    code: 'cli-needs-option',
    what: `${option} goes with ${other}, which was not given.`,
    fix: `Give ${other} too, or leave ${option} out.`,
    blame: 'usage',
  });

export const contraryOptions = (option: string, other: string): Problem =>
  new Problem({
    code: 'cli-contrary-options',
    what: `${option} is for the Realms of the built-in Host, and ${other} puts another in its place.`,
    fix: 'Leave one of them out.',
    blame: 'usage',
  });

export const badRegex = (option: string, given: string, message: string): Problem =>
  new Problem({
    code: 'cli-bad-regex',
    what: `${option} was given "${given}": ${message}.`,
    fix: 'Give a regular expression of JavaScript.',
    blame: 'usage',
  });
