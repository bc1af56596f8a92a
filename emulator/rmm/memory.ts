/**
 * How the RMM reaches memory: its own structures lie in the Realm PAS under encryption context 0, a Realm's RTTs and
 * DATA granules under the Realm's MECID, pages shared with the Host in the Non-secure PAS.
 */
import { GRANULE_SIZE, granuleOf, type Pa, pa } from '../address';
import {
  type MachineMemory,
  readBytes,
  readNumber,
  readU8,
  readU16,
  readU32,
  readU64,
  writeBytes,
  writeU8,
  writeU16,
  writeU32,
  writeU64,
  zeroGranule,
} from '../memory/memory';
import { type EncryptionContext, encryptionContext, Pas } from '../memory/pas';
import type { StructureField } from './structures/structures';

/** Context of everything the RMM keeps for itself: granule tracking, RDs, RECs and their auxiliary granules. */
export const RMM_CONTEXT = encryptionContext(Pas.Realm, 0);
/** Context of pages shared with the Host. */
export const HOST_CONTEXT = encryptionContext(Pas.NonSecure);
/** Context of a Realm's RTTs and DATA granules. */
export const realmContext = (mecid: number): EncryptionContext => encryptionContext(Pas.Realm, mecid);

const TWO_32 = 0x1_0000_0000;

const addressOf = (base: Pa, field: StructureField, index: number): Pa => pa(base + field.offset + index * field.size);

/** An integer field as a number. 64-bit fields above 2^53 give NaN, which no comparison accepts. */
export function readField(
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  field: StructureField,
  index = 0,
): number {
  const address = addressOf(base, field, index);
  switch (field.size) {
    case 1:
      return readU8(memory, context, address);
    case 2:
      return readU16(memory, context, address);
    case 4:
      return field.type === 'Int32' ? readU32(memory, context, address) | 0 : readU32(memory, context, address);
    default:
      return readNumber(memory, context, address);
  }
}

/** An integer field as a bigint. */
export function readField64(
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  field: StructureField,
  index = 0,
): bigint {
  return field.size === 8
    ? readU64(memory, context, addressOf(base, field, index))
    : BigInt(readField(memory, context, base, field, index));
}

/** A field of bytes. */
export const readFieldBytes = (
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  field: StructureField,
): Uint8Array => readBytes(memory, context, pa(base + field.offset), field.size * field.count);

/** Writes an integer field; numbers must be whole, and negative only where the field is Int32. */
export function writeField(
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  field: StructureField,
  value: number,
  index = 0,
): void {
  const address = addressOf(base, field, index);
  switch (field.size) {
    case 1:
      writeU8(memory, context, address, value);
      return;
    case 2:
      writeU16(memory, context, address, value);
      return;
    case 4:
      writeU32(memory, context, address, value >>> 0);
      return;
    default:
      writeU32(memory, context, address, value % TWO_32);
      writeU32(memory, context, pa(address + 4), Math.floor(value / TWO_32));
  }
}

export function writeField64(
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  field: StructureField,
  value: bigint,
  index = 0,
): void {
  if (field.size === 8) writeU64(memory, context, addressOf(base, field, index), BigInt.asUintN(64, value));
  else writeField(memory, context, base, field, Number(value), index);
}

export const writeFieldBytes = (
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  field: StructureField,
  value: Uint8Array,
): void => writeBytes(memory, context, pa(base + field.offset), value);

/** Wipes a granule that goes back to DELEGATED: nobody's data is left, under the RMM's own context. */
export const wipeGranule = (memory: MachineMemory, address: Pa): void =>
  zeroGranule(memory, RMM_CONTEXT, granuleOf(address));

export const PAGE = GRANULE_SIZE;
