import { fieldMarkdown } from './markdown';
import { entriesOf, entryOfFid, fieldsOf, structuresIn } from './vocabulary';
import { integerValue, type Word, wordAt } from './word';

export interface HoverText {
  readonly markdown: string;
  readonly start: number;
  readonly end: number;
}

const SEPARATOR = '\n\n---\n\n';

/** What to say about the word at an offset, when it is a name or an FID of the RMM's interfaces. */
export function hoverAt(text: string, offset: number): HoverText | undefined {
  const word = wordAt(text, offset);
  if (word === undefined) return undefined;
  const markdown = explain(word, text);
  return markdown === undefined ? undefined : { markdown, start: word.start, end: word.end };
}

function explain(word: Word, text: string): string | undefined {
  const value = integerValue(word.text);
  if (value !== undefined) return entryOfFid(value)?.markdown;
  if (word.member) {
    const fields = fieldsNamed(word.text, text);
    if (fields !== undefined) return fields;
  }
  const entries = entriesOf(word.text);
  return entries.length === 0 ? undefined : entries.map((entry) => entry.markdown).join(SEPARATOR);
}

/** The fields of this name in the structures the text speaks of. */
function fieldsNamed(name: string, text: string): string | undefined {
  const found = structuresIn(text).flatMap((structure) =>
    fieldsOf(structure)
      .filter((field) => field.name === name)
      .map((field) => fieldMarkdown(structure, field)),
  );
  return found.length === 0 ? undefined : found.join(SEPARATOR);
}
