/** HCR_EL2 as far as it makes EL1 and EL0 trap. */
import { currentEl, el2Enabled, hostsEl0, type Pe, readSysreg } from '../pe';

/** Bits that count as 0 for EL0 where EL2 hosts it (E2H and TGE): the traps. */
const NOT_HOSTED = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 30, 35, 49, 50, 52, 54, 55].reduce(
  (bits, index) => bits | (1n << BigInt(index)),
  0n,
);

/** HCR_EL2 for what traps from the current EL: 0 at EL2 and above, and where EL2 is not enabled. */
export function trappingHcr(pe: Pe): bigint {
  if (currentEl(pe) > 1 || !el2Enabled(pe)) return 0n;
  const hcr = readSysreg(pe, 'HCR_EL2');
  return currentEl(pe) === 0 && hostsEl0(pe) ? hcr & ~NOT_HOSTED : hcr;
}
