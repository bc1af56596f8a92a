/** What commands need of a REC, field by field. */
import type { Pa } from '../../address';
import { pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { RMM_CONTEXT, readField, readField64, writeField, writeField64 } from '../memory';
import { REC_LAYOUT } from '../structures/rec';
import type { StructureField } from '../structures/structures';

export const REC = REC_LAYOUT.fields;

export const recField = (machine: Machine, rec: Pa, field: StructureField, index = 0): number =>
  readField(machine.memory, RMM_CONTEXT, rec, field, index);

export const recField64 = (machine: Machine, rec: Pa, field: StructureField, index = 0): bigint =>
  readField64(machine.memory, RMM_CONTEXT, rec, field, index);

export const setRecField = (machine: Machine, rec: Pa, field: StructureField, value: number, index = 0): void =>
  writeField(machine.memory, RMM_CONTEXT, rec, field, value, index);

export const setRecField64 = (machine: Machine, rec: Pa, field: StructureField, value: bigint, index = 0): void =>
  writeField64(machine.memory, RMM_CONTEXT, rec, field, value, index);

export const recOwner = (machine: Machine, rec: Pa): Pa => pa(recField(machine, rec, REC.rd));

/** PSTATE of a REC that has not run: EL1h, AArch64, DAIF masked. */
export const RESET_PSTATE = 0x3c5n;
/** SCTLR_EL1 of a REC that has not run: the RES1 bits; MMU and caches off. */
export const RESET_SCTLR = 0x30d0_0800n;
/** MDSCR_EL1 of a REC that has not run: TDCC. */
export const RESET_MDSCR = 0x1000n;
/** OSLSR_EL1 of a REC that has not run: the OS lock is open. */
export const RESET_OSLSR = 0x8n;
