import type { Generation, Hex } from './common';

/** `cca/realms`: every Realm as flat rows with parents, in order of creation, for a tree. */
export interface RealmsResponse {
  readonly generation: Generation;
  readonly rows: readonly RealmRow[];
}

export interface RealmRow {
  /** Stable while the run lasts: `realm:0x90000000`, `rec:0x90005000`. */
  readonly id: string;
  readonly parent?: string;
  readonly kind: 'realm' | 'rec' | 'measurement' | 'property';
  /** `attest`, `REC 0`, `RIM`, `VMID`. */
  readonly label: string;
  /** `ACTIVE`, `READY`, `c0fe…`. */
  readonly detail: string;
  /** The whole value, for a tooltip and for copying. */
  readonly value?: string;
  /** RD, REC or other granule to reveal in the map. */
  readonly pa?: Hex;
  /** Number of the Realm's hue, from 1; Realms only. */
  readonly hue?: number;
}

/** `cca/gpt`: the GPT entries that cover a stretch of physical memory, as runs of equal entries. */
export interface GptArguments {
  readonly base: Hex;
  readonly size: Hex;
}

export interface GptResponse {
  readonly generation: Generation;
  readonly runs: readonly GptRun[];
  /** When the answer was cut at MAX_TABLE_RUNS: the PA from which to ask on. */
  readonly next?: Hex;
}

export interface GptRun {
  readonly base: Hex;
  readonly size: Hex;
  /** Level of the descriptor that decides. */
  readonly level: 0 | 1;
  /** The GPI's value, 0 to 15. */
  readonly gpi: number;
  /** `Realm`, `Non-secure`, `any`, `no access`… */
  readonly meaning: string;
  /** The first descriptor of the run, raw. */
  readonly raw: Hex;
}

/** `cca/rtt`: entries of one translation table of a Realm, as runs of alike entries. */
export interface RttArguments {
  /** Id of a Realm row, or its RD's PA. */
  readonly realm: string;
  /** PA of the table; absent: the Realm's starting level. */
  readonly table?: Hex;
  /** IPA the table's first entry maps; needed with `table`. */
  readonly ipa?: Hex;
  /** Level of the table; needed with `table`. */
  readonly level?: number;
  /** First entry and number of entries. Default: all. */
  readonly from?: number;
  readonly count?: number;
}

export interface RttResponse {
  readonly generation: Generation;
  readonly table: Hex;
  readonly level: number;
  readonly entries: number;
  readonly runs: readonly RttRun[];
}

export interface RttRun {
  readonly first: number;
  readonly last: number;
  readonly ipa: Hex;
  /** Bytes of IPA space that one entry covers. */
  readonly entrySize: Hex;
  /** UNASSIGNED, ASSIGNED, UNASSIGNED_NS, ASSIGNED_NS, TABLE. */
  readonly hipas: string;
  /** EMPTY, RAM, DESTROYED; absent where RIPAS is not defined (Unprotected, TABLE). */
  readonly ripas?: string;
  readonly protected: boolean;
  /** Output address, or the next table's, of the first entry. */
  readonly pa?: Hex;
  /** Memory attributes in words, where mapped. */
  readonly attributes?: string;
  /** The first descriptor, raw. */
  readonly raw: Hex;
}

/** `cca/contexts`: MECIDs in use, whose they are and the state of their encryption contexts. */
export interface ContextsResponse {
  readonly generation: Generation;
  /** Number of MECIDs the platform has. 0: no MEC. */
  readonly width: number;
  readonly rows: readonly ContextRow[];
}

export interface ContextRow {
  readonly mecid: number;
  /** Last MECID of a stretch of unassigned ones; equal to `mecid` otherwise. */
  readonly last: number;
  /** `shared`, `private, assigned`, `private, unassigned`. */
  readonly state: string;
  /** Names of the Realms that use it. */
  readonly owner?: string;
  /** What the Host calls it (RMM 1.1): the RMM's own MECID is hidden from it. */
  readonly named?: number;
  /** How often the context was given fresh keys. */
  readonly generation: number;
}

export const MAX_TABLE_RUNS = 512;
