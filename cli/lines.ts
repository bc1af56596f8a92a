/** Lines of a text file, compressed with gzip or not, one after another: the file is never in memory whole. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { cannotRead, damagedGzip, lineTooLong, notGzip, notText } from './problems';

/** Most characters of one line. */
const LONGEST_LINE = 2 ** 26;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

const isGzip = (head: Uint8Array): boolean => GZIP_MAGIC.every((byte, index) => head[index] === byte);

/** The bytes of the file as they are, the first two in one chunk. */
async function* rawChunks(path: string): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      if (head === undefined) {
        yield chunk;
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < GZIP_MAGIC.length) continue;
      yield head;
      head = undefined;
    }
  } catch (error) {
    throw cannotRead(path, error);
  }
  if (head !== undefined) yield head;
}

/** The bytes of the file, decompressed if it is gzip. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const raw = rawChunks(path);
  const first = await raw.next();
  const head = first.value ?? new Uint8Array();
  if (!isGzip(head)) {
    if (path.endsWith('.gz') && head.length > 0) throw notGzip(path);
    yield head;
    yield* raw;
    return;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* raw;
  }
  const gunzip = createGunzip();
  pipeline(Readable.from(whole()), gunzip, () => {});
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw (error as { code?: string }).code?.startsWith('Z_') ? damagedGzip(path, error) : error;
  }
}

/**
 * The lines of a file, in batches as they come: asking once a chunk is much cheaper than once a line.
 * @throws Problem `cli-cannot-read`, `cli-not-gzip`, `cli-gzip-damaged`, `cli-not-text`, `cli-line-too-long`
 */
export async function* readLines(path: string): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw notText(path);
    }
  };
  let rest = '';
  for await (const chunk of contentOf(path)) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw lineTooLong(path, LONGEST_LINE);
    if (lines.length > 0) yield lines;
  }
  rest += decode();
  if (rest !== '') yield [rest];
}
