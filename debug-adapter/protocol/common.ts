/** Shapes that several custom requests share. JSON knows no bigint, so an address is a string at this seam. */

/** A number as `0x` and lower-case hexadecimal digits, without separators: `0x90044000`. */
export type Hex = string;

/**
 * Counts changes of the machine's state as the debugger sees them: one more at every stop and every edit. Answers of
 * the same generation belong together; a panel that sees a newer one asks again.
 */
export type Generation = number;

/**
 * What a granule is, by the names the panels give colours to (`realmscope.` + this is the colour's id).
 * `pas.*`: the GPI of the granule; `granule.*`: the state the RMM tracks; `realm.N`: the Nth Realm of `cca/realms`.
 */
export type ColourKey =
  | 'pas.nonSecure'
  | 'pas.secure'
  | 'pas.realm'
  | 'pas.root'
  | 'pas.any'
  | 'pas.none'
  | 'granule.untouched'
  | 'granule.undelegated'
  | 'granule.delegated'
  | 'granule.rd'
  | 'granule.rec'
  | 'granule.recAux'
  | 'granule.data'
  | 'granule.rtt'
  | 'granule.notTracked'
  | 'realm.none'
  | `realm.${number}`
  | `mecid.${number}`;
