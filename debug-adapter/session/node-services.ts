/** Node's own hashes and AES-XTS for the machine: faster than the portable ones, the same bytes. */
import * as crypto from 'node:crypto';
import type { Services } from '../../emulator/machine/services';
import type { Xts } from '../../emulator/memory/xts';

/** In one call where Node has that (20.12): it saves a third of the time of a short message. */
const hashWith = (algorithm: string): ((data: Uint8Array) => Uint8Array) =>
  typeof crypto.hash === 'function'
    ? (data) => new Uint8Array(crypto.hash(algorithm, data, 'buffer'))
    : (data) => new Uint8Array(crypto.createHash(algorithm).update(data).digest());

const XTS = 'aes-128-xts';
const GRANULE = 4096;

/** The number of a data unit as XTS takes it: 16 bytes, little endian. */
function dataUnit(granule: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(granule), true);
  return bytes;
}

const nodeXts: Xts = (key) => {
  const run = (
    make: typeof crypto.createCipheriv | typeof crypto.createDecipheriv,
    granule: number,
    words: Uint32Array,
    at: number,
  ) => {
    const page = new Uint8Array(words.buffer, words.byteOffset + at * 4, GRANULE);
    page.set(make(XTS, key, dataUnit(granule)).update(page));
  };
  return {
    encrypt: (granule, words, at) => run(crypto.createCipheriv, granule, words, at),
    decrypt: (granule, words, at) => run(crypto.createDecipheriv, granule, words, at),
  };
};

export const NODE_SERVICES: Services = {
  sha256: hashWith('sha256'),
  sha384: hashWith('sha384'),
  sha512: hashWith('sha512'),
  xts: nodeXts,
};
