/** MRS, MSR (register) and MSR (immediate). */
import type { Machine } from '../../machine/machine';
import { currentEl, el2Enabled, fpTrap, type Pe, readPstate, readSysreg, readX, writePstate, writeX } from '../pe';
import { findRegister, readRegister, writeRegister } from '../sysreg/access';
import { encodingOfWord } from '../sysreg/row';
import { trappingHcr } from '../sysreg/trapping';
import { sysregTrap } from '../sysreg/traps';
import { DONE, type Outcome, trapTo, UNDEFINED } from './outcome';

const IMPLEMENTATION_DEFINED = [11, 15];
/** Trapped like the instructions that they rule (CPACR_EL1, CPTR_EL2, CPTR_EL3). */
const FLOATING_POINT: readonly string[] = ['FPCR', 'FPSR'];

/** MRS (bit 21 set) and MSR (register). */
export function moveRegister(machine: Machine, pe: Pe, word: number): Outcome {
  const key = encodingOfWord(word);
  const isRead = ((word >>> 21) & 1) === 1;
  const row = findRegister(pe, key);
  const el = currentEl(pe);
  if (el === 0 && isRead && isIdentification(key) && row?.read !== 0) return trapTo(userTrapTarget(pe));
  if (row === undefined && isRead && el > 0 && isReservedIdentification(key)) return readReserved(pe, el, word & 31);
  if (row === undefined || row.advertised?.(machine.platform) === false) {
    const tidcp = IMPLEMENTATION_DEFINED.includes((key >> 7) & 15) && (trappingHcr(pe) & (1n << 20n)) !== 0n;
    return el === 1 && tidcp ? trapTo(2) : UNDEFINED;
  }
  const lowest = isRead ? row.read : row.write;
  if (lowest === undefined || el < lowest) return UNDEFINED;
  if (FLOATING_POINT.includes(row.name) && fpTrap(pe) !== 0) return { kind: 'floatingPoint' };
  const target = sysregTrap(pe, row, isRead);
  if (target !== undefined) return trapTo(target);
  const rt = word & 31;
  if (isRead) writeX(pe, rt, readRegister(machine, pe, row));
  else writeRegister(machine, pe, row, readX(pe, rt));
  return DONE;
}

/** op0 3, op1 0, 1 or 3, CRn 0, CRm 0 to 7: what EL0 may not read of it traps and is not UNDEFINED (FEAT_IDST). */
const isIdentification = (key: number): boolean =>
  key >> 14 === 3 && [0, 1, 3].includes((key >> 11) & 7) && (key & 0x7c0) === 0;

/** op0 3, op1 0, CRn 0, CRm 1 to 7: the space of ID registers reads as zero where none is defined. */
const isReservedIdentification = (key: number): boolean =>
  key >> 7 === 3 << 7 && ((key >> 3) & 15) - 1 < 7 && (key & 0x78) !== 0;

/** A reserved ID register: zero, and trapped by HCR_EL2.TID3 like those that have a name. */
function readReserved(pe: Pe, el: number, rt: number): Outcome {
  if (el === 1 && el2Enabled(pe) && (readSysreg(pe, 'HCR_EL2') & (1n << 18n)) !== 0n) return trapTo(2);
  writeX(pe, rt, 0n);
  return DONE;
}

interface PstateField {
  readonly bits: (immediate: number) => number;
  readonly mask: number;
  readonly lowestEl: number;
  /** Only where the whole instruction set is. */
  readonly general?: boolean;
}

const single = (bit: number, lowestEl: number): PstateField => ({
  bits: (immediate) => (immediate & 1) << bit,
  mask: 1 << bit,
  lowestEl,
});

/** By op1:op2. TCO and the flag instructions are not advertised. */
const FIELDS: Readonly<Record<number, PstateField>> = {
  3: single(23, 1),
  4: single(22, 1),
  5: single(0, 1),
  25: { ...single(12, 0), general: true },
  26: single(24, 0),
};
const DAIF_SET = 0b011_110;
const DAIF_CLEAR = 0b011_111;

/** MSR (immediate). */
export function moveImmediate(machine: Machine, pe: Pe, word: number): Outcome {
  const operation = (((word >>> 16) & 7) << 3) | ((word >>> 5) & 7);
  const immediate = (word >>> 8) & 15;
  const pstate = readPstate(pe);
  const el = currentEl(pe);
  if ((word & 31) !== 31) return UNDEFINED;
  if (operation === DAIF_SET || operation === DAIF_CLEAR) {
    if (el === 0 && (readSysreg(pe, 'SCTLR_EL1') & (1n << 9n)) === 0n) return trapTo(userTrapTarget(pe));
    const bits = immediate << 6;
    writePstate(pe, (operation === DAIF_SET ? pstate | bits : pstate & ~bits) >>> 0);
    return DONE;
  }
  const field = FIELDS[operation];
  if (field === undefined || el < field.lowestEl) return UNDEFINED;
  if (field.general === true && !machine.platform.features.general) return UNDEFINED;
  writePstate(pe, ((pstate & ~field.mask) | field.bits(immediate)) >>> 0);
  return DONE;
}

/** EL1, or EL2 where HCR_EL2.TGE is set. */
export const userTrapTarget = (pe: Pe): number => ((readSysreg(pe, 'HCR_EL2') & (1n << 27n)) !== 0n ? 2 : 1);
