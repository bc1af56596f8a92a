/**
 * Recorded RMM traces: JSON lines, a header, then calls with what the Host wrote before, what the Realm did, and what
 * came back. Integers are hexadecimal strings. The format is described in test/vectors/rmm/README.md.
 */
export interface TraceHeader {
  readonly spec: string;
  readonly name: string;
  readonly platform: { readonly id: string };
}

/** Content of a page: words at offsets over zeros, one byte repeated, or a generator's output. */
export interface PageContent {
  readonly pa: string;
  readonly w?: Readonly<Record<string, string>>;
  readonly byte?: string;
  readonly splitmix64?: string;
}

/** One stay in the Realm: registers it was given (expected), then what it did (input). */
export interface RealmStay {
  readonly pc: string;
  readonly x: readonly string[];
  readonly vse?: number;
  readonly do: {
    readonly exc: 'sync' | 'irq' | 'fiq' | 'serror';
    readonly esr?: string;
    readonly far?: string;
    readonly hpfar?: string;
    readonly set?: Readonly<Record<string, string>>;
  };
  readonly op?: string;
}

export interface CallLine {
  readonly fid: string;
  readonly name?: string;
  readonly x: readonly string[];
  readonly mem?: readonly PageContent[];
  readonly ret: readonly string[];
  readonly rim?: string;
  readonly realm?: readonly RealmStay[];
  readonly out?: readonly PageContent[];
}

export interface GranulesLine {
  /** `[base, count, state]` of everything that is not UNDELEGATED. */
  readonly granules: readonly (readonly [string, number | string, string])[];
}

export interface RealmWriteLine {
  readonly realm_write: string;
  readonly at: Readonly<Record<string, string>>;
}

export interface PageLine {
  readonly page: string;
  readonly bytes: Readonly<Record<string, string>>;
}

export interface EndLine {
  readonly end: true;
  readonly calls: number;
}

export type TraceLine = CallLine | GranulesLine | RealmWriteLine | PageLine | EndLine;

const M64 = (1n << 64n) - 1n;
const WORDS = 512;

/** The 4096 bytes that a trace describes. */
export function pageBytes(content: PageContent): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  if (content.byte !== undefined) bytes.fill(Number(content.byte));
  for (const [offset, word] of Object.entries(content.w ?? {})) view.setBigUint64(Number(offset), BigInt(word), true);
  if (content.splitmix64 !== undefined) {
    let state = BigInt(content.splitmix64);
    for (let word = 0; word < WORDS; word++) {
      state = (state + 0x9e37_79b9_7f4a_7c15n) & M64;
      let mixed = state;
      mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & M64;
      mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & M64;
      view.setBigUint64(word * 8, mixed ^ (mixed >> 31n), true);
    }
  }
  return bytes;
}
