/** What came of a case: everything that can change, compared with what was before. */
import { Signal } from './cases';
import { mix } from './random';
import type { State } from './state';
import { AT, readPc, SP, STATE_WORDS, WINDOW_SIZE } from './state';

/** How an instruction ended. A fault leaves V registers and memory open (Arm ARM B2.2.1, multi-register accesses). */
export const Ending = { Done: 0, Fault: 1, Undefined: 2, Other: 3 } as const;
export type Ending = (typeof Ending)[keyof typeof Ending];

/** Words of the state (index below STATE_WORDS) and of the window (from STATE_WORDS on) that changed. */
export type Changes = ReadonlyMap<number, number>;

export interface Outcome {
  readonly ending: Ending;
  readonly changes: Changes;
}

const WINDOW_WORDS = WINDOW_SIZE / 4;

/** FPCR is not compared: nothing that is recorded writes it, and qemu keeps fewer bits of it. */
const compared = (index: number, ending: Ending): boolean =>
  index !== AT.fpcr && index !== AT.fpsr + 1 && (ending === Ending.Done || (index < AT.sp + 2 && index !== AT.fpsr));

export function outcomeOf(
  ending: Ending,
  before: State,
  after: State,
  pristineWindow: Uint32Array,
  window: Uint32Array,
): Outcome {
  const changes = new Map<number, number>();
  for (let index = 0; index < STATE_WORDS; index++) {
    const value = after.words[index]!;
    if (value !== before.words[index] && compared(index, ending)) changes.set(index, value);
  }
  if (ending === Ending.Done) {
    for (let index = 0; index < WINDOW_WORDS; index++) {
      const value = window[index]!;
      if (value !== pristineWindow[index]) changes.set(STATE_WORDS + index, value);
    }
  }
  return { ending, changes };
}

/** The ending that a signal means: a fault at another PC is that of the branch's target. */
export function endingOf(signal: number, before: State, after: State): Ending {
  if (signal === Signal.None || readPc(before) !== readPc(after)) return Ending.Done;
  if (signal === Signal.Illegal) return Ending.Undefined;
  return signal === Signal.Fault || signal === Signal.Bus ? Ending.Fault : Ending.Other;
}

/** 32 bits that stand for an outcome. */
export function digest({ ending, changes }: Outcome): number {
  let hash = mix(0x1234567, ending);
  for (const [index, value] of changes) hash = mix(mix(hash, index), value);
  return hash;
}

const hex = (value: number, digits = 8): string => value.toString(16).padStart(digits, '0');

/** The name of a state word's register, and how many words make the register. */
function place(index: number): { readonly name: string; readonly first: number; readonly count: number } {
  if (index >= STATE_WORDS)
    return { name: `window+0x${((index - STATE_WORDS) * 4).toString(16)}`, first: index, count: 1 };
  if (index >= AT.v) {
    const register = (index - AT.v) >> 2;
    return { name: `v${register}`, first: AT.v + register * 4, count: 4 };
  }
  if (index >= AT.x) {
    const register = (index - AT.x) >> 1;
    return { name: register === SP ? 'sp' : `x${register}`, first: AT.x + register * 2, count: 2 };
  }
  if (index >= AT.pc) return { name: 'pc', first: AT.pc, count: 2 };
  return { name: index === AT.nzcv ? 'nzcv' : index === AT.fpcr ? 'fpcr' : 'fpsr', first: index, count: 1 };
}

function valueText({ first, count }: { first: number; count: number }, changes: Changes, before: State): string {
  const words = Array.from({ length: count }, (_, at) => {
    const value = changes.get(first + at) ?? before.words[first + at];
    return value === undefined ? 'unchanged' : hex(value);
  });
  return words.reverse().join('_');
}

/** Registers and memory that differ, one line each. */
export function differences(ours: Outcome, theirs: Outcome, before: State): string[] {
  const lines: string[] = [];
  const name = (ending: Ending): string => Object.keys(Ending)[ending]!;
  if (ours.ending !== theirs.ending) lines.push(`ends ${name(ours.ending)}, qemu ${name(theirs.ending)}`);
  const indices = new Set([...ours.changes.keys(), ...theirs.changes.keys()]);
  const seen = new Set<string>();
  for (const index of [...indices].sort((a, b) => a - b)) {
    if (ours.changes.get(index) === theirs.changes.get(index)) continue;
    const found = place(index);
    if (seen.has(found.name)) continue;
    seen.add(found.name);
    lines.push(
      `${found.name} is ${valueText(found, ours.changes, before)}, qemu ${valueText(found, theirs.changes, before)}`,
    );
  }
  return lines;
}

/** The inputs that the operands of a word can be: every register its 5-bit places name, flags and FP control. */
export function inputs(words: readonly number[], before: State): string {
  const registers = new Set(words.flatMap((word) => [0, 5, 10, 16].map((low) => (word >>> low) & 31)));
  const parts = [`nzcv ${hex(before.words[AT.nzcv]! >>> 28, 1)}`];
  parts.push(`fpcr ${hex(before.words[AT.fpcr]!)}`, `fpsr ${hex(before.words[AT.fpsr]!)}`);
  for (const register of [...registers].sort((a, b) => a - b)) {
    parts.push(
      `${register === SP ? 'sp' : `x${register}`} ${valueText({ first: AT.x + register * 2, count: 2 }, new Map(), before)}`,
      `v${register} ${valueText({ first: AT.v + register * 4, count: 4 }, new Map(), before)}`,
    );
  }
  return parts.join(', ');
}
