/** The trace files that arguments mean: a file itself, all traces below a folder, what a pattern matches. */
import { readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { cannotRead, noTraces } from './problems';

const TRACE = /\.jsonl(\.gz)?$/;

/** Paths of all files below a folder, in a stable order. */
function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(path);
        return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
      });
  } catch (error) {
    throw cannotRead(folder, error);
  }
}

/** `**` crosses folders, `*` and `?` do not. */
function patternOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*[/\\]?|\*|\?)/).map((part) => {
    if (part.startsWith('**')) return '(?:.*[/\\\\])?';
    if (part === '*') return '[^/\\\\]*';
    return part === '?' ? '[^/\\\\]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

function matching(pattern: string): string[] {
  const fixed = pattern.slice(0, pattern.search(/[*?]/));
  const folder = fixed.slice(0, Math.max(fixed.lastIndexOf('/'), fixed.lastIndexOf(sep)) + 1);
  const wanted = patternOf(pattern);
  return filesBelow(folder === '' ? '.' : folder).filter((path) => wanted.test(path) || wanted.test(`./${path}`));
}

function kindOf(path: string): 'file' | 'folder' | 'none' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'none';
  }
}

/**
 * The files that one argument means.
 * @throws Problem `cli-cannot-read`, `cli-no-traces`
 */
export function traceFiles(argument: string): readonly string[] {
  const kind = kindOf(argument);
  const isPattern = kind === 'none' && /[*?]/.test(argument);
  if (kind !== 'folder' && !isPattern) return [argument];
  const found = kind === 'folder' ? filesBelow(argument).filter((path) => TRACE.test(path)) : matching(argument);
  if (found.length === 0) throw noTraces(argument);
  return found;
}
