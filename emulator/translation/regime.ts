/**
 * A translation regime as plain data: the registers a walk depends on, decoded once. It is taken from a PE (`regimeOf`)
 * or put together by hand for a Realm that is not running (`realmRegime`).
 */
import type { Pa } from '../address';
import { type Pe, readSysreg, type SecurityState } from '../cpu/pe';
import type { SysregName } from '../cpu/sysreg/sysreg';
import type { Features, Platform } from '../machine/platform';
import { type EncryptionContext, encryptionContext, Pas } from '../memory/pas';

/** log2 of the bytes of a granule. */
export type GranuleBits = 12 | 14 | 16;

/** One of the two halves of a stage 1 address space. */
export interface TableHalf {
  readonly ttbr: bigint;
  /** TCR.TxSZ. */
  readonly txsz: number;
  /** Undefined: a reserved encoding of TCR.TGx. */
  readonly granule: GranuleBits | undefined;
  /** TCR.EPDx: a miss faults. */
  readonly disabled: boolean;
  /** TCR.TBIx. */
  readonly topByteIgnored: boolean;
  /** TCR.HPDx. */
  readonly noHierarchy: boolean;
  /** TCR.TBIDx: the top byte of instruction addresses counts all the same. */
  readonly topByteOfCode?: boolean;
  /** TCR.E0PDx (FEAT_E0PD): EL0 has no access to this half. */
  readonly noUser?: boolean;
}

export interface Stage1 {
  readonly on: boolean;
  readonly lower: TableHalf;
  /** Absent in the regimes with one TTBR. */
  readonly upper?: TableHalf;
  /** Output address bits, TCR.PS or IPS limited by PARange. */
  readonly outputBits: number;
  readonly hardwareAccessFlag: boolean;
  readonly hardwareDirty: boolean;
  /** TCR.DS: 52-bit descriptors. */
  readonly ds: boolean;
  readonly mair: bigint;
  /** SCTLR.WXN. */
  readonly writableNeverExecutes: boolean;
  /** HCR_EL2.DC: Normal memory while stage 1 is off. */
  readonly defaultCacheable: boolean;
  /** SCTLR.EPAN (FEAT_PAN3): PAN bars what EL0 may only execute, too. */
  readonly extendedPan?: boolean;
}

export interface Stage2 {
  readonly vttbr: bigint;
  readonly txsz: number;
  readonly granule: GranuleBits | undefined;
  /** -1 to 3; undefined for a reserved combination. */
  readonly startLevel: number | undefined;
  readonly outputBits: number;
  readonly hardwareAccessFlag: boolean;
  readonly hardwareDirty: boolean;
  readonly ds: boolean;
  /** HCR_EL2.FWB. */
  readonly forcedWriteBack: boolean;
  /** HCR_EL2.PTW. */
  readonly protectedWalk: boolean;
}

export interface Regime {
  readonly kind: 'EL1&0' | 'EL2' | 'EL2&0' | 'EL3';
  readonly security: SecurityState;
  readonly stage1: Stage1;
  readonly stage2?: Stage2;
  /** Encryption contexts of Realm PAS accesses: see `contextFor`. */
  readonly mecid: number;
  readonly mecidUpper: number;
  /** SCR_EL3.SIF. */
  readonly secureFetchOnly: boolean;
  readonly paBits: number;
}

const bit = (value: bigint, index: number): boolean => ((value >> BigInt(index)) & 1n) === 1n;

/** A register as two numbers: a bigint for every field of it would cost more than the walk. */
interface Halves {
  readonly low: number;
  readonly high: number;
}
const halvesOf = (value: bigint): Halves => ({
  low: Number(value & 0xffff_ffffn),
  high: Number(value >> 32n),
});
const has = ({ low, high }: Halves, index: number): boolean => (((index < 32 ? low : high) >>> (index & 31)) & 1) === 1;
/** A field that does not reach from one half into the other. */
const bits = ({ low, high }: Halves, from: number, to: number): number =>
  ((to < 32 ? low : high) >>> (to & 31)) & ((1 << (from - to + 1)) - 1);

const TG0: readonly (GranuleBits | undefined)[] = [12, 16, 14, undefined];
const TG1: readonly (GranuleBits | undefined)[] = [undefined, 14, 12, 16];
const OUTPUT_BITS = [32, 36, 40, 42, 44, 48, 52] as const;
const outputBits = (ps: number, paBits: number): number => Math.min(OUTPUT_BITS[ps] ?? 52, paBits);

/** Stage 1 of a regime with two halves, controlled by a register in TCR_EL1's format. */
function twoHalves(
  tcrValue: bigint,
  ttbr0: bigint,
  ttbr1: bigint,
  sctlr: bigint,
  mair: bigint,
  { paBits, general }: Features,
): Stage1 {
  const tcr = halvesOf(tcrValue);
  return {
    on: bit(sctlr, 0),
    lower: {
      ttbr: ttbr0,
      txsz: bits(tcr, 5, 0),
      granule: TG0[bits(tcr, 15, 14)],
      disabled: has(tcr, 7),
      topByteIgnored: has(tcr, 37),
      noHierarchy: has(tcr, 41),
      topByteOfCode: general && has(tcr, 51),
      noUser: general && has(tcr, 55),
    },
    upper: {
      ttbr: ttbr1,
      txsz: bits(tcr, 21, 16),
      granule: TG1[bits(tcr, 31, 30)],
      disabled: has(tcr, 23),
      topByteIgnored: has(tcr, 38),
      noHierarchy: has(tcr, 42),
      topByteOfCode: general && has(tcr, 52),
      noUser: general && has(tcr, 56),
    },
    outputBits: outputBits(bits(tcr, 34, 32), paBits),
    hardwareAccessFlag: has(tcr, 39),
    hardwareDirty: has(tcr, 39) && has(tcr, 40),
    ds: has(tcr, 59),
    mair,
    writableNeverExecutes: bit(sctlr, 19),
    defaultCacheable: false,
    extendedPan: general && bit(sctlr, 57),
  };
}

/** Stage 1 of EL2 or EL3, with one TTBR. */
function oneHalf(tcrValue: bigint, ttbr: bigint, sctlr: bigint, mair: bigint, { paBits, general }: Features): Stage1 {
  const tcr = halvesOf(tcrValue);
  return {
    on: bit(sctlr, 0),
    lower: {
      ttbr,
      txsz: bits(tcr, 5, 0),
      granule: TG0[bits(tcr, 15, 14)],
      disabled: false,
      topByteIgnored: has(tcr, 20),
      noHierarchy: has(tcr, 24),
      topByteOfCode: general && has(tcr, 29),
    },
    outputBits: outputBits(bits(tcr, 18, 16), paBits),
    hardwareAccessFlag: has(tcr, 21),
    hardwareDirty: has(tcr, 21) && has(tcr, 22),
    ds: has(tcr, 32),
    mair,
    writableNeverExecutes: bit(sctlr, 19),
    defaultCacheable: false,
  };
}

/** Start level by VTCR_EL2.{SL2,SL0} (Arm ARM D8.2.12); SL2 counts with the 4 KiB granule and DS only. */
function stage2StartLevel(granule: GranuleBits | undefined, sl0: number, sl2: boolean): number | undefined {
  if (granule === 12) return sl2 ? (sl0 === 0 ? -1 : undefined) : [2, 1, 0, 3][sl0];
  if (granule === 14) return [3, 2, 1, 0][sl0];
  return [3, 2, 1, undefined][sl0];
}

/** Stage 2 as VTCR_EL2, VTTBR_EL2 and HCR_EL2 describe it. */
export function decodeStage2(vtcrValue: bigint, vttbr: bigint, hcr: bigint, paBits: number): Stage2 {
  const vtcr = halvesOf(vtcrValue);
  const granule = TG0[bits(vtcr, 15, 14)];
  const ds = has(vtcr, 32);
  return {
    vttbr,
    txsz: bits(vtcr, 5, 0),
    granule,
    startLevel: stage2StartLevel(granule, bits(vtcr, 7, 6), ds && has(vtcr, 33)),
    outputBits: outputBits(bits(vtcr, 18, 16), paBits),
    hardwareAccessFlag: has(vtcr, 21),
    hardwareDirty: has(vtcr, 21) && has(vtcr, 22),
    ds,
    forcedWriteBack: bit(hcr, 46),
    protectedWalk: bit(hcr, 2),
  };
}

/** System registers by name: a PE's, or those of a world or REC that is not in one. */
export type RegisterReader = (name: SysregName) => bigint;

/** The Security state of EL0 to EL2, by SCR_EL3.{NSE,NS}. */
const securityBy = (scr: bigint): SecurityState =>
  !bit(scr, 0) ? Pas.Secure : bit(scr, 62) ? Pas.Realm : Pas.NonSecure;

/** Whether these registers have EL2 in force in their Security state (SCR_EL3.EEL2 in Secure). */
export const hasEl2 = (scr: bigint): boolean => bit(scr, 0) || bit(scr, 18);

/** The SCTLR that rules accesses from an EL. */
export const sctlrName = (el: number, hcr: bigint): 'SCTLR_EL1' | 'SCTLR_EL2' | 'SCTLR_EL3' =>
  el === 3 ? 'SCTLR_EL3' : el === 2 || (el === 0 && bit(hcr, 34) && bit(hcr, 27)) ? 'SCTLR_EL2' : 'SCTLR_EL1';

/** The regime that rules accesses a PE makes from `el` (its current one or, for AT instructions, another). */
export const regimeOf = (pe: Pe, platform: Platform, el: number): Regime =>
  regimeFrom((name) => readSysreg(pe, name), platform, el);

/** The regime that these registers make of accesses from `el`. */
export function regimeFrom(read: RegisterReader, platform: Platform, el: number): Regime {
  const { features } = platform;
  const { paBits } = features;
  const hcr = read('HCR_EL2');
  const scr = read('SCR_EL3');
  const security = el === 3 ? Pas.Root : securityBy(scr);
  const common = { security, secureFetchOnly: bit(scr, 9), paBits };
  const e2h = bit(hcr, 34);
  const enabled = hasEl2(scr);
  const sctlr = read(sctlrName(el, hcr));
  if (el === 3) {
    const stage1 = oneHalf(read('TCR_EL3'), read('TTBR0_EL3'), sctlr, read('MAIR_EL3'), features);
    return { ...common, kind: 'EL3', stage1, mecid: 0, mecidUpper: 0 };
  }
  if (el === 2 || (el === 0 && enabled && e2h && bit(hcr, 27))) {
    const tcr = read('TCR_EL2');
    const ttbr0 = read('TTBR0_EL2');
    const mair = read('MAIR_EL2');
    return {
      ...common,
      kind: e2h ? 'EL2&0' : 'EL2',
      stage1: e2h
        ? twoHalves(tcr, ttbr0, read('TTBR1_EL2'), sctlr, mair, features)
        : oneHalf(tcr, ttbr0, sctlr, mair, features),
      mecid: Number(read('MECID_P0_EL2')),
      mecidUpper: Number(read('MECID_P1_EL2')),
    };
  }
  const stage1 = twoHalves(read('TCR_EL1'), read('TTBR0_EL1'), read('TTBR1_EL1'), sctlr, read('MAIR_EL1'), features);
  // TGE makes stage 1 of EL1&0 count as off, DC makes it off and turns stage 2 on (Arm ARM, HCR_EL2).
  const dc = enabled && bit(hcr, 12);
  const off = enabled && (dc || bit(hcr, 27));
  const mecid = Number(read('VMECID_P_EL2'));
  const secureStage2 = security === Pas.Secure;
  return {
    ...common,
    kind: 'EL1&0',
    stage1: { ...stage1, on: stage1.on && !off, defaultCacheable: dc },
    ...(enabled && !bit(hcr, 27) && (bit(hcr, 0) || dc)
      ? {
          stage2: decodeStage2(read('VTCR_EL2'), read(secureStage2 ? 'VSTTBR_EL2' : 'VTTBR_EL2'), hcr, paBits),
        }
      : {}),
    mecid,
    mecidUpper: mecid,
  };
}

/** Stage 1 out of the way: what comes in is the output address, as Normal memory. */
export const STAGE1_OFF: Stage1 = {
  on: false,
  lower: { ttbr: 0n, txsz: 16, granule: 12, disabled: false, topByteIgnored: false, noHierarchy: false },
  outputBits: 52,
  hardwareAccessFlag: false,
  hardwareDirty: false,
  ds: false,
  mair: 0n,
  writableNeverExecutes: false,
  defaultCacheable: true,
};

/** EL1&0 registers of a Realm, as its REC keeps them while it does not run. */
export interface RealmStage1Registers {
  readonly sctlr: bigint;
  readonly tcr: bigint;
  readonly ttbr0: bigint;
  readonly ttbr1: bigint;
  readonly mair: bigint;
}

/**
 * The Realm EL1&0 regime of a Realm that need not be running. Without `registers` stage 1 is off, so that a VA is an
 * IPA: how the debugger walks an RTT.
 */
export function realmRegime(
  platform: Platform,
  vtcr: bigint,
  vttbr: bigint,
  mecid: number,
  registers?: RealmStage1Registers,
): Regime {
  const { paBits } = platform.features;
  return {
    kind: 'EL1&0',
    security: Pas.Realm,
    stage1:
      registers === undefined
        ? STAGE1_OFF
        : twoHalves(
            registers.tcr,
            registers.ttbr0,
            registers.ttbr1,
            registers.sctlr,
            registers.mair,
            platform.features,
          ),
    stage2: decodeStage2(vtcr, vttbr, 1n << 46n, paBits),
    mecid,
    mecidUpper: mecid,
    secureFetchOnly: false,
    paBits,
  };
}

/**
 * The encryption context of an access by its PAS. In the Realm PAS the MECID is VMECID_P_EL2 for what stage 2
 * translates and for its tables, MECID_P0_EL2 or MECID_P1_EL2 for EL2, 0 for EL3 (Arm ARM D9.5, primary MECIDs).
 */
export const contextFor = (regime: Regime, pas: Pas, upperHalf = false): EncryptionContext =>
  encryptionContext(pas, pas === Pas.Realm ? (upperHalf ? regime.mecidUpper : regime.mecid) : 0);

/** The address in a TTBR or VTTBR before alignment; 52-bit formats keep bits 51:48 at 5:2. */
export function tableBase(ttbr: bigint, wide: boolean): Pa {
  const low = Number(ttbr & 0xffff_ffff_fffen);
  return (wide ? low - (low % 64) + Number((ttbr >> 2n) & 0xfn) * 2 ** 48 : low) as Pa;
}
