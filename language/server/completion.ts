import { fieldMarkdown, fieldType, hex } from './markdown';
import { ENTRIES, type EntryKind, fieldsOf, structuresIn } from './vocabulary';
import { prefixAt } from './word';

export interface Completion {
  readonly label: string;
  readonly kind: EntryKind | 'field';
  readonly detail: string;
  readonly markdown: string;
  /** The text to replace. */
  readonly start: number;
  readonly end: number;
}

/** Characters to type before names are offered: fewer would put them into every list of a C file. */
const SHORTEST_PREFIX = 2;

/** Names that begin like the word before an offset, or fields after `.` and `->`. */
export function completionsAt(text: string, offset: number): Completion[] {
  const { text: prefix, start, end, member } = prefixAt(text, offset);
  if (member) return fieldCompletions(text, prefix, start, end);
  const macro = /^SMC_/i.exec(prefix)?.[0]?.toUpperCase() ?? '';
  const wanted = prefix.slice(macro.length).toUpperCase();
  if (prefix.length < SHORTEST_PREFIX) return [];
  return ENTRIES.filter((entry) => entry.name.toUpperCase().startsWith(wanted))
    .filter((entry) => macro === '' || entry.kind === 'command')
    .map(({ name, kind, detail, markdown }) => ({ label: macro + name, kind, detail, markdown, start, end }));
}

function fieldCompletions(text: string, prefix: string, start: number, end: number): Completion[] {
  return structuresIn(text).flatMap((structure) =>
    fieldsOf(structure)
      .filter((field) => field.name.startsWith(prefix))
      .map((field) => ({
        label: field.name,
        kind: 'field' as const,
        detail: `${structure} + ${hex(field.offset)}, ${fieldType(field)}`,
        markdown: fieldMarkdown(structure, field),
        start,
        end,
      })),
  );
}
