/**
 * TLBI (Arm ARM C5.5): which encodings there are, from which EL, and what traps them. The software TLB holds nothing stale
 * at any time, so what they take out of it cannot be observed: those by VA its page, on every PE, all others everything.
 */
import type { Machine } from '../../machine/machine';
import { flushTlb } from '../../translation/translation';
import { currentEl, type Pe, readW } from '../pe';
import { trappingHcr } from '../sysreg/trapping';
import { forgetPage } from '../tlb';
import { DONE, type Outcome, trapTo, UNDEFINED } from './outcome';

/** Shareability: this PE, Inner or Outer Shareable. */
type Domain = 'local' | 'inner' | 'outer';

/** By op1, then CRm: the op2 that are allocated. Granule protection ones (FEAT_RME) have no nXS form. */
const ALLOCATED: Readonly<Record<number, Readonly<Record<number, readonly [Domain, readonly number[]]>>>> = {
  0: {
    1: ['outer', [0, 1, 2, 3, 5, 7]],
    2: ['inner', [1, 3, 5, 7]],
    3: ['inner', [0, 1, 2, 3, 5, 7]],
    5: ['outer', [1, 3, 5, 7]],
    6: ['local', [1, 3, 5, 7]],
    7: ['local', [0, 1, 2, 3, 5, 7]],
  },
  4: {
    0: ['inner', [1, 2, 5, 6]],
    1: ['outer', [0, 1, 4, 5, 6]],
    2: ['inner', [1, 5]],
    3: ['inner', [0, 1, 4, 5, 6]],
    4: ['local', [0, 1, 2, 3, 4, 5, 6, 7]],
    5: ['outer', [1, 5]],
    6: ['local', [1, 5]],
    7: ['local', [0, 1, 4, 5, 6]],
  },
  6: {
    1: ['outer', [0, 1, 5]],
    2: ['inner', [1, 5]],
    3: ['inner', [0, 1, 5]],
    5: ['outer', [1, 5]],
    6: ['local', [1, 5]],
    7: ['local', [0, 1, 5]],
  },
};
/** TLBI RPAOS, RPALOS, PAALLOS, PAALL: op1 6, CRn 8; CRm and op2. */
const GRANULE_PROTECTION: readonly (readonly [number, number])[] = [
  [4, 3],
  [4, 7],
  [1, 4],
  [7, 4],
];
const LOWEST_EL: Readonly<Record<number, number>> = { 0: 1, 4: 2, 6: 3 };

/** HCR_EL2.TTLB, and with FEAT_EVT TTLBIS and TTLBOS. */
const TTLB = 25n;
const BY_DOMAIN: Readonly<Partial<Record<Domain, bigint>>> = { inner: 54n, outer: 55n };

/** CRm of those with an odd op2 that are by VA; Rt has it from bit 12 on. The others with it are by IPA or by range. */
const BY_VA: readonly number[] = [1, 3, 7];

/** TLBI by op1, CRm and op2; `nxs`: CRn 9; `rt`: the register with the address. */
export function invalidateTlb(
  machine: Machine,
  pe: Pe,
  op1: number,
  crm: number,
  op2: number,
  nxs: boolean,
  rt: number,
): Outcome {
  const lowest = LOWEST_EL[op1];
  const found = ALLOCATED[op1]?.[crm];
  const granules = op1 === 6 && !nxs && GRANULE_PROTECTION.some(([m, second]) => m === crm && second === op2);
  if (lowest === undefined || currentEl(pe) < lowest) return UNDEFINED;
  if (found?.[1].includes(op2) !== true && !granules) return UNDEFINED;
  const hcr = trappingHcr(pe);
  const also = machine.platform.features.general ? BY_DOMAIN[found?.[0] ?? 'local'] : undefined;
  if (((hcr >> TTLB) & 1n) === 1n || (also !== undefined && ((hcr >> also) & 1n) === 1n)) return trapTo(2);
  if (BY_VA.includes(crm) && (op2 & 1) === 1) {
    for (const each of machine.pes) forgetPage(each, readW(pe, rt));
  } else flushTlb(machine, 'all');
  return DONE;
}
