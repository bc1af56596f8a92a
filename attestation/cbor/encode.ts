/** CBOR as CCA tokens need it: definite lengths, shortest integers, maps in the order given. */
import { Encoder, Tag } from 'cbor-x/index-no-eval';

export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number | string, CborValue>
  | Tag;

const encoder = new Encoder({
  mapsAsObjects: false,
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
});

/** The encoding of a value, in bytes of its own. */
export const encodeCbor = (value: CborValue): Uint8Array => Uint8Array.from(encoder.encode(value));

/** A tagged value (RFC 8949 section 3.4). */
export const cborTag = (tag: number, value: CborValue): Tag => new Tag(value, tag);
