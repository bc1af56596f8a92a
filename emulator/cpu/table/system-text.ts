/** Names of hints, barriers, PSTATE fields, system instructions and system registers, as LLVM prints them. */
import { encodingKey } from '../sysreg/row';
import { sysregByEncoding } from '../sysreg/sysreg';
import type { Fields } from './row';
import { join, xr } from './text';

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
  28: ['TCO', 1],
  30: ['DAIFSet', 15],
  31: ['DAIFClr', 15],
};

export function pstateText(op1: number, op2: number, value: number): string {
  const [name, most] = PSTATE_FIELDS[op1 * 8 + op2] ?? ['', -1];
  return value > most ? `msr S0_${op1}_C4_C${value}_${op2}, xzr` : `msr ${name}, #${value}`;
}

const key = (op1: number, n: number, m: number, op2: number): number => ((op1 * 16 + n) * 16 + m) * 8 + op2;

/** Instruction cache, data cache and address translation operations: name by key; `ic ialluis` takes no register. */
const SYSTEM_INSTRUCTIONS = new Map<number, string>([
  [key(0, 7, 1, 0), 'ic ialluis'],
  [key(0, 7, 5, 0), 'ic iallu'],
  [key(3, 7, 5, 1), 'ic ivau'],
  [key(0, 7, 6, 1), 'dc ivac'],
  [key(0, 7, 6, 2), 'dc isw'],
  [key(0, 7, 10, 2), 'dc csw'],
  [key(0, 7, 14, 2), 'dc cisw'],
  [key(3, 7, 4, 1), 'dc zva'],
  [key(3, 7, 10, 1), 'dc cvac'],
  [key(3, 7, 11, 1), 'dc cvau'],
  [key(3, 7, 12, 1), 'dc cvap'],
  [key(3, 7, 14, 1), 'dc civac'],
  [key(0, 7, 8, 0), 'at s1e1r'],
  [key(0, 7, 8, 1), 'at s1e1w'],
  [key(0, 7, 8, 2), 'at s1e0r'],
  [key(0, 7, 8, 3), 'at s1e0w'],
  [key(4, 7, 8, 0), 'at s1e2r'],
  [key(4, 7, 8, 1), 'at s1e2w'],
  [key(4, 7, 8, 4), 'at s12e1r'],
  [key(4, 7, 8, 5), 'at s12e1w'],
  [key(4, 7, 8, 6), 'at s12e0r'],
  [key(4, 7, 8, 7), 'at s12e0w'],
  [key(6, 7, 8, 0), 'at s1e3r'],
  [key(6, 7, 8, 1), 'at s1e3w'],
  ...[
    [0, 0, 'vmalle1'],
    [0, 1, 'vae1'],
    [0, 2, 'aside1'],
    [0, 3, 'vaae1'],
    [0, 5, 'vale1'],
    [0, 7, 'vaale1'],
    [4, 0, 'alle2'],
    [4, 1, 'vae2'],
    [4, 4, 'alle1'],
    [4, 5, 'vale2'],
    [4, 6, 'vmalls12e1'],
    [6, 0, 'alle3'],
    [6, 1, 'vae3'],
    [6, 5, 'vale3'],
  ].flatMap(([op1, op2, name]): [number, string][] => [
    [key(op1 as number, 8, 7, op2 as number), `tlbi ${name}`],
    [key(op1 as number, 8, 3, op2 as number), `tlbi ${name}is`],
    [key(op1 as number, 8, 1, op2 as number), `tlbi ${name}os`],
  ]),
  [key(4, 8, 4, 1), 'tlbi ipas2e1'],
  [key(4, 8, 4, 5), 'tlbi ipas2le1'],
  [key(4, 8, 0, 1), 'tlbi ipas2e1is'],
  [key(4, 8, 0, 5), 'tlbi ipas2le1is'],
]);

const NO_REGISTER = /^(ic iallu|tlbi (vmall|alle))/;

export function systemInstructionText(f: Fields): string {
  const name = SYSTEM_INSTRUCTIONS.get(key(f['op1']!, f['CRn']!, f['CRm']!, f['op2']!));
  const rt = f['Rt']!;
  if (name !== undefined && NO_REGISTER.test(name)) {
    if (rt === 31) return name;
  } else if (name !== undefined) return join(name, xr(rt));
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
