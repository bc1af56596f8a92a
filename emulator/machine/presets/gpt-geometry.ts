/** Size and place of the granule protection table, from the memory map (Arm ARM, GPCCR_EL3 and GPTBR_EL3). */
import { pa } from '../../address';
import type { AddressRange, GptGeometry } from '../platform';

/** GPCCR_EL3.PPS by address bits. */
const PPS: Readonly<Record<number, number>> = { 32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5, 52: 6 };

const L0_BITS = 30;
const L1_TABLE_SIZE = 2 ** (L0_BITS - 12 - 4) * 8;

/** GPCCR_EL3 fields: GPC enabled, PGS 4 KiB, inner shareable, write-back caches, GPCP 0 (all faults at their level). */
const gpccrOf = (ppsBits: number): bigint =>
  BigInt(PPS[ppsBits] ?? 0) | (1n << 8n) | (1n << 10n) | (0b11n << 12n) | (1n << 16n);

/**
 * An L1 table for every 1 GiB that holds one of `ranges` (memory that may change its PAS, or that is not Non-secure
 * throughout); L0 blocks elsewhere. `place` gives the base for a table of so many bytes.
 */
export function gptGeometry(ranges: readonly AddressRange[], place: (size: number) => number): GptGeometry {
  const end = ranges.reduce((most, range) => Math.max(most, range.base + range.size), 0);
  const ppsBits = [32, 36, 40, 42, 44, 48, 52].find((bits) => bits >= 40 && end <= 2 ** bits) ?? 52;
  const indices = new Set<number>();
  for (const range of ranges) {
    for (let at = Math.floor(range.base / 2 ** L0_BITS); at * 2 ** L0_BITS < range.base + range.size; at++)
      indices.add(at);
  }
  const l1Indices = [...indices].sort((a, b) => a - b);
  const l0Size = 2 ** (ppsBits - L0_BITS) * 8;
  const l1Offset = Math.ceil(l0Size / L1_TABLE_SIZE) * L1_TABLE_SIZE;
  const base = place(l1Offset + l1Indices.length * L1_TABLE_SIZE);
  return {
    ppsBits,
    l0Bits: L0_BITS,
    l0Base: pa(base),
    l0Size,
    l1Base: pa(base + l1Offset),
    l1TableSize: L1_TABLE_SIZE,
    l1Indices,
    gpccr: gpccrOf(ppsBits),
    gptbr: BigInt(base / 4096),
  };
}
