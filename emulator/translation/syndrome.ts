/** From a fault to ESR, FAR and HPFAR (Arm ARM D24.2.40, ISS of Instruction and Data Aborts). */
import type { Fault } from './types';

/** Fault status code, bits 5:0 of the ISS. Level -1 codes are those of FEAT_LPA2. */
export function faultStatus(fault: Fault): number {
  const { level } = fault;
  switch (fault.kind) {
    case 'addressSize':
      return level < 0 ? 0b101001 : level;
    case 'translation':
      return level < 0 ? 0b101011 : 0b000100 + level;
    case 'accessFlag':
      return 0b001000 + level;
    case 'permission':
      return 0b001100 + level;
    case 'external':
      return fault.onWalk ? (level < 0 ? 0b010011 : 0b010100 + level) : 0b010000;
    case 'alignment':
      return 0b100001;
    case 'granule':
      return fault.onWalk ? (level < 0 ? 0b100011 : 0b100100 + level) : 0b101000;
    case 'unsupportedAtomic':
      return 0b110101;
    case 'watchpoint':
      return 0b100010;
  }
}

const WNR = 1n << 6n;
const S1PTW = 1n << 7n;
const CM = 1n << 8n;
const ISV = 1n << 24n;

/** ISS of a Data or Instruction Abort; `word` of the instruction gives ISV where the target wants it (stage 2 only). */
export function abortIss(fault: Fault, word: number | undefined, cacheMaintenance: boolean): bigint {
  let iss = BigInt(faultStatus(fault));
  if (fault.s1ptw) iss |= S1PTW;
  if (fault.access.kind === 'fetch') return iss;
  if (fault.access.kind === 'write' || cacheMaintenance) iss |= WNR;
  if (cacheMaintenance) return iss | CM;
  if (word !== undefined && fault.stage === 2 && !fault.s1ptw) iss |= accessSyndrome(word);
  return iss;
}

/** HPFAR_EL2.FIPA: bits 47:12 of the IPA from bit 4. */
export const hpfarOf = (fault: Fault): bigint => (fault.ipa === undefined ? 0n : (BigInt(fault.ipa) >> 12n) << 4n);

/**
 * ISV, SAS, SSE, SRT, SF and AR of a load or store of one general register without writeback (Arm ARM, ISS encoding
 * for a Data Abort, ISV); zero for every other form. LDTR, STTR and load-acquire, store-release are among them.
 */
export function accessSyndrome(word: number): bigint {
  const bits = (high: number, low: number): number => (word >>> low) & ((1 << (high - low + 1)) - 1);
  const size = bits(31, 30);
  const rt = bits(4, 0);
  let opc: number | undefined;
  let ordered = false;
  if (bits(29, 27) === 0b111 && bits(26, 26) === 0) {
    if (bits(25, 24) === 0b01) opc = bits(23, 22);
    else if (bits(25, 24) === 0b00) {
      const register = bits(21, 21) === 1;
      // Register offset; unscaled (00) and unprivileged (10). Post-index 01, pre-index 11 and atomics have no syndrome.
      if (register ? bits(11, 10) === 0b10 : (bits(11, 10) & 1) === 0) opc = bits(23, 22);
    }
  } else if (bits(29, 24) === 0b001000 && bits(23, 23) === 1 && bits(21, 21) === 0) {
    // LDAR, STLR, LDLAR, STLLR.
    opc = bits(22, 22);
    ordered = bits(15, 15) === 1;
  }
  if (opc === undefined) return 0n;
  const signed = opc >= 2;
  if (signed && (size === 3 || (size === 2 && opc === 3))) return 0n;
  const wide = signed ? opc === 2 : size === 3;
  return (
    ISV |
    (BigInt(size) << 22n) |
    (signed ? 1n << 21n : 0n) |
    (BigInt(rt) << 16n) |
    (wide ? 1n << 15n : 0n) |
    (ordered ? 1n << 14n : 0n)
  );
}
