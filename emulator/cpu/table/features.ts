/**
 * Architecture features, and the ID register field by which each is advertised: the one list behind what executes
 * (interpreter, disassembler, system instructions) and what the ID registers say.
 */
import type { Features } from '../../machine/platform';

/** Features that instruction rows depend on. */
export type Feature =
  | 'base'
  | 'FEAT_CRC32'
  | 'FEAT_LSE'
  | 'FEAT_LOR'
  | 'FEAT_LRCPC'
  | 'FEAT_LRCPC2'
  | 'FEAT_FlagM'
  | 'FEAT_FlagM2'
  | 'FEAT_SB'
  | 'FEAT_PAuth'
  | 'FEAT_MOPS'
  | 'FEAT_WFxT'
  | 'FEAT_HBC'
  | 'FEAT_CSSC'
  | 'FEAT_XS'
  | 'FEAT_FP'
  | 'FEAT_AdvSIMD'
  | 'FEAT_FP16'
  | 'FEAT_FHM'
  | 'FEAT_FCMA'
  | 'FEAT_JSCVT'
  | 'FEAT_FRINTTS'
  | 'FEAT_BF16'
  | 'FEAT_RDM'
  | 'FEAT_DotProd'
  | 'FEAT_I8MM'
  | 'FEAT_AES'
  | 'FEAT_PMULL'
  | 'FEAT_SHA1'
  | 'FEAT_SHA256'
  | 'FEAT_SHA512'
  | 'FEAT_SHA3';

export type FeatureRegister =
  | 'ID_AA64ISAR0_EL1'
  | 'ID_AA64ISAR1_EL1'
  | 'ID_AA64ISAR2_EL1'
  | 'ID_AA64PFR0_EL1'
  | 'ID_AA64PFR1_EL1'
  | 'ID_AA64MMFR0_EL1'
  | 'ID_AA64MMFR1_EL1'
  | 'ID_AA64MMFR2_EL1';

/** An ID register field and the least value of it that promises the feature (Arm ARM D19.2). */
export interface FeatureField {
  readonly register: FeatureRegister;
  /** Lowest bit; a field has four. */
  readonly low: number;
  readonly value: number;
  /** Which platforms have it. */
  readonly on: (features: Features) => boolean;
}

type MakeField = (register: FeatureRegister, low: number, value: number) => FeatureField;
const onPlatforms =
  (on: FeatureField['on']): MakeField =>
  (register, low, value) => ({ register, low, value, on });

/** On every platform: what the machines of recorded traces have. */
const everywhere = onPlatforms(() => true);

/** Where the whole instruction set is. */
const general = onPlatforms((features) => features.general);

/** Where the FP and AdvSIMD registers are. */
const vector = onPlatforms((features) => features.fp);

/** Every feature that has rows, apart from what every PE has. */
export const FEATURE_FIELDS: Readonly<Record<Exclude<Feature, 'base'>, FeatureField>> = {
  FEAT_CRC32: everywhere('ID_AA64ISAR0_EL1', 16, 1),
  FEAT_LSE: everywhere('ID_AA64ISAR0_EL1', 20, 2),
  FEAT_FlagM: everywhere('ID_AA64ISAR0_EL1', 52, 1),
  FEAT_FlagM2: everywhere('ID_AA64ISAR0_EL1', 52, 2),
  FEAT_LRCPC: everywhere('ID_AA64ISAR1_EL1', 20, 1),
  FEAT_LRCPC2: everywhere('ID_AA64ISAR1_EL1', 20, 2),
  FEAT_SB: everywhere('ID_AA64ISAR1_EL1', 36, 1),
  FEAT_PAuth: general('ID_AA64ISAR1_EL1', 4, 5),
  FEAT_WFxT: general('ID_AA64ISAR2_EL1', 0, 2),
  FEAT_MOPS: general('ID_AA64ISAR2_EL1', 16, 1),
  FEAT_HBC: general('ID_AA64ISAR2_EL1', 20, 1),
  FEAT_CSSC: general('ID_AA64ISAR2_EL1', 52, 1),
  FEAT_XS: general('ID_AA64ISAR1_EL1', 56, 1),
  FEAT_LOR: everywhere('ID_AA64MMFR1_EL1', 16, 1),
  FEAT_FP: vector('ID_AA64PFR0_EL1', 16, 0),
  FEAT_AdvSIMD: vector('ID_AA64PFR0_EL1', 20, 0),
  FEAT_FP16: vector('ID_AA64PFR0_EL1', 16, 1),
  FEAT_AES: vector('ID_AA64ISAR0_EL1', 4, 1),
  FEAT_PMULL: vector('ID_AA64ISAR0_EL1', 4, 2),
  FEAT_SHA1: vector('ID_AA64ISAR0_EL1', 8, 1),
  FEAT_SHA256: vector('ID_AA64ISAR0_EL1', 12, 1),
  FEAT_SHA512: vector('ID_AA64ISAR0_EL1', 12, 2),
  FEAT_RDM: vector('ID_AA64ISAR0_EL1', 28, 1),
  FEAT_SHA3: vector('ID_AA64ISAR0_EL1', 32, 1),
  FEAT_DotProd: vector('ID_AA64ISAR0_EL1', 44, 1),
  FEAT_FHM: vector('ID_AA64ISAR0_EL1', 48, 1),
  FEAT_JSCVT: vector('ID_AA64ISAR1_EL1', 12, 1),
  FEAT_FCMA: vector('ID_AA64ISAR1_EL1', 16, 1),
  FEAT_FRINTTS: vector('ID_AA64ISAR1_EL1', 32, 1),
  FEAT_BF16: vector('ID_AA64ISAR1_EL1', 44, 1),
  FEAT_I8MM: vector('ID_AA64ISAR1_EL1', 52, 1),
};

/** Features without rows of their own: registers, system instructions, rules of other instructions. */
export const OTHER_FIELDS: Readonly<Record<string, FeatureField>> = {
  /** The AdvSIMD half of FEAT_FP16. */
  FEAT_FP16_AdvSIMD: vector('ID_AA64PFR0_EL1', 20, 1),
  FEAT_BTI: general('ID_AA64PFR1_EL1', 0, 1),
  FEAT_SSBS2: general('ID_AA64PFR1_EL1', 4, 2),
  FEAT_RNG: general('ID_AA64ISAR0_EL1', 60, 1),
  FEAT_DPB: everywhere('ID_AA64ISAR1_EL1', 0, 1),
  FEAT_DPB2: general('ID_AA64ISAR1_EL1', 0, 2),
  FEAT_SPECRES: general('ID_AA64ISAR1_EL1', 40, 1),
  FEAT_CLRBHB: general('ID_AA64ISAR2_EL1', 28, 1),
  FEAT_HCX: general('ID_AA64MMFR1_EL1', 40, 1),
  FEAT_LSE2: general('ID_AA64MMFR2_EL1', 32, 1),
  /** PACGA by QARMA5 (GPA). */
  FEAT_PACQARMA5: general('ID_AA64ISAR1_EL1', 24, 1),
};

/** Every feature that has rows. */
export const A64_FEATURES: readonly Feature[] = [
  'base',
  ...(Object.keys(FEATURE_FIELDS) as (keyof typeof FEATURE_FIELDS)[]),
];

/** The features with rows that a platform has. */
export const featuresOn = (features: Features): readonly Feature[] =>
  A64_FEATURES.filter((feature) => {
    const found = FEATURE_FIELDS[feature as keyof typeof FEATURE_FIELDS];
    return found === undefined || found.on(features);
  });

/** What an ID register says about all of these features on a platform; its other fields are zero. */
export function advertisedFeatures(register: FeatureRegister, features: Features): bigint {
  const values = new Map<number, number>();
  for (const { register: home, low, value, on } of [...Object.values(FEATURE_FIELDS), ...Object.values(OTHER_FIELDS)]) {
    if (home === register && on(features)) values.set(low, Math.max(values.get(low) ?? 0, value));
  }
  return [...values].reduce((all, [low, value]) => all | (BigInt(value) << BigInt(low)), 0n);
}
