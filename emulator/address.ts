/**
 * Addresses of the machine. Physical addresses and intermediate physical addresses have at most 52 bits, so a number
 * holds them exactly; virtual addresses and register values have 64 and are bigint. Bit operators truncate a number to
 * 32 bits and are therefore never used on addresses: use the functions below.
 */
declare const space: unique symbol;

/** A physical address in bytes. Which PAS it is in is said beside it. */
export type Pa = number & { readonly [space]: 'PA' };
/** An intermediate physical address in bytes, input of stage 2. */
export type Ipa = number & { readonly [space]: 'IPA' };
/** A granule number: PA divided by 4096. */
export type Granule = number & { readonly [space]: 'granule' };

/** Size of a granule and of a translation page in bytes (RMM 1.0: RMM_GRANULE_SIZE). */
export const GRANULE_SIZE = 4096;

export const pa = (value: number): Pa => value as Pa;
export const ipa = (value: number): Ipa => value as Ipa;
export const granuleOf = (address: Pa): Granule => Math.floor(address / GRANULE_SIZE) as Granule;
/** False for an infinite address too. (% of a number above 2^31 is a library call, and this is in every command.) */
export const isGranuleAligned = (address: number): boolean => granuleOffset(address) === 0;
/** Bytes from the start of the granule. */
export const granuleOffset = (address: number): number => address - Math.floor(address / GRANULE_SIZE) * GRANULE_SIZE;
/** The address rounded down to a multiple of `size` bytes. */
export const alignDown = <A extends number>(address: A, size: number): A => (address - (address % size)) as A;
