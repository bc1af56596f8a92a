/** What the debugger gets to see of the RMM. Addresses are PAs and IPAs as numbers; byte strings are hexadecimal. */
import type { Ipa, Pa } from '../../address';
import type { FrameValue } from '../commands/row';

export type GranuleStateName = 'UNDELEGATED' | 'DELEGATED' | 'RD' | 'REC' | 'REC_AUX' | 'DATA' | 'RTT';
export type RealmStateName = 'REALM_NEW' | 'REALM_ACTIVE' | 'REALM_SYSTEM_OFF';
export type Hipas = 'UNASSIGNED' | 'ASSIGNED' | 'UNASSIGNED_NS' | 'ASSIGNED_NS' | 'TABLE';
export type Ripas = 'EMPTY' | 'RAM' | 'DESTROYED';
export type HashName = 'sha-256' | 'sha-512';

/** A Realm, decoded from its RD. */
export interface RealmInfo {
  readonly rd: Pa;
  readonly state: RealmStateName;
  readonly vmid: number;
  /** As accesses carry it, and what the Host calls it where it does (RMM 1.1). */
  readonly mecid: number;
  readonly namedMecid: number | null;
  /** Bits. */
  readonly ipaWidth: number;
  readonly lpa2: boolean;
  readonly hashAlgorithm: HashName;
  /** RIM, REM[0] to REM[3]: as long as the hash, in hexadecimal. */
  readonly rim: string;
  readonly rems: readonly [string, string, string, string];
  /** 64 bytes in hexadecimal. */
  readonly rpv: string;
  readonly rttBase: Pa;
  readonly rttLevelStart: number;
  readonly rttNumStart: number;
  /** PAs of its RECs, by index; destroyed ones left out. */
  readonly recs: readonly Pa[];
}

/** A REC, decoded from its granule. While it runs the PE holds the registers: `runningOn` names it. */
export interface RecInfo {
  readonly rec: Pa;
  readonly rd: Pa;
  readonly index: number;
  /** As RmiRecMpidr. */
  readonly mpidr: bigint;
  readonly state: 'REC_READY' | 'REC_RUNNING';
  readonly runningOn: number | null;
  readonly runnable: boolean;
  readonly psciPending: boolean;
  readonly hostCallPending: boolean;
  readonly ripasChange: {
    readonly base: Ipa;
    readonly top: Ipa;
    readonly value: Ripas;
    readonly destroyed: boolean;
  } | null;
  readonly attestInProgress: boolean;
  readonly pc: bigint;
  readonly pstate: bigint;
  /** X0..X30. */
  readonly gprs: readonly bigint[];
  /** Saved EL1 and EL0 system registers by name. */
  readonly sysregs: readonly { readonly name: string; readonly value: bigint }[];
  readonly aux: readonly Pa[];
}

/** One RTT entry. */
export interface RtteInfo {
  readonly index: number;
  readonly level: number;
  /** Base of the range the entry covers. */
  readonly ipa: Ipa;
  /** Bytes the entry covers. */
  readonly size: number;
  /** PA of the descriptor itself. */
  readonly descriptorPa: Pa;
  readonly raw: bigint;
  readonly hipas: Hipas;
  /** Protected leaf entries only. */
  readonly ripas: Ripas | null;
  /** Output address (ASSIGNED, ASSIGNED_NS) or the next table (TABLE). */
  readonly pa: Pa | null;
  /** Architectural attributes in words, e.g. `Normal WB`, `RW`, `AF`, `NS`. */
  readonly attributes: readonly string[];
}

/** The path of a walk: one entry a level; the last is where it ended. */
export interface RttWalk {
  readonly level: number;
  readonly entries: readonly RtteInfo[];
}

export interface GranuleInfo {
  readonly pa: Pa;
  /** Null: the RMM does not track this address. */
  readonly state: GranuleStateName | null;
  /** The Realm it belongs to, when in use. */
  readonly rd: Pa | null;
  /** What it is used as, in words: `REC 0`, `RTT level 2 at IPA 0x8000_0000`. */
  readonly usedAs: string;
  /** Context the RMM keeps its content under; null while Non-secure. */
  readonly mecid: number | null;
}

export interface Mapping {
  readonly rd: Pa;
  readonly ipa: Ipa;
  readonly level: number;
  readonly hipas: 'ASSIGNED' | 'ASSIGNED_NS';
  readonly ripas: Ripas | null;
}

/** A decoded value: plain, or a structure or register with fields. */
export interface DecodedValue {
  readonly name: string;
  /** Name of the structure, bit field or plain type. */
  readonly type: string;
  /** As shown: hexadecimal for addresses and bits, decimal for counts, the name for enumerations. */
  readonly text: string;
  readonly value: bigint | null;
  readonly summary: string;
  /** PA the value was read from, for structures in memory. */
  readonly pa?: Pa;
  readonly fields?: readonly DecodedValue[];
}

export interface EvaluatedCondition {
  /** Failure id of the row. */
  readonly id: string;
  readonly text: string;
  readonly status: string;
  readonly outcome: 'passed' | 'failed' | 'not reached';
  readonly compared: readonly (readonly [string, FrameValue])[];
}

/** The command a PE is in, or the last one it finished. */
export interface CallInFlight {
  readonly name: string;
  readonly fid: number;
  readonly interface: 'rmi' | 'rsi' | 'psci';
  readonly call: number;
  readonly pe: number;
  /** Name or failure id of the stage that runs next; null when the command is done. */
  readonly stage: string | null;
  readonly stageText: string | null;
  readonly inputs: readonly DecodedValue[];
  /** Structures read from memory, by input: RmiRealmParams at `params_ptr` and so on. */
  readonly structures: readonly DecodedValue[];
  /** Named values of the stages so far. */
  readonly locals: Readonly<Record<string, FrameValue>>;
  /** Set when the command has its result. */
  readonly result: {
    readonly status: string;
    readonly index: number;
    readonly outputs: readonly DecodedValue[];
  } | null;
}

export interface MecContextInfo {
  /** As accesses carry it (VMECID_P_EL2). */
  readonly mecid: number;
  /** What the Host calls it under RMM 1.1: the RMM's own MECID is hidden from it. Else null. */
  readonly named: number | null;
  /** `rmm`: the RMM's own; `free`, `assigned`, `stale`: private; `shared`: the Shared MEC of RMM 1.1. */
  readonly state: 'free' | 'assigned' | 'stale' | 'rmm' | 'shared';
  /** The Realm that uses a private one. */
  readonly rd: Pa | null;
  /** RDs of all Realms that use it. */
  readonly members: readonly Pa[];
  /** Key generation of the MPE's context. */
  readonly generation: number;
}
