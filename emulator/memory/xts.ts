/**
 * XTS-AES-128 (IEEE 1619) over granules: what the memory protection engine encrypts with. A granule is one data unit, its
 * number (PA / 4096) the tweak, so that block j of 16 bytes is whitened with E_K2(number) * alpha^j: the same bytes have
 * another ciphertext at every physical address. The AES itself is `@noble/ciphers`'; a host may inject its own XTS
 * (`machine/services.ts`), which gives the same bytes.
 */
import { unsafe } from '@noble/ciphers/aes.js';

/** A key made ready: granules are encrypted in place, on `words[at .. at + 1024)`. */
export interface XtsKey {
  encrypt(granule: number, words: Uint32Array, at: number): void;
  decrypt(granule: number, words: Uint32Array, at: number): void;
}

/** `key` is 32 bytes: K1 for the data, K2 for the tweak. They must differ. */
export type Xts = (key: Uint8Array) => XtsKey;

export const XTS_KEY_BYTES = 32;
/** Words of a granule. */
const PAGE_WORDS = 1024;
const TWO_32 = 0x1_0000_0000;
/** x^128 = x^7 + x^2 + x + 1: what the bit shifted out of the tweak adds to its lowest byte. */
const FEEDBACK = 0x87;

type Block = typeof unsafe.encrypt;

/** AES comes with expanded keys ("unsafe" only says that modes are the caller's business), so they are expanded once. */
export const portableXts: Xts = (key) => {
  const data = key.slice(0, 16);
  const forward = unsafe.expandKeyLE(data);
  const backward = unsafe.expandKeyDecLE(data);
  const tweakKey = unsafe.expandKeyLE(key.slice(16, XTS_KEY_BYTES));
  const run = (aes: Block, expanded: Uint32Array, granule: number, words: Uint32Array, at: number): void => {
    let {
      s0: t0,
      s1: t1,
      s2: t2,
      s3: t3,
    } = unsafe.encrypt(tweakKey, granule % TWO_32, Math.floor(granule / TWO_32), 0, 0);
    for (let word = at; word < at + PAGE_WORDS; word += 4) {
      const block = aes(
        expanded,
        (words[word] ?? 0) ^ t0,
        (words[word + 1] ?? 0) ^ t1,
        (words[word + 2] ?? 0) ^ t2,
        (words[word + 3] ?? 0) ^ t3,
      );
      words[word] = block.s0 ^ t0;
      words[word + 1] = block.s1 ^ t1;
      words[word + 2] = block.s2 ^ t2;
      words[word + 3] = block.s3 ^ t3;
      const carry = t3 >>> 31;
      t3 = (t3 << 1) | (t2 >>> 31);
      t2 = (t2 << 1) | (t1 >>> 31);
      t1 = (t1 << 1) | (t0 >>> 31);
      t0 = (t0 << 1) ^ (carry * FEEDBACK);
    }
  };
  return {
    encrypt: (granule, words, at) => run(unsafe.encrypt, forward, granule, words, at),
    decrypt: (granule, words, at) => run(unsafe.decrypt, backward, granule, words, at),
  };
};
