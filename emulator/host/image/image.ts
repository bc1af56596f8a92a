/** What an ELF file says about a guest: where its bytes go, where it starts, and the names of things in it. */

/** A PT_LOAD segment. Addresses are in the guest's own space; for a Realm that runs with the MMU off they are IPAs. */
export interface ElfSegment {
  /** Index in the program header table, for messages. */
  readonly index: number;
  readonly virtualAddress: bigint;
  /** Load address (p_paddr): where a loader puts the bytes. */
  readonly physicalAddress: bigint;
  /** Bytes present in the file; the rest up to `memorySize` is zero. A view into the file, never a copy. */
  readonly bytes: Uint8Array;
  /** Bytes in memory, at least `bytes.length`. */
  readonly memorySize: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** sh_type. */
  readonly type: number;
  readonly address: bigint;
  readonly size: number;
  /** Empty for SHT_NOBITS. A view into the file. */
  readonly bytes: Uint8Array;
  readonly allocated: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** SHF_COMPRESSED: `bytes` starts with a compression header. */
  readonly compressed: boolean;
  /** sh_link: for a symbol table, the index of its string table. */
  readonly link: number;
}

export type ElfSymbolKind = 'function' | 'object' | 'label';

export interface ElfSymbol {
  readonly name: string;
  readonly kind: ElfSymbolKind;
  readonly address: bigint;
  /** Bytes; 0 where the producer did not say (assembly labels). */
  readonly size: number;
  readonly global: boolean;
}

/** Start of a run of instructions or of data inside a section: the mapping symbols `$x` and `$d` (AAELF64 5.5.5). */
export interface ElfMapping {
  readonly address: bigint;
  readonly kind: 'code' | 'data';
}

export interface ElfImage {
  /** As the user named it: a path or a title, for messages. */
  readonly name: string;
  readonly entry: bigint;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  /** Functions, objects and labels with a name, by address and then by name. */
  readonly symbols: readonly ElfSymbol[];
  /** By address. */
  readonly mappings: readonly ElfMapping[];
  /** The whole file. */
  readonly bytes: Uint8Array;
}
