/**
 * SYS: cache and TLB maintenance. Caches are coherent, so cache instructions by address only translate and check;
 * TLBI is in `tlb-maintenance.ts`.
 */
import type { Machine } from '../../machine/machine';
import { translateAccess, watchedLine, zeroBlock } from '../../translation/bus';
import { currentEl, el2Enabled, type Pe, readPstate, readSysreg, readX, sctlrOf } from '../pe';
import { encodingKey, encodingOfWord } from '../sysreg/row';
import { trappingHcr } from '../sysreg/trapping';
import { translateInstruction } from './address-translation';
import { DONE, type Outcome, trapTo, UNDEFINED } from './outcome';
import { userTrapTarget } from './registers';
import { invalidateTlb } from './tlb-maintenance';

interface CacheInstruction {
  readonly name: string;
  readonly lowestEl: number;
  /** SCTLR_EL1 bit that lets EL0 use it. */
  readonly userBit?: number;
  /** HCR_EL2 bit that traps it at EL1 and EL0. */
  readonly trapBit?: number;
  /** Only where the whole instruction set is. */
  readonly general?: boolean;
  readonly byAddress: 'no' | 'read' | 'write' | 'zero' | 'physical';
}

const RCTX = 10;
const DZE = 14;
const UCI = 26;
const TDZ = 28;
const TPU = 24;
const TPC = 23;
const TSW = 22;
const key = (op1: number, crm: number, op2: number): number => encodingKey(1, op1, 7, crm, op2);

/** IC and DC instructions. IVAC needs write permission; the others by VA need read permission at EL0 only. */
const CACHE = new Map<number, CacheInstruction>([
  [key(0, 1, 0), { name: 'IC IALLUIS', lowestEl: 1, trapBit: TPU, byAddress: 'no' }],
  [key(0, 5, 0), { name: 'IC IALLU', lowestEl: 1, trapBit: TPU, byAddress: 'no' }],
  [key(3, 5, 1), { name: 'IC IVAU', lowestEl: 0, userBit: UCI, trapBit: TPU, byAddress: 'read' }],
  [key(0, 6, 1), { name: 'DC IVAC', lowestEl: 1, trapBit: TPC, byAddress: 'write' }],
  [key(0, 6, 2), { name: 'DC ISW', lowestEl: 1, trapBit: TSW, byAddress: 'no' }],
  [key(0, 10, 2), { name: 'DC CSW', lowestEl: 1, trapBit: TSW, byAddress: 'no' }],
  [key(0, 14, 2), { name: 'DC CISW', lowestEl: 1, trapBit: TSW, byAddress: 'no' }],
  [key(3, 4, 1), { name: 'DC ZVA', lowestEl: 0, userBit: DZE, trapBit: TDZ, byAddress: 'zero' }],
  [key(3, 10, 1), { name: 'DC CVAC', lowestEl: 0, userBit: UCI, trapBit: TPC, byAddress: 'read' }],
  [key(3, 11, 1), { name: 'DC CVAU', lowestEl: 0, userBit: UCI, trapBit: TPU, byAddress: 'read' }],
  [key(3, 12, 1), { name: 'DC CVAP', lowestEl: 0, userBit: UCI, trapBit: TPC, byAddress: 'read' }],
  [key(3, 14, 1), { name: 'DC CIVAC', lowestEl: 0, userBit: UCI, trapBit: TPC, byAddress: 'read' }],
  [key(3, 13, 1), { name: 'DC CVADP', lowestEl: 0, userBit: UCI, trapBit: TPC, byAddress: 'read', general: true }],
  [key(3, 3, 4), { name: 'CFP RCTX', lowestEl: 0, userBit: RCTX, byAddress: 'no', general: true }],
  [key(3, 3, 5), { name: 'DVP RCTX', lowestEl: 0, userBit: RCTX, byAddress: 'no', general: true }],
  [key(3, 3, 7), { name: 'CPP RCTX', lowestEl: 0, userBit: RCTX, byAddress: 'no', general: true }],
  [key(6, 14, 1), { name: 'DC CIPAPA', lowestEl: 3, byAddress: 'physical' }],
  [key(4, 14, 0), { name: 'DC CIPAE', lowestEl: 2, byAddress: 'physical' }],
]);

/** FEAT_EVT: IC IALLUIS by TICAB; IC IALLU, IC IVAU and DC CVAU by TOCU. */
const TICAB = 50;
const TOCU = 52;

/** SYS and SYSL (op0 = 1). */
export function systemInstruction(machine: Machine, pe: Pe, word: number): Outcome {
  const isLoad = ((word >>> 21) & 1) === 1;
  const encoding = encodingOfWord(word);
  const op1 = (encoding >> 11) & 7;
  const crn = (encoding >> 7) & 15;
  const crm = (encoding >> 3) & 15;
  const el = currentEl(pe);
  if (isLoad) return UNDEFINED;
  const hcr = trappingHcr(pe);
  // CRn 9: the forms that need not wait for accesses with the XS attribute (FEAT_XS).
  if (crn === 8 || (crn === 9 && machine.platform.features.general)) {
    return invalidateTlb(machine, pe, op1, crm, encoding & 7, crn === 9, word & 31);
  }
  if (crn !== 7) return crn === 11 || crn === 15 ? implementationDefined(pe) : UNDEFINED;
  if (crm === 8 || crm === 9) return translateInstruction(machine, pe, op1, crm, encoding & 7, readX(pe, word & 31));
  const instruction = CACHE.get(encoding);
  if (instruction === undefined || el < instruction.lowestEl) return UNDEFINED;
  if (instruction.general === true && !machine.platform.features.general) return UNDEFINED;
  if (instruction.name === 'DC CIPAE' && !machine.platform.mec.enabled) return UNDEFINED;
  const { userBit, trapBit } = instruction;
  if (el === 0 && userBit !== undefined && ((sctlrOf(pe, 0) >> BigInt(userBit)) & 1n) === 0n) {
    return trapTo(userTrapTarget(pe));
  }
  if (trapBit !== undefined && ((hcr >> BigInt(trapBit)) & 1n) === 1n) return trapTo(2);
  const virtualized = machine.platform.features.general && trapBit === TPU;
  const also = instruction.name === 'IC IALLUIS' ? TICAB : TOCU;
  if (virtualized && ((hcr >> BigInt(also)) & 1n) === 1n) return trapTo(2);
  return cacheInstruction(machine, pe, instruction, readX(pe, word & 31));
}

/** IMPLEMENTATION DEFINED space: nothing is there; HCR_EL2.TIDCP traps it. */
const implementationDefined = (pe: Pe): Outcome =>
  currentEl(pe) === 1 && el2Enabled(pe) && (readSysreg(pe, 'HCR_EL2') & (1n << 20n)) !== 0n ? trapTo(2) : UNDEFINED;

function cacheInstruction(machine: Machine, pe: Pe, instruction: CacheInstruction, va: bigint): Outcome {
  const { byAddress } = instruction;
  if (byAddress === 'no' || byAddress === 'physical') return DONE;
  if (byAddress === 'zero') {
    const fault = zeroBlock(machine, pe, va);
    return fault === undefined ? DONE : { kind: 'abort', fault, cacheMaintenance: false };
  }
  const pan = ((readPstate(pe) >>> 22) & 1) === 1;
  const to = translateAccess(machine, pe, { va, kind: byAddress, el: currentEl(pe), pan, maintenance: true });
  if (to.ok) {
    const hit = instruction.name === 'DC IVAC' ? watchedLine(pe, va) : undefined;
    return hit === undefined ? DONE : { kind: 'abort', fault: hit, cacheMaintenance: true };
  }
  // Above EL0 maintenance other than IVAC needs a translation but no permission (Arm ARM D7.5.9).
  if (to.kind === 'permission' && byAddress === 'read' && currentEl(pe) > 0 && to.stage === 1) return DONE;
  return { kind: 'abort', fault: to, cacheMaintenance: true };
}
