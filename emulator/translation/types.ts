/** Vocabulary of address translation: what is asked, what comes out, and the steps in between. */
import type { Ipa, Pa } from '../address';
import type { GpcFault } from '../memory/gpc';
import type { EncryptionContext, Pas } from '../memory/pas';

export type AccessKind = 'read' | 'write' | 'fetch';

/** One access to translate. It does not cross a page. */
export interface Access {
  readonly va: bigint;
  readonly kind: AccessKind;
  /** EL whose permissions apply: 0 for EL0 and for unprivileged accesses. */
  readonly el: number;
  /** Atomic read-modify-write, which needs both permissions, or exclusive: Device memory refuses either. */
  readonly atomic?: boolean;
  /** PSTATE.PAN, where it applies. */
  readonly pan?: boolean;
  /** The address is not a multiple of the access size: Device memory faults. */
  readonly unaligned?: boolean;
  /** AT or cache maintenance by VA: it never makes a page dirty (Arm ARM D8.5.2). */
  readonly maintenance?: boolean;
}

export type FaultKind =
  | 'translation'
  | 'addressSize'
  | 'accessFlag'
  | 'permission'
  | 'alignment'
  | 'external'
  | 'granule'
  | 'unsupportedAtomic'
  /** A watchpoint of the PE matched: `access.va` is the address that it watches. */
  | 'watchpoint';

/** A refused access with all that its syndrome needs (`syndrome.ts`). Plain data. */
export interface Fault {
  readonly ok: false;
  readonly kind: FaultKind;
  readonly access: Access;
  /** The stage that refused. Granule and external faults of the final access count as stage 1. */
  readonly stage: 1 | 2;
  /** -1 to 3; 0 where no level applies. */
  readonly level: number;
  /** A descriptor fetch failed, not the access itself (external and granule faults). */
  readonly onWalk: boolean;
  /** Stage 2 refused a descriptor fetch of the stage 1 walk. */
  readonly s1ptw: boolean;
  readonly ipa?: Ipa;
  readonly pa?: Pa;
  readonly pas?: Pas;
  readonly gpc?: GpcFault;
}

/** Where an access goes. */
export interface Translated {
  readonly ok: true;
  readonly pa: Pa;
  readonly pas: Pas;
  readonly context: EncryptionContext;
  /** IPA, where stage 2 is on. */
  readonly ipa?: Ipa;
  /** Device memory: unaligned accesses fault. */
  readonly device: boolean;
  /** False where stage 2 allows writes only. */
  readonly readable: boolean;
  /** The descriptor that decides is for a page or block of this many bytes. */
  readonly size: number;
  /** MAIR-style attribute byte (0xff Normal write-back, 0x00 Device-nGnRnE). */
  readonly attributes: number;
  /** The GP bit of stage 1 (FEAT_BTI): indirect branches into it must meet a landing pad. */
  readonly guarded: boolean;
}

/** One step of a translation, recorded on demand. Addresses are numbers; `descriptor` is the raw word. */
export interface Step {
  readonly stage: 'stage 1' | 'stage 2' | 'granule protection';
  /** -1 to 3; undefined where the step has none. */
  readonly level?: number;
  readonly title: string;
  readonly input?: bigint;
  readonly descriptorPa?: Pa;
  readonly descriptor?: bigint;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly verdict: string;
}

export type TranslationResult = (Translated & Explained) | (Fault & Explained);
export interface Explained {
  readonly steps?: readonly Step[];
}
