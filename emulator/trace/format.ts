/** Register values of commands as people read them, by their type in the command catalogue. */
import { toHex } from '../../attestation/bytes';
import { formatAddress } from '../format';
import type { CatalogueOperand } from '../rmm/commands/catalogue-types';
import { BIT_FIELDS, type BitField } from '../rmm/structures/bit-fields';
import { ENUMERATIONS } from '../rmm/structures/enumerations';
import { STRUCTURES } from '../rmm/structures/structures';

const ENUMERATION_TABLE: Readonly<Record<string, Readonly<Record<string, number>>>> = ENUMERATIONS;
const FIELD_TABLE: Readonly<Record<string, readonly BitField[]>> = BIT_FIELDS;

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** The whole name of an enumeration's value: that is what one searches the specification for. */
function enumerationText(type: string, value: bigint): string | undefined {
  const table = ENUMERATION_TABLE[type];
  if (table === undefined) return undefined;
  const wanted = type === 'PsciReturnCode' ? BigInt.asIntN(32, value) : value;
  const found = Object.entries(table).find(([, code]) => BigInt(code) === wanted);
  return found?.[0] ?? value.toString();
}

function fieldsText(fields: readonly BitField[], value: bigint): string {
  const set = fields
    .map((field) => ({ field, bits: (value >> BigInt(field.lsb)) & ((1n << BigInt(field.width)) - 1n) }))
    .filter(({ bits }) => bits !== 0n);
  if (set.length === 0) return '0';
  return set.map(({ field, bits }) => (field.width === 1 ? field.name : `${field.name}=${bits}`)).join('|');
}

/** 1.0 */
const versionText = (value: bigint): string => `${(value >> 16n) & 0x7fffn}.${value & 0xffffn}`;

/** A register value by the name of its type. */
export function formatValue(type: string, value: bigint): string {
  // An operand with the type of a structure is its address.
  if (type === 'Address' || type in STRUCTURES) return formatAddress(value);
  if (type.endsWith('InterfaceVersion')) return versionText(value);
  if (type.startsWith('UInt')) return value.toString();
  if (type.startsWith('Int')) return signed(value).toString();
  const name = enumerationText(type, value);
  if (name !== undefined) return name;
  const fields = FIELD_TABLE[type];
  if (fields !== undefined) return fieldsText(fields, value);
  return `0x${value.toString(16)}`;
}

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Eight bytes of a register, in memory order. */
function registerBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes;
}

/**
 * Operands with their values. A byte string spread over registers (`challenge_0`, `challenge_1` …) is shown as one;
 * `undefined` stands for a register that was not recorded.
 */
export function formatOperands(
  operands: readonly CatalogueOperand[],
  registerValue: (register: number) => bigint | undefined,
): NamedText[] {
  const texts: NamedText[] = [];
  for (let at = 0; at < operands.length; at++) {
    const operand = operands[at];
    if (operand === undefined) continue;
    const stem = /^(.*)_0$/.exec(operand.name)?.[1];
    if (stem !== undefined && operand.type === 'Bits64') {
      let hex = '';
      let complete = true;
      for (; operands[at]?.name.startsWith(`${stem}_`) === true; at++) {
        const value = registerValue(registerOf(operands[at]));
        if (value === undefined) complete = false;
        else if (complete) hex += toHex(registerBytes(value));
      }
      at--;
      texts.push({ name: stem, text: complete ? hex : `${hex}…` });
      continue;
    }
    const value = registerValue(registerOf(operand));
    texts.push({ name: operand.name, text: value === undefined ? '…' : formatValue(operand.type, value) });
  }
  return texts;
}

const registerOf = (operand: CatalogueOperand | undefined): number => Number(operand?.reg.slice(1) ?? 0);
