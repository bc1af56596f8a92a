import type { Generation, Hex } from './common';

export type ExplainSpace = 'va' | 'ipa' | 'pa';
export type ExplainAccess = 'read' | 'write' | 'execute';
export type ExplainWorld = 'realm' | 'nonSecure' | 'secure' | 'root';

/**
 * `cca/explain`: what an access would do now, each stage with its descriptors, where it ends and why. Without `address`
 * the last fault that anybody took. At most 64 KiB.
 */
export interface ExplainArguments {
  /** An address, or a memory reference of this adapter, whose bits above 63 name the space and the world. */
  readonly address?: Hex;
  /** What an untagged address is. Default `va`. */
  readonly space?: ExplainSpace;
  readonly access?: ExplainAccess;
  /** Bytes: 1, 2, 4, 8 or 16. Default 1. What crosses a page is explained for its first page. */
  readonly size?: number;
  /** The frame whose eyes an untagged address is seen with. Default: the focused one. */
  readonly frameId?: number;
  /** Whose access; default: the Realm at hand, or what the PE is in. PAs: the PAS of the access too. */
  readonly world?: ExplainWorld;
  /** Exception level, 0 to 3. */
  readonly el?: number;
  /** Id of a Realm row (`realm:0x…`), or its RD's PA. */
  readonly realm?: string;
  /** Id of a REC row (`rec:0x…`), or its PA; running or not. */
  readonly rec?: string;
  /** Thread whose last fault is wanted, when there is no address. Default: of all. */
  readonly threadId?: number;
}

export interface ExplainResponse {
  readonly generation: Generation;
  /** The fault as it was taken, when no address was given. What it met may have been changed since. */
  readonly taken: ExplainTaken | null;
  /** Null when no address was given and no fault was taken. */
  readonly explanation: ExplainAnswer | null;
  /** The same as lines of text. */
  readonly text: string;
}

export interface ExplainTaken {
  /** Machine position, and virtual time in ticks of 10 ns. */
  readonly position: number;
  readonly ticks: number;
  readonly pe: number;
  /** `R-EL1`, and who took it: `R-EL2`. */
  readonly from: string;
  readonly to: string;
  readonly pc: Hex;
  readonly esr: Hex;
  readonly far: Hex;
  readonly hpfar: Hex;
  readonly access: ExplainAccess;
}

export interface ExplainAnswer {
  /** The question in words: `attest REC 0 at R-EL1 reads VA 0x4000_1000`. */
  readonly question: string;
  /** `noise`: the access goes through but decrypts under another context than the page was written under. */
  readonly outcome: 'allowed' | 'noise' | 'fault';
  /** The answer in one sentence. */
  readonly headline: string;
  readonly access: ExplainAccess;
  readonly space: ExplainSpace;
  readonly address: Hex;
  readonly ipa: Hex | null;
  readonly pa: Hex | null;
  /** PAS of the access, where it got a PA. */
  readonly pas: string | null;
  /** Stage 1, stage 2, granule protection check, memory protection engine. */
  readonly cards: readonly ExplainCard[];
  readonly fault: ExplainFault | null;
  /** What the RMM says of the IPA, for accesses of a Realm. */
  readonly realm: ExplainRealm | null;
  /** What would make the access succeed, where there is an answer. */
  readonly mend: readonly string[];
}

export interface ExplainCard {
  readonly name: 'stage 1' | 'stage 2' | 'granule protection check' | 'memory protection engine';
  readonly outcome: 'passed' | 'fault' | 'off' | 'noise' | 'not reached';
  readonly verdict: string;
  readonly input: Hex | null;
  readonly output: Hex | null;
  /** Registers and settings that rule the stage. */
  readonly facts: readonly ExplainField[];
  readonly steps: readonly ExplainStep[];
}

export interface ExplainStep {
  readonly title: string;
  readonly level: number | null;
  readonly descriptorPa: Hex | null;
  readonly descriptor: Hex | null;
  readonly fields: readonly ExplainField[];
  readonly verdict: string;
  readonly ok: boolean;
  /** What fetching this descriptor took: stage 2 and granule protection checks of its own address. */
  readonly within: readonly ExplainStep[];
}

export interface ExplainField {
  readonly name: string;
  readonly value: string;
}

export interface ExplainFault {
  /** translation, addressSize, accessFlag, permission, alignment, external, granule, unsupportedAtomic. */
  readonly kind: string;
  readonly stage: 1 | 2;
  readonly level: number;
  readonly text: string;
  /** On a table walk, not on the access itself. */
  readonly onWalk: boolean;
  /** On stage 2 of a stage 1 table walk. */
  readonly s1ptw: boolean;
  /** ESR_ELx.ISS[5:0]. */
  readonly status: number;
  /** Without the instruction syndrome (ISV and what follows from it). */
  readonly esr: Hex;
  readonly far: Hex;
  readonly hpfar: Hex | null;
  /** `R-EL2`, `EL3`. */
  readonly takenTo: string;
  /** Who answers there, and with what, one sentence each. */
  readonly follows: readonly string[];
}

export interface ExplainRealm {
  readonly rd: Hex;
  readonly name: string | null;
  readonly ipa: Hex;
  readonly protected: boolean;
  /** Level where the walk of the RTT ended. */
  readonly level: number;
  readonly hipas: string;
  readonly ripas: string | null;
}
