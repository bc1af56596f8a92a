/** A REC's registers: loaded into the PE before it runs, saved when it has left. */
import type { Pa } from '../../address';
import { pa } from '../../address';
import { V } from '../../cpu/layout';
import { type Pe, readSp, readSysreg, readX, writeSp, writeSysreg, writeX } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { readBytes, writeBytes } from '../../memory/memory';
import { RMM_CONTEXT } from '../memory';
import { REC_SYSREGS } from '../structures/rec';
import { REC, recField, recField64, setRecField64 } from './rec';

const VECTOR_BYTES = 512;
const GPRS = 31;

/** The first auxiliary granule keeps V0..V31. */
const vectorsOf = (machine: Machine, rec: Pa): Pa | null =>
  recField(machine, rec, REC.numAux) > 0 ? pa(recField(machine, rec, REC.aux, 0)) : null;

export function loadContext(machine: Machine, pe: Pe, rec: Pa): void {
  for (let register = 0; register < GPRS; register++) {
    writeX(pe, register, recField64(machine, rec, REC.gprs, register));
  }
  writeSp(pe, 0, recField64(machine, rec, REC.spEl0));
  writeSp(pe, 1, recField64(machine, rec, REC.spEl1));
  REC_SYSREGS.forEach((name, index) => {
    writeSysreg(pe, name, recField64(machine, rec, REC.sysregs, index));
  });
  writeSysreg(pe, 'ELR_EL2', recField64(machine, rec, REC.pc));
  writeSysreg(pe, 'SPSR_EL2', recField64(machine, rec, REC.pstate));
  const vectors = vectorsOf(machine, rec);
  if (vectors === null) return;
  const bytes = readBytes(machine.memory, RMM_CONTEXT, vectors, VECTOR_BYTES);
  machine.memory.bytes().set(bytes, peBase(pe.index) + V);
}

export function saveContext(machine: Machine, pe: Pe, rec: Pa): void {
  for (let register = 0; register < GPRS; register++) {
    setRecField64(machine, rec, REC.gprs, readX(pe, register), register);
  }
  setRecField64(machine, rec, REC.spEl0, readSp(pe, 0));
  setRecField64(machine, rec, REC.spEl1, readSp(pe, 1));
  REC_SYSREGS.forEach((name, index) => {
    setRecField64(machine, rec, REC.sysregs, readSysreg(pe, name), index);
  });
  setRecField64(machine, rec, REC.pc, readSysreg(pe, 'ELR_EL2'));
  setRecField64(machine, rec, REC.pstate, readSysreg(pe, 'SPSR_EL2'));
  const vectors = vectorsOf(machine, rec);
  if (vectors === null) return;
  const base = peBase(pe.index) + V;
  const bytes = machine.memory.bytes().slice(base, base + VECTOR_BYTES);
  writeBytes(machine.memory, RMM_CONTEXT, vectors, bytes);
}
