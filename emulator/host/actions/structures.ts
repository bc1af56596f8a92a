/** Members of the RMM's structures by path: `vmid`, `aux[2]`, `enter.flags.trap_wfi`. */
import { BIT_FIELDS, type BitField } from '../../rmm/structures/bit-fields';
import { STRUCTURES, type Structure, type StructureField } from '../../rmm/structures/structures';
import { actionField, actionStructure } from './problems';

/** Where a member lies. */
export interface Place {
  /** Bytes from the start. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** Bits of it, from `lsb`; all of them where there is no bit field. */
  readonly lsb: number;
  readonly width: number;
}

/** @throws Problem `action-structure`, `action-field` */
export function placeOf(struct: string, member: string, path: string): Place {
  let structure: Structure | undefined = STRUCTURES[struct];
  if (structure === undefined) throw actionStructure(path, struct);
  let bits: readonly BitField[] | undefined;
  let place: Place = { offset: 0, size: structure.size, lsb: 0, width: 8 * structure.size };
  for (const part of member === '' ? [] : member.split('.')) {
    const [, name = '', index = '0'] = /^([a-z0-9_]+)(?:\[(\d+)\])?$/i.exec(part) ?? [];
    const bit = bits?.find((each) => each.name === name);
    const field: StructureField | undefined = structure?.fields[name];
    if (bit !== undefined) {
      place = { ...place, lsb: bit.lsb, width: bit.width };
      structure = undefined;
    } else if (field !== undefined && Number(index) < field.count) {
      place = {
        offset: place.offset + field.offset + Number(index) * field.size,
        size: field.size,
        lsb: 0,
        width: 8 * field.size,
      };
      structure = STRUCTURES[field.type];
      bits = (BIT_FIELDS as Readonly<Record<string, readonly BitField[]>>)[field.type];
    } else throw actionField(path, struct, member);
  }
  return place;
}

/** A member's value, little endian; of a longer member its first 8 bytes. */
export function readPlace(bytes: Uint8Array, { offset, size, lsb, width }: Place): bigint {
  let value = 0n;
  for (let at = Math.min(size, 8) - 1; at >= 0; at--) value = value * 256n + BigInt(bytes[offset + at] ?? 0);
  return (value >> BigInt(lsb)) % (1n << BigInt(Math.min(width, 64)));
}

export function writePlace(bytes: Uint8Array, place: Place, value: bigint): void {
  const { offset, size, lsb, width } = place;
  const whole = readPlace(bytes, { offset, size, lsb: 0, width: 64 });
  const mask = ((1n << BigInt(Math.min(width, 64))) - 1n) << BigInt(lsb);
  let rest = (whole & ~mask) | ((value << BigInt(lsb)) & mask);
  for (let at = 0; at < Math.min(size, 8); at++) {
    bytes[offset + at] = Number(rest % 256n);
    rest /= 256n;
  }
}
