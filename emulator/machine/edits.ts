/**
 * What a person at a debugger changes in a standing machine. Every change goes through the input log, stamped with the
 * position, so that a run with edits can be performed again.
 */
import { GRANULE_SIZE, type Pa, pa } from '../address';
import { type Pe, peOf, readPstate, writePc, writePstate, writeSp, writeSysreg, writeV, writeX } from '../cpu/pe';
import { isView } from '../cpu/sysreg/observe';
import { findSysreg } from '../cpu/sysreg/sysreg';
import { writeBytes } from '../memory/memory';
import type { EncryptionContext } from '../memory/pas';
import type { Machine } from './machine';

/** M[4:0]: the EL and the Security state's register width are not a debugger's to change. */
const PSTATE_MODE = 0x1f;

/** Writes bytes of one granule in an encryption context. Predecoded code and cached translations of it go. */
export function editMemory(machine: Machine, context: EncryptionContext, at: Pa, bytes: Uint8Array): void {
  if ((at % GRANULE_SIZE) + bytes.length > GRANULE_SIZE) throw new RangeError('An edit lies in one granule.');
  machine.inputs.entries.push({
    kind: 'memory',
    position: machine.clock.position,
    context,
    pa: at,
    bytes: bytes.slice(),
  });
  writeBytes(machine.memory, context, pa(at), bytes);
}

/**
 * Writes a register of a PE: `X0` to `X30`, `SP_EL0` to `SP_EL3`, `PC`, `PSTATE` (in SPSR form; its mode stays), `V0` to
 * `V31` (128 bits), or a system register as it is stored. False: there is no such register, or it is a view of another
 * (DAIF of PSTATE, a TVAL of its CVAL), which is to be written instead.
 */
export function editRegister(machine: Machine, index: number, name: string, value: bigint): boolean {
  const pe = peOf(machine, index);
  if (!put(pe, name, value)) return false;
  machine.inputs.entries.push({ kind: 'register', position: machine.clock.position, pe: index, name, value });
  return true;
}

function put(pe: Pe, name: string, value: bigint): boolean {
  const [, kind, digits] = /^(X|V|SP_EL)([0-9]+)$/.exec(name) ?? [];
  const number = Number(digits);
  if (kind === 'X' && number < 31) writeX(pe, number, value);
  else if (kind === 'V' && number < 32) writeV(pe, number, value);
  else if (kind === 'SP_EL' && number < 4) writeSp(pe, number, value);
  else if (name === 'PC') writePc(pe, value);
  else if (name === 'PSTATE') writePstate(pe, withMode(Number(BigInt.asUintN(32, value)), readPstate(pe)));
  else {
    const row = findSysreg(name);
    if (row === undefined || isView(row)) return false;
    writeSysreg(pe, row.name, value);
  }
  return true;
}

const withMode = (pstate: number, mode: number): number => ((pstate & ~PSTATE_MODE) | (mode & PSTATE_MODE)) >>> 0;
