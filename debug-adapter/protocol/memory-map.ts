import type { ColourKey, Generation, Hex } from './common';

/**
 * `cca/memoryMap`: a stretch of physical memory, one value a cell, as runs of equal cells. Ask for what is visible, at the
 * cell size it is drawn at: an answer is at most 64 KiB (at most MAX_MEMORY_MAP_RUNS runs; then `next` says where the
 * rest begins).
 */
export interface MemoryMapArguments {
  /** First PA, rounded down to a cell. Default: the first bank's base. */
  readonly base?: Hex;
  /** Bytes, rounded up to cells. Default: to the end of the last bank. */
  readonly size?: Hex;
  /** Bytes a cell: a power of two from 4 KiB to 1 GiB. Default 4096. */
  readonly cell?: number;
  /** What a cell's value is. Default `state`. */
  readonly key?: MemoryMapKey;
}

/** Physical address space (GPI) · granule state of the RMM · owning Realm · MECID of the granule's encryption context. */
export type MemoryMapKey = 'pas' | 'state' | 'realm' | 'mecid';

/** Adjacent cells that look the same. */
export interface MemoryMapRun {
  /** Number of cells. */
  readonly cells: number;
  /** Index into `legend`: what most granules of each cell are. */
  readonly value: number;
  /** Index into `legend`: the rarest value inside a mixed cell, so that an RD never vanishes. Absent when uniform. */
  readonly rare?: number;
}

export interface MemoryMapLegendEntry {
  /** Colour and identity of the value. */
  readonly colour: ColourKey;
  /** As a user reads it: `RD`, `Realm PAS`, `attest`, `MECID 1`. */
  readonly label: string;
  /** Granules of this value in the stretch asked for. */
  readonly granules: number;
}

/** A bank of memory, and a carve-out inside one (`Root`, `RMM`, `Secure`). */
export interface MemoryMapRange {
  readonly name: string;
  readonly base: Hex;
  readonly size: Hex;
}

/** `dram` is the machine's main memory; `firmware` is kept from the Host since reset. */
export interface MemoryMapBank extends MemoryMapRange {
  readonly kind: 'dram' | 'firmware';
}

/** Granules next to each other that changed in the same way. */
export interface MemoryMapChange {
  readonly base: Hex;
  readonly size: Hex;
  /** In words: `DELEGATED → RTT`, `Non-secure → Realm PAS`, `RIPAS EMPTY → RAM`, `RTT entries written 3 times`. */
  readonly what: string;
}

/** Memory of the Host that a Realm maps ASSIGNED_NS, without gaps. */
export interface MemoryMapShared {
  readonly base: Hex;
  readonly size: Hex;
  readonly realm: string;
  /** Where its first byte is in the Realm. */
  readonly ipa: Hex;
}

export interface MemoryMapResponse {
  readonly generation: Generation;
  readonly base: Hex;
  readonly size: Hex;
  readonly cell: number;
  readonly key: MemoryMapKey;
  readonly legend: readonly MemoryMapLegendEntry[];
  /** In ascending order from `base`, without gaps; holes between banks are cells of no bank (see `banks`). */
  readonly runs: readonly MemoryMapRun[];
  /** Every bank of the platform, so that a panel can draw the ruler and its breaks. */
  readonly banks: readonly MemoryMapBank[];
  readonly carveOuts: readonly MemoryMapRange[];
  /**
   * Granules whose state, PAS, RIPAS or mapping changed between the last two stops, and RTTs that were written, whether
   * or not a panel was open. At most 256 runs; `changedGranules` counts all.
   */
  readonly changed: readonly MemoryMapChange[];
  readonly changedGranules: number;
  /** What of the stretch Realms share with the Host. Only for the key `state`, in stretches of at most 2 MiB. */
  readonly shared?: readonly MemoryMapShared[];
  /** When the answer was cut: the PA from which to ask on. */
  readonly next?: Hex;
}

export const MAX_MEMORY_MAP_RUNS = 1500;

/** `cca/granule`: everything known about one granule, in the order of the card. */
export interface GranuleArguments {
  /** Any PA inside the granule. */
  readonly pa: Hex;
}

export interface GranuleResponse {
  readonly generation: Generation;
  readonly pa: Hex;
  /** `Granule 0x9004_4000, RTT of attest, Realm PAS, MECID 1`: for a screen reader and the card's first line. */
  readonly sentence: string;
  /** What the RMM tracks: `DELEGATED`, `RD`, `DATA`… or `not tracked`. */
  readonly state: string;
  readonly stateColour: ColourKey;
  readonly pas: string;
  readonly pasColour: ColourKey;
  /** The granule's GPT path, level 0 first. */
  readonly gpt: readonly GptStep[];
  /** The Realm it belongs to, when one does. */
  readonly realm?: { readonly id: string; readonly name: string; readonly rd: Hex };
  /** Present when the granule's content is in an encryption context. */
  readonly context?: { readonly mecid: number; readonly pas: string; readonly generation: number };
  /** Every known mapping: IPA of which Realm, level and state of the RTT entry. */
  readonly mappings: readonly GranuleMapping[];
  /** The first bytes of the content as its owner and as the bus sees them, hexadecimal pairs. Absent if never touched. */
  readonly content?: { readonly owner: string; readonly bus: string };
}

export interface GptStep {
  readonly level: 0 | 1;
  readonly descriptorPa: Hex;
  readonly descriptor: Hex;
  /** `Table at 0x…`, `Block: Non-secure`, `16 granules: 0x9999…`. */
  readonly meaning: string;
}

export interface GranuleMapping {
  readonly realm: string;
  readonly ipa: Hex;
  readonly level: number;
  readonly hipas: string;
  readonly ripas?: string;
}
