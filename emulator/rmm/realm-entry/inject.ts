/** Exceptions that the RMM injects into a Realm's EL1 while its context is in the PE (Arm ARM D1.3). */
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';

const EC_SHIFT = 26n;
const IL = 1n << 25n;
const EC = { unknown: 0x00n, instructionAbortLower: 0x20n, dataAbortLower: 0x24n } as const;
/** ISS bits of an abort. */
const EA = 1n << 9n;
const FNV = 1n << 10n;
const S1PTW = 1n << 7n;
const FSC = 0x3fn;
const FSC_EXTERNAL = 0x10n;
const FSC_ADDRESS_SIZE_0 = 0x00n;
/** PSTATE of the handler: EL1h, DAIF masked. */
const HANDLER_PSTATE = 0x3c5n;
/** PSTATE bits that an exception keeps: NZCV, DIT, PAN. */
const KEPT = 0xf140_0000n;
const MODE = 0xfn;
const SPAN = 1n << 23n;
const PAN = 1n << 22n;

/** Offset of the synchronous vector by the mode interrupted: EL1t, EL1h, EL0 (AArch64). */
function vectorOffset(pstate: bigint): bigint {
  const mode = pstate & MODE;
  if (mode === 0n) return 0x400n;
  return mode === 4n ? 0x000n : 0x200n;
}

/** Enters the Realm's EL1 with this syndrome; ELR_EL2 and SPSR_EL2 hold what was interrupted, then the handler. */
function injectSync(pe: Pe, esr: bigint, far: bigint | null): void {
  const pstate = readSysreg(pe, 'SPSR_EL2');
  writeSysreg(pe, 'ESR_EL1', esr);
  if (far !== null) writeSysreg(pe, 'FAR_EL1', far);
  writeSysreg(pe, 'ELR_EL1', readSysreg(pe, 'ELR_EL2'));
  writeSysreg(pe, 'SPSR_EL1', pstate);
  writeSysreg(pe, 'ELR_EL2', BigInt.asUintN(64, readSysreg(pe, 'VBAR_EL1') + vectorOffset(pstate)));
  const pan = (readSysreg(pe, 'SCTLR_EL1') & SPAN) === 0n ? PAN : 0n;
  writeSysreg(pe, 'SPSR_EL2', (pstate & KEPT) | pan | HANDLER_PSTATE);
}

/** Whether the exception came from EL0: the EC for "same EL" is one more. */
const fromEl0 = (pe: Pe): boolean => (readSysreg(pe, 'SPSR_EL2') & MODE) === 0n;

function injectAbort(pe: Pe, esrEl2: bigint, far: bigint, fsc: bigint): void {
  const lower = esrEl2 >> EC_SHIFT === EC.instructionAbortLower ? EC.instructionAbortLower : EC.dataAbortLower;
  const ec = fromEl0(pe) ? lower : lower + 1n;
  const iss = esrEl2 & 0x1ff_ffffn & ~(FSC | FNV | S1PTW | EA);
  const external = fsc === FSC_EXTERNAL ? EA : 0n;
  injectSync(pe, (ec << EC_SHIFT) | (esrEl2 & IL) | iss | external | fsc, far);
}

/** Synchronous External Abort, for the abort described by ESR_EL2 and FAR_EL2. */
export const injectExternalAbort = (pe: Pe, esrEl2: bigint, far: bigint): void =>
  injectAbort(pe, esrEl2, far, FSC_EXTERNAL);

/** Stage 1 Address Size Fault at level 0, for an access beyond the IPA space. */
export const injectAddressSizeFault = (pe: Pe, esrEl2: bigint, far: bigint): void =>
  injectAbort(pe, esrEl2, far, FSC_ADDRESS_SIZE_0);

/** Undefined Instruction exception. */
export const injectUndefined = (pe: Pe): void => injectSync(pe, (EC.unknown << EC_SHIFT) | IL, null);
