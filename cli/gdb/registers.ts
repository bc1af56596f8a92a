/** The registers as gdb numbers them: one list behind the target description and every packet that carries registers. */
import { currentEl, type Pe, readPc, readPstate, readSp, readSysreg, readV, readX } from '../../emulator/cpu/pe';
import { observeSysreg } from '../../emulator/cpu/sysreg/observe';
import { SYSREG_ROWS } from '../../emulator/cpu/sysreg/sysreg';
import { editRegister } from '../../emulator/machine/edits';
import type { Machine } from '../../emulator/machine/machine';

export interface GdbRegister {
  readonly name: string;
  readonly bits: 32 | 64 | 128;
  readonly type: string;
  readonly feature: string;
  readonly group?: string;
  readonly read: (pe: Pe, machine: Machine) => bigint;
  /** The name by which the machine knows it, for a write. */
  readonly target: (pe: Pe) => string;
}

const CORE = 'org.gnu.gdb.aarch64.core';
const FPU = 'org.gnu.gdb.aarch64.fpu';
const SYSTEM = 'org.realmscope.system-registers';

const spInUse = (pe: Pe): number => (readPstate(pe) % 2 === 1 ? currentEl(pe) : 0);

const core = (name: string, bits: 32 | 64, type: string, read: (pe: Pe) => bigint, target: (pe: Pe) => string) => ({
  name,
  bits,
  type,
  feature: CORE,
  read,
  target,
});

const general: readonly GdbRegister[] = [
  ...Array.from({ length: 31 }, (_, n) =>
    core(
      `x${n}`,
      64,
      'int',
      (pe) => readX(pe, n),
      () => `X${n}`,
    ),
  ),
  core(
    'sp',
    64,
    'data_ptr',
    (pe) => readSp(pe, spInUse(pe)),
    (pe) => `SP_EL${spInUse(pe)}`,
  ),
  core('pc', 64, 'code_ptr', readPc, () => 'PC'),
  core(
    'cpsr',
    32,
    'cpsr_flags',
    (pe) => BigInt(readPstate(pe)),
    () => 'PSTATE',
  ),
];

const vectors: readonly GdbRegister[] = Array.from({ length: 32 }, (_, n) => ({
  name: `v${n}`,
  bits: 128,
  type: 'aarch64v',
  feature: FPU,
  read: (pe) => readV(pe, n),
  target: () => `V${n}`,
}));

const floating: readonly GdbRegister[] = (['FPSR', 'FPCR'] as const).map((name) => ({
  name: name.toLowerCase(),
  bits: 32,
  type: 'int',
  feature: FPU,
  group: 'float',
  read: (pe) => BigInt.asUintN(32, readSysreg(pe, name)),
  target: () => name,
}));

/** Those with storage of their own: views of another register would show what they do not hold. */
const system: readonly GdbRegister[] = SYSREG_ROWS.filter(
  ({ name, of, read, write }) =>
    of === undefined && (read !== undefined || write !== undefined) && name !== 'FPSR' && name !== 'FPCR',
).map(({ name }) => ({
  name,
  bits: 64,
  type: 'int',
  feature: SYSTEM,
  group: 'system',
  read: (pe, machine) => observeSysreg(machine, pe, name),
  target: () => name,
}));

export const GDB_REGISTERS: readonly GdbRegister[] = [...general, ...vectors, ...floating, ...system];
/** What a `g` packet holds; the others are asked for one by one. */
export const GENERAL_COUNT = general.length + vectors.length + floating.length;

/** Little endian, as memory holds it. */
export function registerDigits(machine: Machine, pe: Pe, register: GdbRegister): string {
  const digits = BigInt.asUintN(register.bits, register.read(pe, machine))
    .toString(16)
    .padStart(register.bits / 4, '0');
  return (digits.match(/../g) ?? []).reverse().join('');
}

/** False when the digits are not a value of this register. */
export function writeRegisterDigits(machine: Machine, pe: Pe, register: GdbRegister, digits: string): boolean {
  if (digits.length !== register.bits / 4 || !/^[0-9a-fA-F]+$/.test(digits)) return false;
  const value = BigInt(`0x${(digits.match(/../g) ?? []).reverse().join('')}`);
  return editRegister(machine, pe.index, register.target(pe), value);
}
