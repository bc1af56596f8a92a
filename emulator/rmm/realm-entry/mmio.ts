/** Emulated MMIO: what the Host gets of a write, and how its answer to a read reaches the Realm. */
import { type Pe, readSysreg, readX, writeSysreg, writeX } from '../../cpu/pe';
import { accessSyndrome } from './syndrome';

const XZR = 31;

/** gprs[0] of an emulatable Data Abort exit: the value written, masked to the access size; zero for reads. */
export function writtenValue(pe: Pe, esr: bigint): bigint {
  const { write, register, size } = accessSyndrome(esr);
  return write && register !== XZR ? BigInt.asUintN(8 * size, readX(pe, register)) : 0n;
}

/** Completes the access: a read gets the Host's value, and the instruction is retired. */
export function completeMmio(pe: Pe, esr: bigint, value: bigint): void {
  const access = accessSyndrome(esr);
  if (!access.write && access.register !== XZR) {
    const bits = 8 * access.size;
    // Only a sign extension can reach beyond 32 bits: LDRSB Wt and the like clear the upper half.
    const extended = access.signExtend
      ? BigInt.asUintN(access.sixtyFour ? 64 : 32, BigInt.asIntN(bits, value))
      : BigInt.asUintN(bits, value);
    writeX(pe, access.register, extended);
  }
  retire(pe);
}

/** The instruction at ELR_EL2 is done. */
export const retire = (pe: Pe): void => writeSysreg(pe, 'ELR_EL2', BigInt.asUintN(64, readSysreg(pe, 'ELR_EL2') + 4n));
