/**
 * What a pointer authentication instruction depends on besides its keys, as one word in the PE area (PAUTH_CONFIG): it is
 * worked out when it is first needed after a change of the EL or of a control register (`derive` makes it 0).
 */
import { CURRENT_EL, PAUTH_CONFIG } from '../layout';
import { type SysregName, sysregOffset } from '../sysreg/sysreg';

/** Bits of the word. The first four say by key (IA, IB, DA, DB) that its instructions leave the pointer as it is. */
export const CONFIG = {
  OFF: 0xf,
  /** Any instruction that is not off, and PACGA, traps to EL2; to EL3. */
  TRAP2: 1 << 4,
  TRAP3: 1 << 5,
  /** The top byte is ignored: of instruction and data addresses, in the lower and the upper half. */
  LOWER_TBI_INSTRUCTION: 1 << 6,
  LOWER_TBI_DATA: 1 << 7,
  UPPER_TBI_INSTRUCTION: 1 << 8,
  UPPER_TBI_DATA: 1 << 9,
  /** Bit 55 of the pointer selects the half even where its top byte counts. */
  SELECT_55_INSTRUCTION: 1 << 10,
  SELECT_55_DATA: 1 << 11,
  /** Not there at all: hints do nothing. */
  ABSENT: 1 << 12,
  KNOWN: 1 << 31,
} as const;
/** The lowest bit of the authentication code in the lower and the upper half: six bits each. */
export const LOWER_BOTTOM_SHIFT = 16;
export const UPPER_BOTTOM_SHIFT = 22;

const at = Object.fromEntries(
  (
    [
      'ID_AA64ISAR1_EL1',
      'HCR_EL2',
      'SCR_EL3',
      'SCTLR_EL1',
      'SCTLR_EL2',
      'SCTLR_EL3',
      'TCR_EL1',
      'TCR_EL2',
      'TCR_EL3',
    ] as const
  ).map((name) => [name, sysregOffset(name)]),
) as Record<SysregName, number>;

/** SCTLR_ELx.{EnIA,EnIB,EnDA,EnDB}. */
const ENABLES = [31, 30, 27, 13] as const;
const API_FIELDS = 0xff0;
const HCR_TGE = 27;
const HCR_E2H = 34;
const HCR_API = 41;
const SCR_NS = 0;
const SCR_API = 17;
const SCR_EEL2 = 18;

const bit = (value: bigint, index: number): number => Number((value >> BigInt(index)) & 1n);
const bits = (value: bigint, low: number, count: number): number =>
  Number((value >> BigInt(low)) & ((1n << BigInt(count)) - 1n));

/** CalculateBottomPACBit: TxSZ within what is allowed. */
function bottomBit(txsz: number, is64k: boolean): number {
  const most = is64k ? 47 : 48;
  return 64 - Math.min(Math.max(txsz, 16), most);
}

interface Half {
  readonly bottom: number;
  readonly tbi: number;
  /** TBID: the top byte of instruction addresses counts. */
  readonly tbid: number;
}

const LOWER = { size: 0, granule: 14, granule64k: 1, tbi: 37, tbid: 51 } as const;
const UPPER = { size: 16, granule: 30, granule64k: 3, tbi: 38, tbid: 52 } as const;
const ONLY = { size: 0, granule: 14, granule64k: 1, tbi: 20, tbid: 29 } as const;

const halfOf = (tcr: bigint, at: typeof LOWER | typeof UPPER | typeof ONLY): Half => ({
  bottom: bottomBit(bits(tcr, at.size, 6), bits(tcr, at.granule, 2) === at.granule64k),
  tbi: bit(tcr, at.tbi),
  tbid: bit(tcr, at.tbid),
});

/** The word for what the PE is now (never 0). */
function compute(view: DataView, pe: number): number {
  const read = (name: keyof typeof at): bigint => view.getBigUint64(pe + at[name], true);
  if ((view.getUint32(pe + at.ID_AA64ISAR1_EL1, true) & API_FIELDS) === 0) {
    return CONFIG.KNOWN | CONFIG.ABSENT | CONFIG.OFF;
  }
  const el = view.getUint32(pe + CURRENT_EL, true);
  const hcr = read('HCR_EL2');
  const scr = read('SCR_EL3');
  const el2Enabled = bit(scr, SCR_NS) === 1 || bit(scr, SCR_EEL2) === 1;
  const e2h = el2Enabled && bit(hcr, HCR_E2H) === 1;
  const hosted = e2h && bit(hcr, HCR_TGE) === 1;
  const regime = el === 3 ? 3 : el === 2 || (el === 0 && hosted) ? 2 : 1;
  const sctlr = read(`SCTLR_EL${regime}`);
  const tcr = read(`TCR_EL${regime}`);
  const two = regime === 1 || (regime === 2 && e2h);
  const lower = halfOf(tcr, two ? LOWER : ONLY);
  const upper = two ? halfOf(tcr, UPPER) : lower;
  let config: number = CONFIG.KNOWN;
  ENABLES.forEach((enable, key) => {
    if (bit(sctlr, enable) === 0) config |= 1 << key;
  });
  if (el < 2 && el2Enabled && bit(hcr, HCR_API) === 0 && !(el === 0 && hosted)) config |= CONFIG.TRAP2;
  if (el < 3 && bit(scr, SCR_API) === 0) config |= CONFIG.TRAP3;
  if (lower.tbi === 1) config |= CONFIG.LOWER_TBI_DATA | (lower.tbid === 1 ? 0 : CONFIG.LOWER_TBI_INSTRUCTION);
  if (upper.tbi === 1) config |= CONFIG.UPPER_TBI_DATA | (upper.tbid === 1 ? 0 : CONFIG.UPPER_TBI_INSTRUCTION);
  if (two && (lower.tbi === 1 || upper.tbi === 1)) config |= CONFIG.SELECT_55_DATA;
  if (two && ((lower.tbi === 1 && lower.tbid === 0) || (upper.tbi === 1 && upper.tbid === 0))) {
    config |= CONFIG.SELECT_55_INSTRUCTION;
  }
  return config | (lower.bottom << LOWER_BOTTOM_SHIFT) | (upper.bottom << UPPER_BOTTOM_SHIFT);
}

/** PAUTH_CONFIG of the PE whose area is at `pe`. */
export function pauthConfig(view: DataView, pe: number): number {
  const known = view.getInt32(pe + PAUTH_CONFIG, true);
  if (known !== 0) return known;
  const config = compute(view, pe);
  view.setInt32(pe + PAUTH_CONFIG, config, true);
  return config;
}
