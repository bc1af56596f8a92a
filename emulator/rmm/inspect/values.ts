/** Register values and structures in memory, decoded by the type names of the tables. */
import { toHex } from '../../../attestation/bytes';
import { type Pa, pa } from '../../address';
import { hex } from '../../format';
import type { MachineMemory } from '../../memory/memory';
import type { EncryptionContext } from '../../memory/pas';
import { BIT_FIELDS, type BitField } from '../structures/bit-fields';
import { fieldBytes, fieldValue, peekStructure } from '../structures/decode';
import { ENUMERATIONS, type Enumeration } from '../structures/enumerations';
import { STRUCTURES, type Structure, type StructureField } from '../structures/structures';
import type { DecodedValue } from './types';

const bitFields = (type: string): readonly BitField[] | undefined =>
  (BIT_FIELDS as Readonly<Record<string, readonly BitField[]>>)[type];
const enumeration = (type: string): Enumeration | undefined =>
  (ENUMERATIONS as Readonly<Record<string, Enumeration>>)[type];

/** As it is shown: names for enumerations, decimal for counts, hexadecimal for the rest. */
function textOf(type: string, value: bigint): string {
  const names = enumeration(type);
  if (names !== undefined) {
    const signed = type === 'PsciReturnCode' ? BigInt.asIntN(64, value) : value;
    const found = Object.entries(names).find(([, code]) => BigInt(code) === signed);
    return found === undefined ? hex(value) : found[0];
  }
  if (type.startsWith('UInt')) return value.toString();
  if (type.startsWith('Int')) return BigInt.asIntN(64, value).toString();
  return hex(value);
}

/** A value in a register or field. */
export function decodeValue(name: string, type: string, value: bigint, summary: string): DecodedValue {
  const fields = bitFields(type);
  const plain: DecodedValue = { name, type, text: textOf(type, value), value, summary };
  if (fields === undefined) return plain;
  return {
    ...plain,
    fields: fields.map((field) => {
      const part = (value >> BigInt(field.lsb)) & ((1n << BigInt(field.width)) - 1n);
      return decodeValue(field.name, field.type, part, field.summary);
    }),
  };
}

/** Whether operands of this type are pointers to a structure. */
export const isStructure = (type: string): boolean => type in STRUCTURES;

/** A structure in memory; nothing is allocated or re-expressed. */
export function decodeStructure(
  memory: MachineMemory,
  context: EncryptionContext,
  name: string,
  type: string,
  base: Pa,
): DecodedValue | null {
  const structure: Structure | undefined = STRUCTURES[type];
  if (structure === undefined) return null;
  const view = peekStructure(memory, context, base, structure);
  const fields = Object.values(structure.fields).map((field) => decodeField(memory, context, base, view, field));
  return { name, type, text: `at ${hex(base)}`, value: null, summary: structure.summary, pa: base, fields };
}

function decodeField(
  memory: MachineMemory,
  context: EncryptionContext,
  base: Pa,
  view: DataView,
  field: StructureField,
): DecodedValue {
  const { name, type, summary } = field;
  const at = pa(base + field.offset);
  const nested = decodeStructure(memory, context, name, type, at);
  if (nested !== null) return { ...nested, summary };
  if (field.size > 8) {
    return { name, type, text: toHex(fieldBytes(view, field)), value: null, summary, pa: at };
  }
  if (field.count === 1) return { ...decodeValue(name, type, fieldValue(view, field), summary), pa: at };
  return {
    name,
    type: `${type}[${field.count}]`,
    text: `${field.count} elements`,
    value: null,
    summary,
    pa: at,
    fields: Array.from({ length: field.count }, (_, index) => ({
      ...decodeValue(`${name}[${index}]`, type, fieldValue(view, field, index), summary),
      pa: pa(at + index * field.size),
    })),
  };
}
