/** From the paths of the debug information to files on this machine, and back. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceMap {
  /** Folder of the guest's ELF: relative paths start here. */
  readonly folder: string;
  /** Build folder to local folder, longest first. */
  readonly rules: readonly (readonly [string, string])[];
  readonly exists: (path: string) => boolean;
  readonly local: Map<string, string | undefined>;
}

export const createSourceMap = (
  program: string,
  rules: Readonly<Record<string, string>>,
  exists: (path: string) => boolean = existsSync,
): SourceMap => ({
  folder: dirname(program),
  rules: Object.entries(rules).sort(([a], [b]) => b.length - a.length),
  exists,
  local: new Map(),
});

/** How many parents of the ELF's folder are tried for a source that was built elsewhere. */
const MAX_PARENTS = 4;

/** The local file for a path of the debug information; undefined when there is none. */
export function localPath(map: SourceMap, path: string): string | undefined {
  if (!map.local.has(path)) map.local.set(path, candidates(map, path).find(map.exists));
  return map.local.get(path);
}

function* candidatePaths(map: SourceMap, path: string): Generator<string> {
  for (const [from, to] of map.rules) {
    const prefix = from.replace(/[\\/]+$/, '');
    if (path === prefix || path.startsWith(`${prefix}/`)) yield join(to, path.slice(prefix.length));
  }
  if (isAbsolute(path)) yield path;
  else yield join(map.folder, path);
  // Built in another place: the end of the path, looked for near the ELF.
  const parts = path.split(/[\\/]+/).filter((part) => part !== '' && part !== '.' && !/^[A-Za-z]:$/.test(part));
  let folder = map.folder;
  for (let parent = 0; parent < MAX_PARENTS; parent++) {
    for (let from = Math.max(0, parts.length - 6); from < parts.length; from++)
      yield join(folder, ...parts.slice(from));
    folder = dirname(folder);
  }
}

const candidates = (map: SourceMap, path: string): string[] =>
  [...candidatePaths(map, path)].map((each) => normalize(each));

/** A path as a client may write it: URIs of `file:` and of remote windows are accepted. */
export function clientPath(path: string): string {
  if (path.startsWith('file:')) return fileURLToPath(path);
  const remote = /^vscode-remote:\/\/[^/]*(\/.*)$/.exec(path);
  return remote ? decodeURIComponent(remote[1]!) : path;
}

const comparable = (path: string): string =>
  process.platform === 'win32' || process.platform === 'darwin' ? normalize(path).toLowerCase() : normalize(path);

/** Those of `files` (paths of the debug information) that are the client's file. */
export function filesOfClient(map: SourceMap, path: string, files: Iterable<string>): string[] {
  const wanted = comparable(clientPath(path));
  const name = basename(wanted);
  const named = [...files].filter((file) => comparable(file.split(/[\\/]/).at(-1) ?? '') === name);
  const found = named.filter((file) => comparable(localPath(map, file) ?? file) === wanted);
  // Of several that were found here, those whose whole path says so are meant.
  const whole = found.filter((file) => wanted.endsWith(comparable(file)));
  return whole.length > 0 ? whole : found;
}
