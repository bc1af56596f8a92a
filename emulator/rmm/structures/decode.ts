/** Reads structures in memory through their field tables: one decoding for the commands and for whoever shows them. */
import { type Pa, pa } from '../../address';
import { type MachineMemory, peekBytes } from '../../memory/memory';
import type { EncryptionContext } from '../../memory/pas';
import type { Structure, StructureField } from './structures';

/** Bytes of a structure, taken without changing anything: page not allocated, not re-expressed. */
export const peekStructure = (
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  structure: Structure,
): DataView => {
  const bytes = peekBytes(memory, context, pa(base), structure.size);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** An integer field of up to 8 bytes; Int32 and Int64 are sign extended. */
export function fieldValue(view: DataView, field: StructureField, index = 0): bigint {
  const offset = field.offset + index * field.size;
  switch (field.size) {
    case 1:
      return BigInt(view.getUint8(offset));
    case 2:
      return BigInt(view.getUint16(offset, true));
    case 4:
      return BigInt(field.type === 'Int32' ? view.getInt32(offset, true) : view.getUint32(offset, true));
    default:
      return field.type === 'Int64' ? view.getBigInt64(offset, true) : view.getBigUint64(offset, true);
  }
}

/** The same as a number; what does not fit is infinite. */
export function fieldNumber(view: DataView, field: StructureField, index = 0): number {
  const value = fieldValue(view, field, index);
  return value < 0x20_0000_0000_0000n ? Number(value) : Number.POSITIVE_INFINITY;
}

/** A field of bytes. */
export const fieldBytes = (view: DataView, field: StructureField, index = 0): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + field.offset + index * field.size, field.size);
