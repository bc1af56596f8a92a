/** RmiRecParams, decoded. */
import type { Pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { HOST_CONTEXT } from '../memory';
import { fieldNumber, fieldValue, peekStructure } from '../structures/decode';
import { RMI_REC_PARAMS } from '../structures/structures';

/** Plain, so that it can wait in a frame. */
export interface RecParams {
  readonly flags: bigint;
  readonly mpidr: bigint;
  readonly pc: bigint;
  /** X0..X7. */
  readonly gprs: readonly bigint[];
  readonly numAux: number;
  readonly aux: readonly number[];
}

export const MAX_AUX = 16;

export function readRecParams(machine: Machine, page: Pa): RecParams {
  const view = peekStructure(machine.memory, HOST_CONTEXT, page, RMI_REC_PARAMS);
  const f = RMI_REC_PARAMS.fields;
  return {
    flags: fieldValue(view, f.flags),
    mpidr: fieldValue(view, f.mpidr),
    pc: fieldValue(view, f.pc),
    gprs: Array.from({ length: f.gprs.count }, (_, index) => fieldValue(view, f.gprs, index)),
    numAux: fieldNumber(view, f.num_aux),
    aux: Array.from({ length: f.aux.count }, (_, index) => fieldNumber(view, f.aux, index)),
  };
}

/** flags bit 0. */
export const isRunnable = (params: RecParams): boolean => (params.flags & 1n) !== 0n;
