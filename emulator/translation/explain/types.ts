/** Vocabulary of the fault explainer: what is asked, and the answer card by card. Plain data; addresses are bigint. */
import type { Pa } from '../../address';
import type { Pas } from '../../memory/pas';
import type { FaultKind } from '../types';

/** Whose access it is. */
export type Viewpoint =
  /** What a PE is in now, at `el` (its current one unless given). */
  | { readonly kind: 'pe'; readonly pe: number; readonly el?: number }
  /** A world of a PE, whether or not the PE is in it. */
  | { readonly kind: 'world'; readonly pe: number; readonly security: Pas; readonly el: number }
  /** A REC, running or not. */
  | { readonly kind: 'rec'; readonly rec: Pa; readonly el?: 0 | 1 }
  /** A Realm without a REC to take stage 1 from: its VAs count as IPAs. */
  | { readonly kind: 'realm'; readonly rd: Pa; readonly el?: 0 | 1 };

export type ExplainedAccess = 'read' | 'write' | 'execute';

export interface ExplainQuery {
  readonly viewpoint: Viewpoint;
  /** `ipa` goes past stage 1, `pa` past both. */
  readonly space: 'va' | 'ipa' | 'pa';
  readonly address: bigint;
  readonly access?: ExplainedAccess;
  /** Bytes; default 1. What crosses a page is explained for its first page. */
  readonly size?: number;
  /** PAs only: the PAS of the access. Default: that of the viewpoint's Security state. */
  readonly pas?: Pas;
}

export interface ExplainedStep {
  /** `Level 3 descriptor 4`, `GPT level 1`. */
  readonly title: string;
  readonly level: number | null;
  /** PA and value of the descriptor used. */
  readonly descriptorPa: bigint | null;
  readonly descriptor: bigint | null;
  /** Decoded fields by name. */
  readonly fields: readonly (readonly [name: string, text: string])[];
  readonly verdict: string;
  readonly ok: boolean;
  /** What fetching this descriptor took: stage 2 and granule protection checks of its own address. */
  readonly within: readonly ExplainedStep[];
}

export type CardName = 'stage 1' | 'stage 2' | 'granule protection check' | 'memory protection engine';
export type CardOutcome = 'passed' | 'fault' | 'off' | 'noise' | 'not reached';

/** One stage of the way from address to bytes. */
export interface ExplainedCard {
  readonly name: CardName;
  readonly outcome: CardOutcome;
  /** One sentence. */
  readonly verdict: string;
  /** Address that comes in, and what goes out; null where there is none. */
  readonly input: bigint | null;
  readonly output: bigint | null;
  /** Registers and settings that rule the stage. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainedFault {
  readonly kind: FaultKind;
  /** The stage that refused; 1 too for granule and external faults of the access itself. */
  readonly stage: 1 | 2;
  readonly level: number;
  /** In words: `stage 2 translation fault, level 3`. */
  readonly text: string;
  /** On a table walk, not on the access itself. */
  readonly onWalk: boolean;
  /** On stage 2 of a stage 1 table walk. */
  readonly s1ptw: boolean;
  /** ESR_ELx.ISS[5:0]. */
  readonly status: number;
  /** Without the instruction syndrome, which needs the instruction. */
  readonly esr: bigint;
  readonly far: bigint;
  /** HPFAR_EL2, for faults of stage 2. */
  readonly hpfar: bigint | null;
  /** EL and Security state that take it. */
  readonly el: number;
  readonly security: Pas;
  /** `R-EL2`, `EL3`, `NS-EL1`. */
  readonly takenTo: string;
  /** Who answers there, and with what, one sentence each. */
  readonly follows: readonly string[];
}

/** What the RMM says of the IPA, for accesses of a Realm that got past stage 1. */
export interface ExplainedRealm {
  readonly rd: bigint;
  /** The Host's name for it. */
  readonly name: string | null;
  readonly ipa: bigint;
  readonly protected: boolean;
  /** Level where the walk of the RTT ended. */
  readonly level: number;
  readonly hipas: string;
  readonly ripas: string | null;
}

export interface Explanation {
  /** The question in words: `attest REC 0 at R-EL1 reads VA 0x4000_1000`. */
  readonly question: string;
  readonly outcome: 'allowed' | 'noise' | 'fault';
  /** The answer in one sentence. */
  readonly headline: string;
  readonly access: ExplainedAccess;
  readonly space: 'va' | 'ipa' | 'pa';
  readonly address: bigint;
  readonly ipa: bigint | null;
  readonly pa: bigint | null;
  /** PAS of the access where it got a PA. */
  readonly pas: Pas | null;
  readonly cards: readonly ExplainedCard[];
  readonly fault: ExplainedFault | null;
  readonly realm: ExplainedRealm | null;
  /** What would make the access succeed, where there is an answer. */
  readonly mend: readonly string[];
}
