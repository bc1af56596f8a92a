/**
 * The table of system registers: everything that MRS, MSR, traps, world switch, reset and debugger know about them comes
 * from these rows. Storage slots in the PE area (`cpu/layout.ts`, SYSREGS) are given in the order of the table, those that a
 * world switch saves and restores first, so that it copies one run of bytes.
 */
import { SYSREGS } from '../layout';
import { encodingKey, type SysregField, type SysregRow } from './row';
import { CONTROL } from './rows/control';
import { DEBUG } from './rows/debug';
import { EXCEPTIONS } from './rows/exceptions';
import { GIC } from './rows/gic';
import { HYPERVISOR } from './rows/hypervisor';
import { IDENTIFICATION } from './rows/identification';
import { PMU } from './rows/pmu';
import { TIMERS } from './rows/timers';
import { TRANSLATION } from './rows/translation';

export type { El, HookName, SysregField, SysregRow, TrapGroup } from './row';

const TABLE = [
  ...CONTROL,
  ...EXCEPTIONS,
  ...TRANSLATION,
  ...HYPERVISOR,
  ...TIMERS,
  ...GIC,
  ...DEBUG,
  ...PMU,
  ...IDENTIFICATION,
];

export type SysregName = (typeof TABLE)[number]['name'];

export const SYSREG_ROWS: readonly SysregRow<SysregName>[] = TABLE;
export const SYSREG_COUNT = SYSREG_ROWS.length;

/** Registers that a world switch saves and restores, in storage order. */
export const WORLD_BANKED: readonly SysregName[] = SYSREG_ROWS.filter((row) => row.banked).map((row) => row.name);
/** What EL3 keeps of a world beside them: where it goes on, in storage order. */
const RETURN_STATE: readonly SysregName[] = ['ELR_EL3', 'SPSR_EL3'];
const CONTEXT = [...RETURN_STATE, ...WORLD_BANKED];
/** The storage of RETURN_STATE and WORLD_BANKED, in bytes from the PE base. */
export const WORLD_CONTEXT = { from: SYSREGS, length: 8 * CONTEXT.length } as const;

const STORED = [...CONTEXT, ...SYSREG_ROWS.map((row) => row.name).filter((name) => !CONTEXT.includes(name))];
const OFFSETS = Object.fromEntries(STORED.map((name, slot) => [name, SYSREGS + 8 * slot])) as Record<
  SysregName,
  number
>;
const BY_NAME = new Map<string, SysregRow<SysregName>>(SYSREG_ROWS.map((row) => [row.name, row]));
const BY_ENCODING = new Map(SYSREG_ROWS.map((row) => [encodingKey(...row.encoding), row]));

/** Byte offset of the register's storage from the PE base. */
export const sysregOffset = (name: SysregName): number => OFFSETS[name];
export const sysregRow = (name: SysregName): SysregRow<SysregName> => BY_NAME.get(name) as SysregRow<SysregName>;
/** Undefined for a name that is not in the table. */
export const findSysreg = (name: string): SysregRow<SysregName> | undefined => BY_NAME.get(name);
/** By op0:op1:CRn:CRm:op2 (`encodingKey`). */
export const sysregByEncoding = (key: number): SysregRow<SysregName> | undefined => BY_ENCODING.get(key);

/** A register's value split into its named fields. */
export interface DecodedField {
  readonly name: string;
  readonly value: bigint;
  readonly bits: string;
  readonly meaning: string;
}

export const fieldBits = (value: bigint, high: number, low: number): bigint =>
  (value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);

export const decodeFields = (fields: readonly SysregField[], value: bigint): DecodedField[] =>
  fields.map(([name, high, low, meaning]) => ({
    name,
    value: fieldBits(value, high, low),
    bits: high === low ? `${low}` : `${high}:${low}`,
    meaning,
  }));

/** The named fields of a register's value, highest bit first; empty where the whole register is one value. */
export const decodeSysreg = (name: SysregName, value: bigint): DecodedField[] =>
  decodeFields(sysregRow(name).fields, value);
