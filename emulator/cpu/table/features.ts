/** Architecture features that instruction rows depend on. What is built is what is advertised (ID registers agree). */
export type Feature =
  | 'base'
  | 'FEAT_CRC32'
  | 'FEAT_LSE'
  | 'FEAT_LOR'
  | 'FEAT_LRCPC'
  | 'FEAT_LRCPC2'
  | 'FEAT_FlagM'
  | 'FEAT_FlagM2'
  | 'FEAT_SB';

/** Every feature that has rows. */
export const A64_FEATURES: readonly Feature[] = [
  'base',
  'FEAT_CRC32',
  'FEAT_LSE',
  'FEAT_LOR',
  'FEAT_LRCPC',
  'FEAT_LRCPC2',
  'FEAT_FlagM',
  'FEAT_FlagM2',
  'FEAT_SB',
];
