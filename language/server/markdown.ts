import type { CatalogueCommand, CatalogueOperand } from '../../emulator/rmm/commands/catalogue-types';
import type { BitField } from '../../emulator/rmm/structures/bit-fields';
import type { Enumeration } from '../../emulator/rmm/structures/enumerations';
import type { Structure, StructureField } from '../../emulator/rmm/structures/structures';

const INTERFACE_WORDS = { rmi: 'RMI, Host → RMM', rsi: 'RSI, Realm → RMM', psci: 'PSCI, Realm → RMM' } as const;

export const hex = (value: number, digits = 1): string => `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;

/** A cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---|').join('')}`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
];

/**
 * Everything a caller needs: registers in and out, the failure conditions in the order in which they are checked, and
 * what happens when none holds.
 */
export function commandMarkdown(command: CatalogueCommand): string {
  const fids = [command.fid, ...(command.fidAlt === undefined ? [] : [command.fidAlt])].map(
    (fid) => `\`${hex(fid, 8)}\``,
  );
  const lines = [
    `**${command.name}** ${fids.join(', ')} · ${INTERFACE_WORDS[command.interface]} · RMM ${command.versions.join(', ')}`,
    '',
    command.summary,
  ];
  if (command.inputs.length > 0) lines.push('', ...operandTable('Input', command.inputs));
  if (command.outputs.length > 0) lines.push('', ...operandTable('Output', command.outputs));
  if (command.failures.length > 0) {
    lines.push('', 'Fails, checked in this order:', '');
    lines.push(
      ...command.failures.map(
        ({ id, text, status, versions }) => `1. \`${id}\`: ${text} → \`${status}\`${onlyIn(versions)}`,
      ),
    );
  }
  if (command.effects.length > 0) {
    lines.push('', 'Else:', '');
    lines.push(...command.effects.map(({ name, text }) => `- \`${name}\`: ${text}`));
  }
  if (command.notes.length > 0) lines.push('', ...command.notes.map((note) => `- ${note}`));
  return lines.join('\n');
}

/** Of a condition that not every version of the command has. */
const onlyIn = (versions: readonly string[] | undefined): string =>
  versions === undefined ? '' : ` (RMM ${versions.join(', ')} only)`;

const operandTable = (title: string, operands: readonly CatalogueOperand[]): string[] =>
  table(
    [title, 'Name', 'Type', ''],
    operands.map(({ reg, name, type, summary, validWhen }) => [
      reg,
      `\`${name}\``,
      type,
      validWhen === undefined ? summary : `${summary} (valid when ${validWhen})`,
    ]),
  );

export function structureMarkdown(name: string, structure: Structure): string {
  const rows = Object.values(structure.fields).map((field) => [
    hex(field.offset),
    `\`${field.name}\``,
    fieldType(field),
    field.summary,
  ]);
  return [
    `**${name}** ${hex(structure.size)} bytes · ${structure.summary}`,
    '',
    ...table(['Offset', 'Field', 'Type', ''], rows),
  ].join('\n');
}

export const fieldType = ({ type, count }: StructureField): string => (count === 1 ? type : `${type} × ${count}`);

export const fieldMarkdown = (owner: string, field: StructureField): string =>
  `**${owner}.${field.name}** ${fieldType(field)}, ${field.size * field.count} bytes at offset ${hex(field.offset)}\n\n${field.summary}`;

export function bitFieldsMarkdown(name: string, fields: readonly BitField[]): string {
  const rows = fields.map(({ name: field, lsb, width, type, summary }) => [
    width === 1 ? `${lsb}` : `${lsb + width - 1}:${lsb}`,
    `\`${field}\``,
    type,
    summary,
  ]);
  return [`**${name}**`, '', ...table(['Bits', 'Field', 'Type', ''], rows)].join('\n');
}

export function enumerationMarkdown(name: string, enumeration: Enumeration): string {
  const rows = Object.entries(enumeration).map(([constant, value]) => [`${value}`, `\`${constant}\``]);
  return [`**${name}**`, '', ...table(['Value', 'Name'], rows)].join('\n');
}

export const constantMarkdown = (constant: string, value: number, enumeration: string, meaning?: string): string =>
  [`**${constant}** = ${value} · ${enumeration}`, ...(meaning === undefined ? [] : ['', meaning])].join('\n');
