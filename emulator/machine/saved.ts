/**
 * What every part's `save` returns: plain data that survives structured clone, can be hashed in a fixed order and
 * compared. Object keys are sorted by the hash, so their order does not matter.
 */
export type Saved =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly Saved[]
  | { readonly [key: string]: Saved };
