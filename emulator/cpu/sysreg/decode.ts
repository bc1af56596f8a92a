/** Syndromes and PSTATE in words, for whoever looks at the machine. */

import type { SysregField } from './row';
import { PSTATE_FIELDS } from './rows/exceptions';
import { type DecodedField, decodeFields } from './sysreg';

export interface DecodedEsr {
  readonly ec: number;
  readonly name: string;
  /** One line: what happened. */
  readonly text: string;
  readonly fields: readonly DecodedField[];
}

interface ClassText {
  readonly name: string;
  readonly fields: readonly SysregField[];
}

const IMMEDIATE: readonly SysregField[] = [['imm16', 15, 0, 'immediate of the instruction']];
const INSTRUCTION_ABORT: readonly SysregField[] = [
  ['FnV', 10, 10, 'FAR is not valid'],
  ['S1PTW', 7, 7, 'stage 2 fault on a stage 1 walk'],
  ['IFSC', 5, 0, 'fault status'],
];
const DATA_ABORT: readonly SysregField[] = [
  ['ISV', 24, 24, 'bits 23:14 are valid'],
  ['SAS', 23, 22, 'log2 of the access size'],
  ['SSE', 21, 21, 'sign extended'],
  ['SRT', 20, 16, 'register'],
  ['SF', 15, 15, '64-bit register'],
  ['AR', 14, 14, 'acquire or release'],
  ['FnV', 10, 10, 'FAR is not valid'],
  ['CM', 8, 8, 'cache maintenance or address translation'],
  ['S1PTW', 7, 7, 'stage 2 fault on a stage 1 walk'],
  ['WnR', 6, 6, 'write'],
  ['DFSC', 5, 0, 'fault status'],
];
const SYSREG: readonly SysregField[] = [
  ['Op0', 21, 20, 'of the register'],
  ['Op2', 19, 17, 'of the register'],
  ['Op1', 16, 14, 'of the register'],
  ['CRn', 13, 10, 'of the register'],
  ['Rt', 9, 5, 'general register'],
  ['CRm', 4, 1, 'of the register'],
  ['Direction', 0, 0, 'read'],
];
const GRANULE: readonly SysregField[] = [
  ['S2PTW', 21, 21, 'on a stage 2 walk'],
  ['InD', 20, 20, 'instruction access'],
  ['GPCSC', 19, 14, 'granule protection check status'],
  ['S1PTW', 7, 7, 'on a stage 1 walk'],
  ['WnR', 6, 6, 'write'],
  ['xFSC', 5, 0, 'fault status'],
];
const WAIT: readonly SysregField[] = [['TI', 1, 0, '0 WFI, 1 WFE']];

/** ESR_ELx.EC (Arm ARM D24.2.40). */
const CLASSES: Readonly<Record<number, ClassText>> = {
  0: { name: 'Unknown reason (undefined instruction)', fields: [] },
  1: { name: 'Trapped WFI or WFE', fields: WAIT },
  7: { name: 'Trapped FP or AdvSIMD', fields: [] },
  14: { name: 'Illegal execution state', fields: [] },
  21: { name: 'SVC', fields: IMMEDIATE },
  22: { name: 'HVC', fields: IMMEDIATE },
  23: { name: 'SMC', fields: IMMEDIATE },
  24: { name: 'Trapped MSR, MRS or system instruction', fields: SYSREG },
  25: { name: 'Trapped SVE', fields: [] },
  30: { name: 'Granule protection check', fields: GRANULE },
  32: { name: 'Instruction Abort from a lower EL', fields: INSTRUCTION_ABORT },
  33: { name: 'Instruction Abort', fields: INSTRUCTION_ABORT },
  34: { name: 'PC alignment fault', fields: [] },
  36: { name: 'Data Abort from a lower EL', fields: DATA_ABORT },
  37: { name: 'Data Abort', fields: DATA_ABORT },
  38: { name: 'SP alignment fault', fields: [] },
  47: { name: 'SError', fields: [] },
  48: { name: 'Breakpoint from a lower EL', fields: [] },
  49: { name: 'Breakpoint', fields: [] },
  50: { name: 'Software step from a lower EL', fields: [] },
  51: { name: 'Software step', fields: [] },
  52: { name: 'Watchpoint from a lower EL', fields: [] },
  53: { name: 'Watchpoint', fields: [] },
  60: { name: 'BRK', fields: IMMEDIATE },
};

const LEVELLED: Readonly<Record<number, string>> = {
  0: 'address size fault',
  1: 'translation fault',
  2: 'Access flag fault',
  3: 'permission fault',
  5: 'external abort on a table walk',
  9: 'granule protection fault on a table walk',
};
const STATUS: Readonly<Record<number, string>> = {
  16: 'external abort',
  19: 'external abort on a table walk, level -1',
  33: 'alignment fault',
  35: 'granule protection fault on a table walk, level -1',
  40: 'granule protection fault',
  41: 'address size fault, level -1',
  43: 'translation fault, level -1',
  48: 'TLB conflict',
  53: 'unsupported exclusive or atomic access',
};

/** Fault status code in words, bits 5:0 of the ISS of an abort. */
export function faultStatusText(code: number): string {
  const special = STATUS[code];
  if (special !== undefined) return special;
  const kind = LEVELLED[code >> 2];
  return kind === undefined
    ? `reserved fault status 0b${code.toString(2).padStart(6, '0')}`
    : `${kind}, level ${code & 3}`;
}

function details(ec: number, esr: bigint): string {
  const iss = Number(esr & 0x1ff_ffffn);
  if (ec >= 0x20 && ec <= 0x25 && ec !== 0x22) {
    const write = ec >= 0x24 ? (((iss >> 6) & 1) === 1 ? ' on a write' : ' on a read') : '';
    return `: ${faultStatusText(iss & 0x3f)}${write}${((iss >> 7) & 1) === 1 ? ', on a stage 1 walk' : ''}`;
  }
  if (ec === 0x18) {
    const part = (high: number, low: number): number => (iss >> low) & ((1 << (high - low + 1)) - 1);
    const register = `S${part(21, 20)}_${part(16, 14)}_C${part(13, 10)}_C${part(4, 1)}_${part(19, 17)}`;
    return `: ${part(0, 0) === 1 ? 'read' : 'write'} of ${register}`;
  }
  if (ec === 0x15 || ec === 0x16 || ec === 0x17 || ec === 0x3c) return ` #0x${(iss & 0xffff).toString(16)}`;
  if (ec === 0x1e) return `: ${faultStatusText(iss & 0x3f)}`;
  return '';
}

/** What a syndrome register says. */
export function decodeEsr(esr: bigint): DecodedEsr {
  const ec = Number((esr >> 26n) & 0x3fn);
  const known = CLASSES[ec] ?? { name: `Exception class 0x${ec.toString(16)}`, fields: [] };
  const head: readonly SysregField[] = [
    ['EC', 31, 26, known.name],
    ['IL', 25, 25, '32-bit instruction'],
  ];
  return {
    ec,
    name: known.name,
    text: known.name + details(ec, esr),
    fields: decodeFields([...head, ...known.fields], esr),
  };
}

/** The fields of PSTATE in SPSR form, and its mode in short (`EL1h`). */
export function decodePstate(pstate: number): { readonly mode: string; readonly fields: readonly DecodedField[] } {
  const el = (pstate >> 2) & 3;
  const mode = `EL${el}${el === 0 || (pstate & 1) === 0 ? 't' : 'h'}`;
  return { mode, fields: decodeFields(PSTATE_FIELDS, BigInt(pstate >>> 0)) };
}
