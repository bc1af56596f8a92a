/**
 * RTT entries in their architectural encoding (Arm ARM D8.3, VMSAv8-64 stage 2, 4 KiB granule), as two 32-bit halves so
 * that no bigint is made. The PE's table walk reads exactly these words.
 *
 * Valid: TABLE is 0b11 above level 3. ASSIGNED with RIPAS RAM is a block or page: Normal Write-Back (FWB), read and
 * write, inner shareable, Access flag set. ASSIGNED_NS has the Host's MemAttr and S2AP, NS (bit 55) and execute-never.
 *
 * Invalid (bits 1:0 zero; the architecture ignores the rest) is ours to use:
 * bits 4:2 HIPAS: 0 UNASSIGNED, 1 ASSIGNED (the output address is kept in place), bits 6:5 RIPAS, bit 55 UNASSIGNED_NS.
 * A page of zeros is therefore a table of UNASSIGNED, EMPTY entries.
 */
import { type Pa, pa } from '../../address';
import { PAGE_LEVEL } from './geometry';

export const Hipas = { Unassigned: 0, Assigned: 1, UnassignedNs: 2, AssignedNs: 3, Table: 4 } as const;
export type Hipas = (typeof Hipas)[keyof typeof Hipas];
export const HIPAS_NAMES = ['UNASSIGNED', 'ASSIGNED', 'UNASSIGNED_NS', 'ASSIGNED_NS', 'TABLE'] as const;

export const Ripas = { Empty: 0, Ram: 1, Destroyed: 2 } as const;
export type Ripas = (typeof Ripas)[keyof typeof Ripas];
export const RIPAS_NAMES = ['EMPTY', 'RAM', 'DESTROYED'] as const;

/** A descriptor: bits 31:0 and 63:32. */
export interface Descriptor {
  readonly lo: number;
  readonly hi: number;
}

const TWO_32 = 0x1_0000_0000;
const TWO_50 = 2 ** 50;

const TYPE_BLOCK = 0b01;
const TYPE_TABLE_OR_PAGE = 0b11;
const HIPAS_ASSIGNED = 1 << 2;
const RIPAS_SHIFT = 5;
const MEMATTR_WRITE_BACK = 0b110 << 2;
const S2AP_READ_WRITE = 0b11 << 6;
const SH_INNER = 0b11 << 8;
const ACCESS_FLAG = 1 << 10;
/** Bit 55, in the upper half. */
const NS_HI = 1 << 23;
/** Bit 54: XN[1], not executable at EL1 nor EL0. */
const XN_HI = 1 << 22;
/** Output address bits 49:32, in the upper half (bits 49:48 are zero without LPA2). */
const ADDRESS_HI = 0x3_ffff;
/** MemAttr[2:0] and S2AP: what the Host chooses of an ASSIGNED_NS entry. */
export const HOST_ATTRIBUTES = 0b1101_1100;

const leafType = (level: number): number => (level === PAGE_LEVEL ? TYPE_TABLE_OR_PAGE : TYPE_BLOCK);
/** Output address bits 31:12, and with LPA2 bits 51:50 at descriptor bits 9:8. */
const addressLo = (address: number, lpa2: boolean): number =>
  ((address % TWO_32) & 0xffff_f000) | (lpa2 ? Math.floor(address / TWO_50) << 8 : 0);
const addressHi = (address: number): number => Math.floor(address / TWO_32) & ADDRESS_HI;

export const isTable = (lo: number, level: number): boolean => (lo & 3) === TYPE_TABLE_OR_PAGE && level < PAGE_LEVEL;

export function hipasOf(lo: number, hi: number, level: number): Hipas {
  if (isTable(lo, level)) return Hipas.Table;
  const ns = (hi & NS_HI) !== 0;
  if ((lo & 1) !== 0) return ns ? Hipas.AssignedNs : Hipas.Assigned;
  if (ns) return Hipas.UnassignedNs;
  return (lo & HIPAS_ASSIGNED) !== 0 ? Hipas.Assigned : Hipas.Unassigned;
}

/** RIPAS of a Protected leaf entry. */
export const ripasOf = (lo: number): Ripas => ((lo & 1) !== 0 ? Ripas.Ram : (((lo >> RIPAS_SHIFT) & 3) as Ripas));

/** Output or table address of an entry that has one. */
export const addressIn = (lo: number, hi: number, lpa2: boolean): Pa =>
  pa(((lo & 0xffff_f000) >>> 0) + (hi & ADDRESS_HI) * TWO_32 + (lpa2 ? ((lo >> 8) & 3) * TWO_50 : 0));

/** MemAttr and S2AP bits of an ASSIGNED_NS entry, in place. */
export const hostAttributesOf = (lo: number): number => lo & HOST_ATTRIBUTES;

export const tableDescriptor = (table: number, lpa2: boolean): Descriptor => ({
  lo: (addressLo(table, lpa2) | TYPE_TABLE_OR_PAGE) >>> 0,
  hi: addressHi(table),
});

export const unassignedDescriptor = (ripas: Ripas): Descriptor => ({ lo: ripas << RIPAS_SHIFT, hi: 0 });

export const UNASSIGNED_NS: Descriptor = { lo: 0, hi: NS_HI };

/** ASSIGNED: valid when RIPAS is RAM, else invalid with the address kept. */
export const assignedDescriptor = (address: number, ripas: Ripas, level: number, lpa2: boolean): Descriptor => ({
  lo:
    (addressLo(address, lpa2) |
      (ripas === Ripas.Ram
        ? leafType(level) | MEMATTR_WRITE_BACK | S2AP_READ_WRITE | ACCESS_FLAG | (lpa2 ? 0 : SH_INNER)
        : HIPAS_ASSIGNED | (ripas << RIPAS_SHIFT))) >>>
    0,
  hi: addressHi(address),
});

/** ASSIGNED_NS with the Host's attributes (`HOST_ATTRIBUTES`, in place). */
export const assignedNsDescriptor = (
  address: number,
  attributes: number,
  level: number,
  lpa2: boolean,
): Descriptor => ({
  lo: (addressLo(address, lpa2) | leafType(level) | attributes | ACCESS_FLAG | (lpa2 ? 0 : SH_INNER)) >>> 0,
  hi: addressHi(address) | NS_HI | XN_HI,
});

/** The 64-bit value, for events and display. */
export const descriptorValue = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
