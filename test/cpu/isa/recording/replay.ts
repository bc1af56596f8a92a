/** Runs cases on our PE, over flat memory. */
import { Exit } from '../../../../emulator/cpu/exit';
import * as layout from '../../../../emulator/cpu/layout';
import { sysregOffset } from '../../../../emulator/cpu/sysreg/sysreg';
import type { FlatMachine, FlatOptions } from '../../../support/flat-machine';
import { createFlatMachine, PE_STATE, putWords } from '../../../support/flat-machine';
import type { Case } from './cases';
import type { Outcome } from './outcome';
import { Ending, outcomeOf } from './outcome';
import type { State } from './state';
import {
  AT,
  BRK,
  CODE,
  CODE_SIZE,
  createState,
  DATA,
  DATA_SIZE,
  pristineData,
  readPc,
  WINDOW,
  WINDOW_SIZE,
} from './state';

export interface Replayer {
  readonly machine: FlatMachine;
  /** Puts the words of cases into the code region; they must not overlap. */
  place(cases: readonly Case[]): void;
  /** Runs a case whose words are placed. With `slices`, one instruction at a time. */
  run(test: Case, slices?: boolean): Outcome;
  /** The state that the last case started from. */
  readonly before: State;
}

const FPCR = sysregOffset('FPCR');
const FPSR = sysregOffset('FPSR');

function endingOf(exit: number): Ending {
  if (exit === Exit.Budget) return Ending.Done;
  if (exit === Exit.Fault || exit === Exit.PcAlignment) return Ending.Fault;
  return exit === Exit.Undefined ? Ending.Undefined : Ending.Other;
}

export function createReplayer(options: FlatOptions = {}): Replayer {
  const machine = createFlatMachine(
    [
      { va: CODE, size: CODE_SIZE },
      { va: DATA, size: DATA_SIZE },
    ],
    options,
  );
  putWords(machine, CODE, new Array<number>(CODE_SIZE / 4).fill(BRK));
  const pristine = pristineData();
  const data = machine.addressOf(DATA)!;
  machine.bytes().set(pristine, data);
  const pristineWindow = new Uint32Array(pristine.slice(WINDOW, WINDOW + WINDOW_SIZE).buffer);
  const tail = pristine.subarray(DATA_SIZE - 128);
  const before = createState();
  const after = createState();
  let placed: readonly Case[] = [];

  function load(): { view: DataView; words: Uint32Array } {
    const view = machine.view();
    const words = new Uint32Array(view.buffer);
    words.set(before.words.subarray(AT.x, AT.x + 62), (PE_STATE + layout.X) / 4);
    words.set(before.words.subarray(AT.sp, AT.sp + 2), (PE_STATE + layout.SP) / 4);
    words.set(before.words.subarray(AT.pc, AT.pc + 2), (PE_STATE + layout.PC) / 4);
    words.set(before.words.subarray(AT.v, AT.v + 128), (PE_STATE + layout.V) / 4);
    view.setUint32(PE_STATE + layout.NZCV, before.words[AT.nzcv]!, true);
    view.setBigUint64(PE_STATE + FPCR, BigInt(before.words[AT.fpcr]!), true);
    view.setBigUint64(PE_STATE + FPSR, BigInt(before.words[AT.fpsr]!), true);
    view.setBigUint64(PE_STATE + layout.EXCLUSIVE_ADDRESS, 0xffff_ffff_ffff_ffffn, true);
    const flags = view.getUint32(PE_STATE + layout.FLAGS, true);
    view.setUint32(PE_STATE + layout.FLAGS, flags | layout.CPU_FLAG.FP_ENABLED, true);
    return { view, words };
  }

  return {
    machine,
    before,
    place(cases) {
      for (const { words, offset } of placed)
        putWords(
          machine,
          CODE + BigInt(offset),
          words.map(() => BRK),
        );
      for (const { words, offset } of cases) putWords(machine, CODE + BigInt(offset), words);
      placed = cases;
    },
    run(test, slices = false) {
      test.fill(before);
      load();
      const count = test.words.length;
      let exit: number = Exit.Budget;
      if (slices) for (let left = count; left > 0 && exit === Exit.Budget; left--) exit = machine.run(1);
      else exit = machine.run(count);
      const view = machine.view();
      const words = new Uint32Array(view.buffer);
      const take = (from: number, length: number, at: number): void =>
        after.words.set(words.subarray((PE_STATE + from) / 4, (PE_STATE + from) / 4 + length), at);
      take(layout.X, 62, AT.x);
      take(layout.SP, 2, AT.sp);
      take(layout.PC, 2, AT.pc);
      take(layout.V, 128, AT.v);
      take(FPSR, 1, AT.fpsr);
      after.words[AT.nzcv] = view.getUint32(PE_STATE + layout.NZCV, true);
      after.words[AT.fpcr] = before.words[AT.fpcr]!;
      const window = words.subarray((data + WINDOW) / 4, (data + WINDOW + WINDOW_SIZE) / 4);
      // A branch that was taken to a place where nothing can be fetched is done, as qemu counts it.
      const ending = readPc(before) === readPc(after) ? endingOf(exit) : Ending.Done;
      const outcome = outcomeOf(ending, before, after, pristineWindow, window);
      window.set(pristineWindow);
      machine.bytes().set(tail, data + DATA_SIZE - 128);
      return outcome;
    },
  };
}
