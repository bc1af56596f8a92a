/**
 * Architecture features that instruction rows depend on, and the ID register field by which each is advertised: the one
 * list behind what executes (interpreter, disassembler) and what the ID registers say.
 */
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
  | VectorFeature;

/** FP, AdvSIMD and cryptography: built in part, advertised together once all of FEAT_FP and FEAT_AdvSIMD is. */
export const VECTOR_FEATURES = [
  'FEAT_FP',
  'FEAT_AdvSIMD',
  'FEAT_FP16',
  'FEAT_FHM',
  'FEAT_FCMA',
  'FEAT_JSCVT',
  'FEAT_FRINTTS',
  'FEAT_BF16',
  'FEAT_RDM',
  'FEAT_DotProd',
  'FEAT_I8MM',
  'FEAT_AES',
  'FEAT_PMULL',
  'FEAT_SHA1',
  'FEAT_SHA256',
  'FEAT_SHA512',
  'FEAT_SHA3',
  'FEAT_SM3',
  'FEAT_SM4',
] as const;

/** Those of the FP and AdvSIMD registers. */
export type VectorFeature = (typeof VECTOR_FEATURES)[number];

export type FeatureRegister = 'ID_AA64ISAR0_EL1' | 'ID_AA64ISAR1_EL1' | 'ID_AA64MMFR1_EL1';

/** An ID register field and the least value of it that promises the feature (Arm ARM D19.2). */
export interface FeatureField {
  readonly register: FeatureRegister;
  /** Lowest bit; a field has four. */
  readonly low: number;
  readonly value: number;
}

const field = (register: FeatureRegister, low: number, value: number): FeatureField => ({ register, low, value });

/** Every feature that has rows, apart from what every PE has. */
export const FEATURE_FIELDS: Readonly<Record<Exclude<Feature, 'base' | VectorFeature>, FeatureField>> = {
  FEAT_CRC32: field('ID_AA64ISAR0_EL1', 16, 1),
  FEAT_LSE: field('ID_AA64ISAR0_EL1', 20, 2),
  FEAT_FlagM: field('ID_AA64ISAR0_EL1', 52, 1),
  FEAT_FlagM2: field('ID_AA64ISAR0_EL1', 52, 2),
  FEAT_LRCPC: field('ID_AA64ISAR1_EL1', 20, 1),
  FEAT_LRCPC2: field('ID_AA64ISAR1_EL1', 20, 2),
  FEAT_SB: field('ID_AA64ISAR1_EL1', 36, 1),
  FEAT_LOR: field('ID_AA64MMFR1_EL1', 16, 1),
};

/** Every feature that has rows. */
export const A64_FEATURES: readonly Feature[] = [
  'base',
  ...(Object.keys(FEATURE_FIELDS) as (keyof typeof FEATURE_FIELDS)[]),
];

/** What an ID register says about these features; its other fields are zero. */
export function advertisedFeatures(register: FeatureRegister): bigint {
  const values = new Map<number, number>();
  for (const { register: home, low, value } of Object.values(FEATURE_FIELDS)) {
    if (home === register) values.set(low, Math.max(values.get(low) ?? 0, value));
  }
  return [...values].reduce((all, [low, value]) => all | (BigInt(value) << BigInt(low)), 0n);
}
