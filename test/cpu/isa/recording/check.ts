/** Compares random instances of some rows with qemu, live: `node scripts/record-a64.mjs check <row> [count] [seed]`. */
import { disassemble } from '../../../../emulator/cpu/disassembly/disassemble';
import { ROWS, rowOf } from '../../../../emulator/cpu/table/table';
import { type Case, fillInstance, instanceWord, offsetOf } from './cases';
import { leftOut } from './left-out';
import { differences, Ending, inputs } from './outcome';
import { createQemu } from './qemu';
import { createReplayer } from './replay';
import { CODE, createState } from './state';
import { shapeOf } from './words';

const SHOWN = 12;

/** Instances of a row: of the seeds from `first` on, those that are its words and make sense. */
export function instancesOf(row: (typeof ROWS)[number], count: number, first: number): Case[] {
  const shape = shapeOf(row);
  const scratch = createState();
  const cases: Case[] = [];
  for (let index = first; cases.length < count && index < first + count * 20; index++) {
    if (rowOf(instanceWord(shape, index)) !== row) continue;
    const offset = offsetOf(cases.length);
    const word = fillInstance(shape, index, offset, scratch);
    if (word === undefined) continue;
    cases.push({ words: [word], offset, fill: (state) => void fillInstance(shape, index, offset, state) });
  }
  return cases;
}

export function check([substring, countText, seedText]: readonly string[]): void {
  if (substring === undefined) throw new Error('Which rows? Give a part of their name, or of their section.');
  const named = ROWS.filter(({ name, section }) => name.includes(substring) || section.includes(substring));
  for (const row of named) {
    const out = leftOut(row);
    if (out !== undefined) console.log(`${row.name}: not for qemu to judge: ${out.reason}`);
  }
  const rows = named.filter((row) => leftOut(row) === undefined);
  if (rows.length === 0) throw new Error(`No row's name or section contains "${substring}".`);
  const count = Number(countText ?? 1000);
  const qemu = createQemu();
  const replayer = createReplayer({ features: [...new Set(ROWS.map(({ feature }) => feature))] });
  let wrong = 0;
  try {
    for (const row of rows) {
      const cases = instancesOf(row, count, Number(seedText ?? 0));
      const outcomes = qemu.execute(cases);
      let [bad, refused, faults] = [0, 0, 0];
      cases.forEach((test, index) => {
        const theirs = outcomes[index]!;
        replayer.place([test]);
        const ours = replayer.run(test);
        if (theirs.ending === Ending.Undefined) refused++;
        if (theirs.ending === Ending.Fault) faults++;
        const lines = differences(ours, theirs, replayer.before);
        if (lines.length === 0) return;
        if (bad++ >= SHOWN) return;
        const pc = CODE + BigInt(test.offset);
        const [word] = test.words;
        console.log(`${word!.toString(16).padStart(8, '0')}  ${disassemble(word!, pc).text}`);
        console.log(`  in: ${inputs(test.words, replayer.before)}`);
        for (const line of lines) console.log(`  ${line}`);
      });
      const notes = [faults > 0 ? `${faults} fault` : '', refused > 0 ? `qemu refuses ${refused}` : ''];
      console.log([`${row.name}: ${bad} of ${cases.length} differ`, ...notes.filter((note) => note !== '')].join(', '));
      wrong += bad;
    }
  } finally {
    qemu.close();
  }
  if (wrong > 0) process.exitCode = 1;
}
