/** The recorded traces of test/vectors/rmm, as lines and as replays. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beginReplay, endReplay, type Replay, replayText } from '../../emulator/rmm/replay/session';

export const TRACES = 'test/vectors/rmm';

const digest = (name: string) => (data: Uint8Array) => new Uint8Array(createHash(name).update(data).digest());
const services = { sha256: digest('sha256'), sha384: digest('sha384'), sha512: digest('sha512') };

/** Names of the traces in a folder, `directed/granule-a` and so on. */
export const tracesIn = (folder: string): string[] =>
  readdirSync(`${TRACES}/${folder}`)
    .filter((name) => name.endsWith('.jsonl.gz'))
    .sort()
    .map((name) => `${folder}/${name.replace(/\.jsonl\.gz$/, '')}`);

/** The lines of a trace, the header first. */
export const traceLines = (name: string): readonly string[] =>
  gunzipSync(readFileSync(`${TRACES}/${name}.jsonl.gz`))
    .toString('utf8')
    .trimEnd()
    .split('\n');

export const begin = (name: string, header: string): Replay => beginReplay(name, header, services);

/** Replays lines to their end. */
export function replayLines(name: string, lines: readonly string[]): Replay {
  const replay = begin(name, lines[0] ?? '');
  for (const line of lines.slice(1)) replayText(replay, line);
  endReplay(replay);
  return replay;
}
