/** A system register as one row: what MRS and MSR, the traps, the world switch and the debugger need to know of it. */
import type { Platform } from '../../machine/platform';

/** Bits of a register that have a name: `[name, high, low, meaning]`. */
export type SysregField = readonly [name: string, high: number, low: number, meaning: string];

export type El = 0 | 1 | 2 | 3;

/**
 * Controls of a higher EL that make an access trap (checked in `traps.ts`). Each names the bit that enables the trap:
 * HCR_EL2.{TVM,TRVM} guard `vm`; TLOR `lor`; TID1, TID2, TID3 groups of ID registers; TACR the auxiliary control register; APK the keys of pointer authentication.
 */
export type TrapGroup =
  | 'vm'
  | 'id1'
  | 'id2'
  /** Cache identification: TID2, and TID4 (FEAT_EVT). */
  | 'id2Cache'
  | 'id3'
  | 'auxiliary'
  | 'lor'
  | 'debug'
  | 'osLock'
  | 'debugRom'
  | 'pmu'
  | 'gicSgi'
  | 'gic'
  | 'tpidr'
  | 'pointerKey'
  | 'random'
  | 'extended';

/** Named special behaviour of a read or write; the functions are in `hooks.ts`. */
export type HookName =
  | 'currentEl'
  | 'nzcv'
  | 'daif'
  | 'spSel'
  | 'pan'
  | 'uao'
  | 'dit'
  | 'ssbs'
  | 'stackPointer'
  | 'physicalCount'
  | 'virtualCount'
  | 'timerControl'
  | 'timerValue'
  | 'midr'
  | 'mpidr'
  | 'osLockAccess'
  | 'claimSet'
  | 'pmu'
  | 'debugControl'
  | 'interruptStatus'
  | 'gicCpu'
  | 'listStatus'
  | 'virtualControl'
  | 'set'
  | 'clear'
  | 'cacheSize'
  | 'zeroBlockSize'
  | 'random';

/** Which cached translations a change of the register makes stale. */
export type TranslationScope = 'el1' | 'stage2' | 'el2' | 'el3' | 'world' | 'debug';

export interface SysregRow<N extends string = string> {
  readonly name: N;
  readonly summary: string;
  /** op0, op1, CRn, CRm, op2. */
  readonly encoding: readonly [number, number, number, number, number];
  /** Lowest EL that may read or write it; undefined: no EL. */
  readonly read: El | undefined;
  readonly write: El | undefined;
  /** Value after reset; ID registers compute it from the platform. */
  readonly reset: bigint | ((platform: Platform, pe: number) => bigint);
  /** Bits that a write changes; the others keep their reset value (RES0, RES1 and read-only bits). */
  readonly writable: bigint;
  /** Saved and restored on a world switch: state of EL0, EL1 and EL2 as opposed to that of EL3 and of the PE. */
  readonly banked: boolean;
  readonly fields: readonly SysregField[];
  readonly hook: HookName | undefined;
  readonly traps: TrapGroup | undefined;
  readonly translation: TranslationScope | undefined;
  /** False where the platform does not advertise it: an access is then UNDEFINED. */
  readonly advertised: ((platform: Platform) => boolean) | undefined;
  /** For `set` and `clear` views: the register that is meant. */
  readonly of: string | undefined;
}

export interface SysregOptions {
  readonly read?: El | undefined;
  readonly write?: El | undefined;
  readonly reset?: SysregRow['reset'];
  readonly writable?: bigint;
  readonly banked?: boolean;
  readonly fields?: readonly SysregField[];
  readonly hook?: HookName;
  readonly traps?: TrapGroup;
  readonly translation?: TranslationScope;
  readonly advertised?: (platform: Platform) => boolean;
  readonly of?: string;
}

const ALL = 0xffff_ffff_ffff_ffffn;

/**
 * A row. `encoding` is written as in the Arm ARM's access tables without the letters: 'op0 op1 CRn CRm op2'. `level` is
 * the EL in the register's name; options override what follows from it.
 */
export function register<N extends string>(
  name: N,
  encoding: string,
  level: El,
  summary: string,
  options: SysregOptions = {},
): SysregRow<N> {
  const numbers = encoding.split(' ').map(Number);
  const [op0 = 0, op1 = 0, crn = 0, crm = 0, op2 = 0] = numbers;
  return {
    name,
    summary,
    encoding: [op0, op1, crn, crm, op2],
    read: 'read' in options ? options.read : level,
    write: 'write' in options ? options.write : level,
    reset: options.reset ?? 0n,
    writable: options.writable ?? ALL,
    banked: options.banked ?? false,
    fields: options.fields ?? [],
    hook: options.hook,
    traps: options.traps,
    translation: options.translation,
    advertised: options.advertised,
    of: options.of,
  };
}

/** The 16-bit form of an encoding: op0:op1:CRn:CRm:op2. */
export const encodingKey = (op0: number, op1: number, crn: number, crm: number, op2: number): number =>
  (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

/** The encoding in an MRS, MSR (register), SYS or SYSL instruction word. */
export const encodingOfWord = (word: number): number => (word >>> 5) & 0xffff;
