/** Names of hints, barriers, PSTATE fields, system instructions and system registers, as LLVM prints them. */
import { encodingKey } from '../../sysreg/row';
import { sysregByEncoding } from '../../sysreg/sysreg';
import type { Fields } from '../row';
import { join, xr } from '../text';
import { systemInstructionName, systemKey } from './instruction-names';

const HINTS: Readonly<Record<number, string>> = {
  0: 'nop',
  1: 'yield',
  2: 'wfe',
  3: 'wfi',
  4: 'sev',
  5: 'sevl',
  6: 'dgh',
  16: 'esb',
  17: 'psb csync',
  18: 'tsb csync',
  20: 'csdb',
  22: 'clrbhb',
  32: 'bti',
  34: 'bti c',
  36: 'bti j',
  38: 'bti jc',
};

export const hintText = (number: number): string => HINTS[number] ?? `hint #${number}`;

const BARRIER_SCOPES: Readonly<Record<number, string>> = {
  1: 'oshld',
  2: 'oshst',
  3: 'osh',
  5: 'nshld',
  6: 'nshst',
  7: 'nsh',
  9: 'ishld',
  10: 'ishst',
  11: 'ish',
  13: 'ld',
  14: 'st',
  15: 'sy',
};

export function barrierText(mnemonic: 'dsb' | 'dmb' | 'isb', scope: number): string {
  if (mnemonic === 'isb') return scope === 15 ? 'isb' : `isb #${scope}`;
  if (mnemonic === 'dsb' && scope === 0) return 'ssbb';
  if (mnemonic === 'dsb' && scope === 4) return 'pssbb';
  return `${mnemonic} ${BARRIER_SCOPES[scope] ?? `#${scope}`}`;
}

/** By op1 * 8 + op2: the name, and the largest value that is printed with it. */
const PSTATE_FIELDS: Readonly<Record<number, readonly [string, number]>> = {
  3: ['UAO', 1],
  4: ['PAN', 1],
  5: ['SPSel', 15],
  25: ['SSBS', 1],
  26: ['DIT', 15],
  30: ['DAIFSet', 15],
  31: ['DAIFClr', 15],
};

export function pstateText(op1: number, op2: number, value: number): string {
  const [name, most] = PSTATE_FIELDS[op1 * 8 + op2] ?? ['', -1];
  return value > most ? `msr S0_${op1}_C4_C${value}_${op2}, xzr` : `msr ${name}, #${value}`;
}

export function systemInstructionText(f: Fields): string {
  const rt = f['Rt']!;
  const known = systemInstructionName(systemKey(f['op1']!, f['CRn']!, f['CRm']!, f['op2']!));
  if (known !== undefined) return known.register ? `${known.name}, ${xr(rt)}` : known.name;
  const operands = [`#${f['op1']}`, `c${f['CRn']}`, `c${f['CRm']}`, `#${f['op2']}`];
  return rt === 31 ? join('sys', ...operands) : join('sys', ...operands, xr(rt));
}

/** Its name from the register table, or its encoding where the table has none. */
export function systemRegisterText(f: Fields): string {
  const op0 = 2 + f['o0']!;
  const [op1, crn, crm, op2] = [f['op1']!, f['CRn']!, f['CRm']!, f['op2']!];
  const known = sysregByEncoding(encodingKey(op0, op1, crn, crm, op2));
  return known?.name ?? `S${op0}_${op1}_C${crn}_C${crm}_${op2}`;
}
