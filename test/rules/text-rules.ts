/** Rules about the text of committed files. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Finding, filesBelow } from './project';

/** Files under version control, or every file when this is no checkout. */
export function committedFiles(): string[] {
  if (!existsSync('.git')) return filesBelow('.', '');
  return execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
    .split('\0')
    .filter((file) => file && existsSync(file));
}

const TEXT =
  /\.(ts|tsx|mjs|js|json|md|c|h|S|ld|sh|yml|yaml|html|css|svg|txt|cca)$|(^|\/)(\.[a-z]+|[A-Z-]+)$|^\.ci\/run$/;
const DATA = /(^|\/)(vectors|node_modules)\/|^package-lock\.json$/;

/** Committed text a person wrote: neither data nor generated. */
export const textFiles = (): string[] => committedFiles().filter((file) => TEXT.test(file) && !DATA.test(file));

function* matches(text: string, pattern: RegExp): Generator<{ readonly line: number; readonly found: string }> {
  for (const [index, line] of text.split('\n').entries()) {
    const found = pattern.exec(line)?.[0];
    if (found !== undefined) yield { line: index + 1, found };
  }
}

// Put together so that the pattern does not find itself.
const HOMES = ['/work', '/farm', '/home', '/Users', '/root', 'C:\\\\Users', '/var/folders'].join('|');
const MACHINE_PATH = new RegExp(`(?<![\\w.\\])}/-])(${HOMES})[\\\\/]+[A-Za-z0-9_.-]+|(?<![\\w.}$)])/t${'mp'}/[a-z]`);

/** Paths that exist on one machine only. */
export const machinePaths = (file: string, text: string): Finding[] =>
  [...matches(text, MACHINE_PATH)].map(({ line, found }) => ({
    file,
    line,
    what: `names a path of one machine: ${found}`,
  }));

const UNFINISHED = new RegExp(
  `\\b(TO${'DO'}|FIX${'ME'}|XX${'X'})\\b|@ts-(ignore|nocheck)|throw .*not ${'implemented'}|^[<>]{7} `,
);

/** Words that say a thing is not done, and what a merge leaves behind. */
export const unfinished = (file: string, text: string): Finding[] =>
  [...matches(text, UNFINISHED)].map(({ line, found }) => ({ file, line, what: `says it is unfinished: ${found}` }));

const SWITCHED_OFF = new RegExp(
  `\\b(test|it|describe|suite)\\.(skip|only|to${'do'})\\(|\\b(skip|only|to${'do'}): *true|assert(\\.ok)?\\(true\\)`,
);

/** Tests that are switched off, or keep others from running. */
export const switchedOff = (file: string, text: string): Finding[] =>
  [...matches(text, SWITCHED_OFF)].map(({ line, found }) => ({
    file,
    line,
    what: `a test that is switched off: ${found}`,
  }));

/** Most lines of a source file a person wrote; past about 400 it wants to be several. */
export const LONGEST = 450;

/** Generated tables say so in their first line and may be as long as what they are generated from. */
const GENERATED = /^\/\*\*[^\n]*\bgenerated from\b/;

export function tooLong(file: string, text: string): Finding[] {
  if (GENERATED.test(text)) return [];
  const count = text.split('\n').length - 1;
  return count > LONGEST ? [{ file, line: count, what: `has ${count} lines; split it below ${LONGEST}` }] : [];
}
