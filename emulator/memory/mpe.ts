/**
 * The memory protection engine: what a page looks like under another encryption context.
 *
 * Every context (PAS, and MECID in the Realm PAS) has a key derived from the machine's seed, the context's number and the
 * generation of its key. A cipher is a bijection of pages that depends on key and granule number, so reading with the
 * wrong context gives noise, writing that noise back under the old context restores the page, and the memory bus shows
 * E(p). The cipher is a model, not cryptography: it hides nothing from an attacker with pen and paper.
 */
import { type EncryptionContext, encryptionContext, Pas } from './pas';

/** A tweakable bijection of 4 KiB pages, in place on `words[at .. at + 1024)`. */
export interface MpeCipher {
  readonly name: string;
  /** `key` is four words, `tweak` the granule number. */
  encrypt(key: Uint32Array, tweak: number, words: Uint32Array, at: number): void;
  decrypt(key: Uint32Array, tweak: number, words: Uint32Array, at: number): void;
}

/** A context in one generation of its key. Its index in `ContextTable.tags` is what page slots store. */
export interface ContextTag {
  readonly context: EncryptionContext;
  readonly generation: number;
  readonly key: Uint32Array;
}

export interface ContextTable {
  readonly seed: bigint;
  readonly mecidBits: number;
  readonly cipher: MpeCipher;
  /** Tag 0 is `PRISTINE`. */
  readonly tags: ContextTag[];
  /** Index in `tags` by context and generation. */
  readonly interned: Map<string, number>;
  /** By context: tag of the current generation; 0 means generation 0, not used yet. */
  readonly current: Uint32Array;
  /** By context: generation, where it is not 0. */
  readonly generations: Map<number, number>;
}

/** Tag of a page that was read but never written since power on: zero in every context. */
export const PRISTINE = 0;

const PAGE_WORDS = 1024;
const ROUNDS = 4;

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** A small avalanche of one word with the key: Murmur3's finaliser, used as a mixing function only. */
function mix(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return word ^ (word >>> 16);
}

/** Whitening words of one 16-byte block: key, granule and place in the page. */
const whiten = (key: number, tweak: number, block: number, lane: number): number =>
  mix((key ^ Math.imul(tweak, 0x9e37_79b1) ^ Math.imul(block * 4 + lane + 1, 0x7feb_352d)) | 0);

const tweakOf = (granule: number): number =>
  ((granule % 0x1_0000_0000) ^ Math.imul(Math.floor(granule / 0x1_0000_0000), 0x27d4_eb2f)) | 0;

/**
 * The default: on each 16-byte block, whitening by key, address and position, then rounds of add-rotate-xor (each step
 * is invertible) with the key added between.
 */
export const arxCipher: MpeCipher = {
  name: 'arx-128',
  encrypt(key, granule, words, at) {
    const tweak = tweakOf(granule);
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key;
    for (let block = 0; block < PAGE_WORDS / 4; block++) {
      const base = at + block * 4;
      let a = (words[base] ?? 0) ^ whiten(k0, tweak, block, 0);
      let b = (words[base + 1] ?? 0) ^ whiten(k1, tweak, block, 1);
      let c = (words[base + 2] ?? 0) ^ whiten(k2, tweak, block, 2);
      let d = (words[base + 3] ?? 0) ^ whiten(k3, tweak, block, 3);
      for (let round = 0; round < ROUNDS; round++) {
        a = (a + b) | 0;
        d = rotate(d ^ a, 16);
        c = (c + d) | 0;
        b = rotate(b ^ c, 12);
        a = (a + b) | 0;
        d = rotate(d ^ a, 8);
        c = (c + d) | 0;
        b = rotate(b ^ c, 7);
        a = (a + k0 + round) | 0;
        b = (b + k1) | 0;
        c = (c + k2) | 0;
        d = (d + k3) | 0;
      }
      words[base] = a;
      words[base + 1] = b;
      words[base + 2] = c;
      words[base + 3] = d;
    }
  },
  decrypt(key, granule, words, at) {
    const tweak = tweakOf(granule);
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key;
    for (let block = 0; block < PAGE_WORDS / 4; block++) {
      const base = at + block * 4;
      let a = words[base] ?? 0;
      let b = words[base + 1] ?? 0;
      let c = words[base + 2] ?? 0;
      let d = words[base + 3] ?? 0;
      for (let round = ROUNDS - 1; round >= 0; round--) {
        a = (a - k0 - round) | 0;
        b = (b - k1) | 0;
        c = (c - k2) | 0;
        d = (d - k3) | 0;
        b = rotate(b, 25) ^ c;
        c = (c - d) | 0;
        d = rotate(d, 24) ^ a;
        a = (a - b) | 0;
        b = rotate(b, 20) ^ c;
        c = (c - d) | 0;
        d = rotate(d, 16) ^ a;
        a = (a - b) | 0;
      }
      words[base] = a ^ whiten(k0, tweak, block, 0);
      words[base + 1] = b ^ whiten(k1, tweak, block, 1);
      words[base + 2] = c ^ whiten(k2, tweak, block, 2);
      words[base + 3] = d ^ whiten(k3, tweak, block, 3);
    }
  },
};

export function createContexts(seed: bigint, mecidBits: number, cipher: MpeCipher = arxCipher): ContextTable {
  return {
    seed,
    mecidBits,
    cipher,
    tags: [{ context: -1 as EncryptionContext, generation: 0, key: new Uint32Array(4) }],
    interned: new Map(),
    current: new Uint32Array(4 * 2 ** mecidBits),
    generations: new Map(),
  };
}

/** Number of the tag of a context in its current generation. */
export function contextTag(contexts: ContextTable, context: EncryptionContext): number {
  const known = contexts.current[context] ?? 0;
  if (known !== 0) return known;
  if (!(context < contexts.current.length)) throw new RangeError(`No encryption context ${context}.`);
  const tag = internTag(contexts, context, contexts.generations.get(context) ?? 0);
  contexts.current[context] = tag;
  return tag;
}

/** The tag of a context in a given generation, made when new. Pages of older generations keep theirs. */
export function internTag(contexts: ContextTable, context: EncryptionContext, generation: number): number {
  const name = `${context}/${generation}`;
  const found = contexts.interned.get(name);
  if (found !== undefined) return found;
  const key = new Uint32Array(4);
  let state = mix(Number(contexts.seed & 0xffff_ffffn) | 0) ^ mix(Number((contexts.seed >> 32n) & 0xffff_ffffn) | 0);
  for (let lane = 0; lane < 4; lane++) {
    state = mix(state ^ Math.imul(context + 1, 0x9e37_79b1) ^ Math.imul(generation + 1, 0x85eb_ca77) ^ (lane + 1));
    key[lane] = state;
  }
  contexts.interned.set(name, contexts.tags.length);
  return contexts.tags.push({ context, generation, key }) - 1;
}

/** Gives the context of a Realm PAS MECID a new key: what was written under the old one is noise from now on. */
export function regenerateContext(memory: { readonly contexts: ContextTable }, mecid: number): number {
  const { contexts } = memory;
  const context = encryptionContext(Pas.Realm, mecid);
  const generation = (contexts.generations.get(context) ?? 0) + 1;
  contexts.generations.set(context, generation);
  contexts.current[context] = internTag(contexts, context, generation);
  return generation;
}

/** How often the key of a context was regenerated. */
export const generationOf = (contexts: ContextTable, context: EncryptionContext): number =>
  contexts.generations.get(context) ?? 0;

/** p ← D_new(E_old(p)) on the page at `words[at]`. */
export function reexpress(
  contexts: ContextTable,
  oldTag: number,
  newTag: number,
  granule: number,
  words: Uint32Array,
  at: number,
): void {
  const before = contexts.tags[oldTag];
  const after = contexts.tags[newTag];
  if (before === undefined || after === undefined || oldTag === newTag || oldTag === PRISTINE) return;
  contexts.cipher.encrypt(before.key, granule, words, at);
  contexts.cipher.decrypt(after.key, granule, words, at);
}
