/** Granule protection information: the four-bit values of GPT entries (Arm ARM, GPT level 1 granules descriptor). */
import type { Pas } from './pas';

export const Gpi = { None: 0, Secure: 8, NonSecure: 9, Root: 10, Realm: 11, Any: 15 } as const;
export type Gpi = (typeof Gpi)[keyof typeof Gpi];

/** Names as shown to users, by value; absent values are reserved and make a walk fault. */
export const GPI_NAMES: Readonly<Record<number, string>> = {
  0: 'No access',
  8: 'Secure',
  9: 'Non-secure',
  10: 'Root',
  11: 'Realm',
  15: 'All access',
};

/** GPI that admits exactly this PAS. */
export const gpiOfPas = (pas: Pas): Gpi => (8 + pas) as Gpi;

/** The PAS a GPI admits; undefined for none and all. */
export const pasOfGpi = (gpi: number): Pas | undefined => (gpi >= 8 && gpi <= 11 ? ((gpi - 8) as Pas) : undefined);

/** Whether an access in this PAS is admitted. */
export const gpiAdmits = (gpi: number, pas: Pas): boolean => gpi === Gpi.Any || gpi === 8 + pas;

/** True for the values the architecture defines (without FEAT_RME_GPC2): one bit for each of them. */
export const isGpi = (gpi: number): gpi is Gpi => ((0x8f01 >>> gpi) & 1) === 1;
