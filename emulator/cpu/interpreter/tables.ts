/** Constant tables that the interpreter reads from the machine's memory, in the place `memory/map.ts` reserves. */
import { TABLES_BASE } from '../../memory/map';
import { logicalMask } from '../table/bit-masks';

/** u64 for each N:immr:imms. */
export const LOGICAL_MASKS = TABLES_BASE;
/** u16 for each condition: bit n is set when the condition holds for NZCV = n. */
export const CONDITION_TABLE = LOGICAL_MASKS + 8192 * 8;
/** u32 for each byte: CRC-32, then CRC-32C, both reflected. */
export const CRC_TABLE = CONDITION_TABLE + 64;
export const CRC_TABLE_SIZE = 256 * 4;

function conditionHolds(condition: number, nzcv: number): boolean {
  const n = (nzcv & 8) !== 0;
  const z = (nzcv & 4) !== 0;
  const c = (nzcv & 2) !== 0;
  const v = (nzcv & 1) !== 0;
  const base = [z, c, n, v, c && !z, n === v, n === v && !z, true][condition >> 1]!;
  return (condition & 1) === 1 && condition !== 15 ? !base : base;
}

function crcEntry(polynomial: number, byte: number): number {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value >>> 0;
}

/** AND, ORR, EOR and ANDS (immediate) are these words, by mask and value. */
const LOGICAL_IMMEDIATE = { mask: 0x1f80_0000, value: 0x1200_0000 };

/**
 * Puts the value of a logical immediate in its place when the instruction is first decoded: all 5,334 of them would
 * take longer to compute than the rest of starting.
 */
export function fillLogicalMask(memory: WebAssembly.Memory, word: number): void {
  if ((word & LOGICAL_IMMEDIATE.mask) !== LOGICAL_IMMEDIATE.value) return;
  const key = (word >>> 10) & 0x1fff;
  const mask = logicalMask(key >> 12, key & 0x3f, (key >> 6) & 0x3f);
  if (mask !== undefined) new DataView(memory.buffer).setBigUint64(LOGICAL_MASKS + key * 8, mask, true);
}

/** Fills the other tables. */
export function fillTables(memory: WebAssembly.Memory): void {
  const view = new DataView(memory.buffer);
  for (let condition = 0; condition < 16; condition++) {
    let holds = 0;
    for (let nzcv = 0; nzcv < 16; nzcv++) if (conditionHolds(condition, nzcv)) holds |= 1 << nzcv;
    view.setUint16(CONDITION_TABLE + condition * 2, holds, true);
  }
  [0xedb8_8320, 0x82f6_3b78].forEach((polynomial, which) => {
    for (let byte = 0; byte < 256; byte++) {
      view.setUint32(CRC_TABLE + which * CRC_TABLE_SIZE + byte * 4, crcEntry(polynomial, byte), true);
    }
  });
}
