/** Every row against qemu-aarch64: recorded single instructions and exclusive sequences, replayed on the interpreter. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { disassemble } from '../../../emulator/cpu/disassembly/disassemble';
import { Exit } from '../../../emulator/cpu/exit';
import * as layout from '../../../emulator/cpu/layout';
import type { FlatMachine, FlatOptions } from '../../support/flat-machine';
import { createFlatMachine, PE_STATE, putWords } from '../../support/flat-machine';
import type { Recorded } from './recording/cases';
import {
  BRK,
  CODE,
  CODE_SIZE,
  DATA,
  DATA_SIZE,
  pristineData,
  Signal,
  stateOf,
  unpack,
  WINDOW,
  WINDOW_SIZE,
} from './recording/cases';

const recorded = unpack(gunzipSync(readFileSync('test/vectors/a64/instructions.bin.gz')));
const pristine = pristineData();

function prepare(options: FlatOptions): FlatMachine {
  const machine = createFlatMachine(
    [
      { va: CODE, size: CODE_SIZE },
      { va: DATA, size: DATA_SIZE },
    ],
    options,
  );
  putWords(machine, CODE, new Array<number>(CODE_SIZE / 4).fill(BRK));
  machine.bytes().set(pristine, machine.addressOf(DATA)!);
  return machine;
}

/** Differences between what qemu gave and what the interpreter gives. */
function differences(machine: FlatMachine, { test: { words, ...test }, outcome }: Recorded, slices: boolean): string[] {
  const before = stateOf({ words, ...test });
  const start = CODE + BigInt(test.offset);
  putWords(machine, start, words);
  before.x.forEach((value, register) => {
    machine.setX(register, value);
  });
  machine.setPc(start);
  const view = machine.view();
  view.setUint32(PE_STATE + layout.NZCV, before.nzcv, true);
  view.setBigUint64(PE_STATE + layout.EXCLUSIVE_ADDRESS, 0xffff_ffff_ffff_ffffn, true);
  let exit: number = Exit.Budget;
  if (slices) for (let left = words.length; left > 0 && exit === Exit.Budget; left--) exit = machine.run(1);
  else exit = machine.run(words.length);
  const wrong: string[] = [];
  const compare = (what: string, actual: unknown, expected: unknown): void => {
    if (actual !== expected) wrong.push(`${what} is ${String(actual)}, qemu has ${String(expected)}`);
  };
  const faulted = outcome.signal === Signal.Fault || outcome.signal === Signal.Bus;
  compare('exit', exit, faulted ? Exit.Fault : Exit.Budget);
  for (let register = 0; register < 32; register++) {
    compare(`register ${register}`, machine.x(register), outcome.x.get(register) ?? before.x[register]);
  }
  compare('NZCV', view.getUint32(PE_STATE + layout.NZCV, true) >>> 28, outcome.nzcv >>> 28);
  compare('PC', machine.pc(), outcome.pc);
  const data = machine.addressOf(DATA)!;
  const window = machine.bytes().subarray(data + WINDOW, data + WINDOW + WINDOW_SIZE);
  if (!faulted) {
    const expected = pristine.slice(WINDOW, WINDOW + WINDOW_SIZE);
    expected.set(outcome.memory.bytes, outcome.memory.bytes.length === 0 ? 0 : outcome.memory.at - WINDOW);
    if (Buffer.compare(window, expected) !== 0) wrong.push('memory differs');
  }
  machine.bytes().set(pristine, data);
  putWords(
    machine,
    start,
    words.map(() => BRK),
  );
  return wrong;
}

function replay(options: FlatOptions, slices: boolean, only: (recorded: Recorded) => boolean = () => true): void {
  const machine = prepare(options);
  const failures: string[] = [];
  let count = 0;
  for (const each of recorded) {
    if (!only(each)) continue;
    count++;
    const wrong = differences(machine, each, slices);
    if (wrong.length === 0) continue;
    const pc = CODE + BigInt(each.test.offset);
    const text = each.test.words.map((word) => `${word.toString(16)} ${disassemble(word, pc).text}`).join('; ');
    failures.push(`${text}: ${wrong.join(', ')}`);
  }
  assert.ok(count > 0);
  assert.equal(failures.length, 0, `${failures.length} of ${count} differ:\n${failures.slice(0, 30).join('\n')}`);
}

test('there are enough recorded instructions', () => {
  assert.ok(recorded.length >= 20_000);
});

test('every recorded instruction gives what qemu gave', () => replay({}, false));

test('the same when no access hits the TLB', () => replay({ neverFill: true }, false));

const touchesMemory = ({ test: { words } }: Recorded): boolean => words.some((word) => ((word >>> 25) & 5) === 4);

test('the same when every access goes through the scratch area', () =>
  replay({ scratch: true }, false, (each) => touchesMemory(each)));

test('exclusive sequences give the same one instruction at a time', () =>
  replay({}, true, ({ test: { words } }) => words.length > 1));
