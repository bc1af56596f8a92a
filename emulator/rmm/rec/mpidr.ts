/** RmiRecMpidr and the index of a REC (RMM 1.0 B3.4, RecIndex). Aff0 has four bits. */

/** Bits that RmiRecMpidr does not define. */
export const MPIDR_RESERVED = ~0xffff_ff0fn & 0xffff_ffff_ffff_ffffn;

/** RecIndex of an RmiRecMpidr: Aff3 at bits 31:24. */
export function recIndex(mpidr: bigint): number {
  const low = Number(mpidr & 0xffff_ffffn);
  return (low % 16) + ((low >>> 8) % 256) * 16 + ((low >>> 16) % 256) * 2 ** 12 + (low >>> 24) * 2 ** 20;
}

/** RecIndex of a value in MPIDR_EL1 form, as PSCI gives it: Aff3 at bits 39:32. Other bits are ignored. */
export const recIndexOfMpidrEl1 = (value: bigint): number =>
  recIndex((value & 0xff_ffffn) | (((value >> 32n) & 0xffn) << 24n));

/** VMPIDR_EL2 for a REC: MPIDR_EL1 form with the RES1 bit. */
export const mpidrEl1 = (mpidr: bigint): bigint =>
  0x8000_0000n | (mpidr & 0xff_ffffn) | (((mpidr >> 24n) & 0xffn) << 32n);
