/**
 * The memory protection engine: what a page looks like under another encryption context.
 *
 * Every context (PAS, and MECID in the Realm PAS) has a key derived from the machine's seed, the context's number and the
 * generation of its key. Pages are encrypted with XTS-AES-128, a bijection that depends on key and address (`xts.ts`), so
 * reading with the wrong context gives noise, writing that noise back under the old context restores the page, and the
 * memory bus shows E(p).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { type EncryptionContext, encryptionContext, Pas } from './pas';
import { portableXts, type Xts, type XtsKey } from './xts';

/** A context in one generation of its key. Its index in `ContextTable.tags` is what page slots store. */
export interface ContextTag {
  readonly context: EncryptionContext;
  readonly generation: number;
  /** K1 and K2; none for `PRISTINE`. */
  readonly key: Uint8Array;
}

export interface ContextTable {
  readonly seed: bigint;
  readonly mecidBits: number;
  readonly xts: Xts;
  /** Tag 0 is `PRISTINE`. */
  readonly tags: ContextTag[];
  /** By tag: its key made ready, once it was needed. */
  readonly keys: XtsKey[];
  /** Index in `tags` by context and generation. */
  readonly interned: Map<string, number>;
  /** By context: tag of the current generation; 0 means generation 0, not used yet. */
  readonly current: Uint32Array;
  /** By context: generation, where it is not 0. */
  readonly generations: Map<number, number>;
}

/** Tag of a page that was read but never written since power on: zero in every context. */
export const PRISTINE = 0;

export function createContexts(seed: bigint, mecidBits: number, xts: Xts = portableXts): ContextTable {
  return {
    seed,
    mecidBits,
    xts,
    tags: [{ context: -1 as EncryptionContext, generation: 0, key: new Uint8Array(0) }],
    keys: [],
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
  const key = deriveKey(contexts.seed, context, generation);
  contexts.interned.set(name, contexts.tags.length);
  return contexts.tags.push({ context, generation, key }) - 1;
}

const KEY_LABEL = new TextEncoder().encode('Realmscope MPE key');

/** SHA-256 of a label, the seed, the context and the generation: both halves of the key. */
function deriveKey(seed: bigint, context: number, generation: number): Uint8Array {
  const input = new Uint8Array(KEY_LABEL.length + 16);
  input.set(KEY_LABEL);
  const view = new DataView(input.buffer, KEY_LABEL.length);
  view.setBigUint64(0, BigInt.asUintN(64, seed), true);
  view.setUint32(8, context, true);
  view.setUint32(12, generation, true);
  return sha256(input);
}

/** The key of a tag, made ready once. */
function keyOf(contexts: ContextTable, tag: number): XtsKey | undefined {
  const ready = contexts.keys[tag];
  if (ready !== undefined) return ready;
  const key = contexts.tags[tag]?.key;
  if (key === undefined || tag === PRISTINE) return undefined;
  const made = contexts.xts(key);
  contexts.keys[tag] = made;
  return made;
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

/** Contexts whose key was regenerated, with their generation; by context. */
export const savedGenerations = (contexts: ContextTable): (readonly [number, number])[] =>
  [...contexts.generations].sort((a, b) => a[0] - b[0]);

export function restoreGenerations(contexts: ContextTable, saved: readonly (readonly [number, number])[]): void {
  contexts.generations.clear();
  contexts.current.fill(0);
  for (const [context, generation] of saved) contexts.generations.set(context, generation);
}

/** p ← D_new(E_old(p)) on the page at `words[at]`. */
export function reexpress(
  contexts: ContextTable,
  oldTag: number,
  newTag: number,
  granule: number,
  words: Uint32Array,
  at: number,
): void {
  if (oldTag === newTag || oldTag === PRISTINE) return;
  encryptPage(contexts, oldTag, granule, words, at);
  keyOf(contexts, newTag)?.decrypt(granule, words, at);
}

/** What the memory bus carries of the page at `words[at]`, which is plaintext under `tag`. */
export function encryptPage(
  contexts: ContextTable,
  tag: number,
  granule: number,
  words: Uint32Array,
  at: number,
): void {
  keyOf(contexts, tag)?.encrypt(granule, words, at);
}
