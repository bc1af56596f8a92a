/**
 * Recorded RMM traces: JSON lines, a header, then calls with what the Host wrote before, what the Realm did, and what
 * came back. The format is described in test/vectors/rmm/README.md; reading it is in `decode.ts` and `header.ts`.
 */
import type { Platform } from '../../machine/platform';

/** An unsigned integer of 64 bits at most: hexadecimal text, or a JSON number. */
export type Word = string | number;

export interface TraceHeader {
  readonly spec: string;
  readonly oracle: string;
  readonly name: string;
  readonly platform: Platform;
}

/** Content of a page: words at offsets over zeros, one byte repeated, or a generator's output. */
export interface PageContent {
  readonly pa: Word;
  readonly w?: Readonly<Record<string, Word>>;
  readonly byte?: Word;
  readonly splitmix64?: Word;
}

export const EXCEPTIONS = ['sync', 'irq', 'fiq', 'serror'] as const;

/** One stay in the Realm: registers it was given (expected), then what it did (input). */
export interface RealmStay {
  readonly pc: Word;
  readonly x?: readonly Word[];
  readonly vse?: Word;
  readonly do: {
    readonly exc: (typeof EXCEPTIONS)[number];
    readonly esr?: Word;
    readonly far?: Word;
    readonly hpfar?: Word;
    /** By name: `x0` to `x30`. */
    readonly set?: Readonly<Record<string, Word>>;
  };
  readonly op?: string;
}

export interface CallLine {
  readonly kind: 'call';
  readonly fid: Word;
  readonly name?: string;
  readonly x?: readonly Word[];
  readonly mem?: readonly PageContent[];
  readonly ret: readonly Word[];
  readonly rim?: string;
  readonly realm?: readonly RealmStay[];
  readonly out?: readonly PageContent[];
}

export interface GranulesLine {
  readonly kind: 'granules';
  /** `[base, count, state]` of everything that is not UNDELEGATED. */
  readonly granules: readonly (readonly [Word, Word, string])[];
}

export interface RealmWriteLine {
  readonly kind: 'realm_write';
  readonly realm_write: Word;
  readonly at: Readonly<Record<string, Word>>;
}

export interface PageLine {
  readonly kind: 'page';
  readonly page: Word;
  /** Hexadecimal bytes by offset. */
  readonly bytes: Readonly<Record<string, string>>;
}

export interface EndLine {
  readonly kind: 'end';
  readonly calls: Word;
}

export type TraceLine = CallLine | GranulesLine | RealmWriteLine | PageLine | EndLine;

const M64 = (1n << 64n) - 1n;
const WORDS = 512;

/** The 4096 bytes that a trace describes. */
export function pageBytes(content: PageContent): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  if (content.byte !== undefined) bytes.fill(Number(content.byte));
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
  for (const [offset, word] of Object.entries(content.w ?? {})) view.setBigUint64(Number(offset), BigInt(word), true);
  return bytes;
}
