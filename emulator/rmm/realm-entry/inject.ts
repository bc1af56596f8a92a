/** Exceptions that the RMM injects into a Realm's EL1 while its context is in the PE (Arm ARM D1.3). */
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { Pas } from '../../memory/pas';

const EC_SHIFT = 26n;
const IL = 1n << 25n;
const EC = { unknown: 0x00n, instructionAbortLower: 0x20n, dataAbortLower: 0x24n } as const;
/** ISS bits of an abort. */
const EA = 1n << 9n;
const FNV = 1n << 10n;
const S1PTW = 1n << 7n;
const FSC = 0x3fn;
const FSC_EXTERNAL = 0x10n;
/** Address Size Fault at level -1; at levels 0 to 3 the code is the level. */
const FSC_ADDRESS_SIZE_MINUS_1 = 0x29n;
/** PSTATE of the handler: EL1h, DAIF masked. */
const HANDLER_PSTATE = 0x3c5n;
/** PSTATE bits that an exception keeps: NZCV, DIT, PAN. */
const KEPT = 0xf140_0000n;
const MODE = 0xfn;
const SPAN = 1n << 23n;
const PAN = 1n << 22n;
const DSSBS = 1n << 44n;
const SSBS = 1n << 12n;

/** Offset of the synchronous vector by the mode interrupted: EL1t, EL1h, EL0 (AArch64). */
function vectorOffset(pstate: bigint): bigint {
  const mode = pstate & MODE;
  if (mode === 0n) return 0x400n;
  return mode === 4n ? 0x000n : 0x200n;
}

/** Whether the exception came from EL0: the EC for "same EL" is one more. */
const isEl0 = (pe: Pe): boolean => (readSysreg(pe, 'SPSR_EL2') & MODE) === 0n;

/** Enters the Realm's EL1 with this syndrome; ELR_EL2 and SPSR_EL2 hold what was interrupted, then the handler. */
function injectSync(machine: Machine, pe: Pe, esr: bigint, far: bigint | null): void {
  const pstate = readSysreg(pe, 'SPSR_EL2');
  const interrupted = readSysreg(pe, 'ELR_EL2');
  const fromEl0 = isEl0(pe);
  writeSysreg(pe, 'ESR_EL1', esr);
  if (far !== null) writeSysreg(pe, 'FAR_EL1', far);
  writeSysreg(pe, 'ELR_EL1', interrupted);
  writeSysreg(pe, 'SPSR_EL1', pstate);
  writeSysreg(pe, 'ELR_EL2', BigInt.asUintN(64, readSysreg(pe, 'VBAR_EL1') + vectorOffset(pstate)));
  const pan = (readSysreg(pe, 'SCTLR_EL1') & SPAN) === 0n ? PAN : 0n;
  const ssbs = machine.platform.features.general && (readSysreg(pe, 'SCTLR_EL1') & DSSBS) !== 0n ? SSBS : 0n;
  writeSysreg(pe, 'SPSR_EL2', (pstate & KEPT) | pan | ssbs | HANDLER_PSTATE);
  emit(machine, 'exception', pe.index, fromEl0 ? 0 : 1, 1, esr, far ?? 0n, interrupted, 0, Pas.Realm);
}

function injectAbort(machine: Machine, pe: Pe, esrEl2: bigint, far: bigint, fsc: bigint): void {
  const lower = esrEl2 >> EC_SHIFT === EC.instructionAbortLower ? EC.instructionAbortLower : EC.dataAbortLower;
  const ec = isEl0(pe) ? lower : lower + 1n;
  const iss = esrEl2 & 0x1ff_ffffn & ~(FSC | FNV | S1PTW | EA);
  const external = fsc === FSC_EXTERNAL ? EA : 0n;
  injectSync(machine, pe, (ec << EC_SHIFT) | (esrEl2 & IL) | iss | external | fsc, far);
}

/** Synchronous External Abort, for the abort described by ESR_EL2 and FAR_EL2. */
export const injectExternalAbort = (machine: Machine, pe: Pe, esrEl2: bigint, far: bigint): void =>
  injectAbort(machine, pe, esrEl2, far, FSC_EXTERNAL);

/** Stage 1 Address Size Fault at a level, for an access beyond the IPA space. */
export const injectAddressSizeFault = (machine: Machine, pe: Pe, esrEl2: bigint, far: bigint, level: number): void =>
  injectAbort(machine, pe, esrEl2, far, level < 0 ? FSC_ADDRESS_SIZE_MINUS_1 : BigInt(level));

/** Undefined Instruction exception. */
export const injectUndefined = (machine: Machine, pe: Pe): void =>
  injectSync(machine, pe, (EC.unknown << EC_SHIFT) | IL, null);
