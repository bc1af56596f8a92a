/** What `scripts/record-a64.mjs` runs. */
import { check } from './check';
import { record } from './record';
import { checkTexts, recordDisassembly } from './record-disassembly';
import { recordPrograms } from './record-programs';

export function main(parts: readonly string[]): void {
  if (parts[0] === 'check') {
    check(parts.slice(1));
    return;
  }
  if (parts[0] === 'text') {
    checkTexts(parts.slice(1));
    return;
  }
  const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
  if (wanted('instructions')) record();
  if (wanted('disassembly')) recordDisassembly();
  if (wanted('programs')) recordPrograms();
}
