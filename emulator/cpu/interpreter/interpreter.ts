/** The interpreter of one machine: a WebAssembly function over the machine's memory, and its predecoded pages. */
import { peBase, SCRATCH_END } from '../../memory/map';
import type { Bus } from '../bus';
import { BUS_SIZE_SHIFT, BusAccess } from '../bus';
import { Exit } from '../exit';
import { finishInstruction } from '../finish';
import { BUDGET, CPU_FLAG, FETCH_PAGE, FLAGS } from '../layout';
import type { Feature } from '../table/features';
import { A64_FEATURES } from '../table/features';
import type { Engine, Translator } from '../translator/translator';
import { createTranslator } from '../translator/translator';
import type { MemoryImport } from '../wasm/module';
import type { CodePages } from './code-pages';
import { createCodePages, drop, ensure, putRecord } from './code-pages';
import { generateInterpreter, MINIMUM_PAGES } from './generate';
import { decode, PAGE_END } from './handlers';
import { prebuiltInterpreter } from './prebuilt';
import { fillLogicalMask, fillTables } from './tables';

export interface Interpreter {
  /**
   * Runs one PE for at most `budget` instructions (1 or more). BUDGET is left at the number not executed; RETIRED is
   * the caller's to add to. With CPU_FLAG.SINGLE_STEP it runs one instruction and returns `Leave`.
   * At every exit NZCV, PC and all registers are in the PE area; see `cpu/exit.ts` for where PC points.
   */
  run(pe: number, budget: number): Exit;
  readonly codePages: CodePages;
}

export interface InterpreterOptions {
  /** Features whose instructions are advertised; others are UNDEFINED. All that are built when absent. */
  readonly features?: readonly Feature[];
  /** Which engine executes: `both` when absent. The guest cannot tell. */
  readonly engine?: Engine;
  /** Carries names for profilers. */
  readonly names?: boolean;
}

const modules = new Map<string, WebAssembly.Module>();

const isShared = (memory: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;

/** What a module must say of the memory that it imports. */
const importOf = (memory: WebAssembly.Memory): MemoryImport => ({
  minimum: MINIMUM_PAGES,
  sharedMaximum: isShared(memory) ? 65536 : undefined,
});

/** The compiled module for a kind of memory; one in a process. */
function moduleFor(memory: WebAssembly.Memory, names: boolean): WebAssembly.Module {
  const shared = isShared(memory);
  const key = `${shared} ${names}`;
  let module = modules.get(key);
  if (module === undefined) {
    const bytes = shared || names ? undefined : prebuiltInterpreter;
    module = new WebAssembly.Module(bytes ?? generateInterpreter(importOf(memory), names));
    modules.set(key, module);
  }
  return module;
}

const FETCH_KIND = BusAccess.Fetch | (2 << BUS_SIZE_SHIFT);

export function createInterpreter(
  memory: { readonly wasm: WebAssembly.Memory },
  bus: Bus,
  options: InterpreterOptions = {},
): Interpreter {
  const { wasm } = memory;
  const features = new Set(options.features ?? A64_FEATURES);
  const codePages = createCodePages(wasm, PAGE_END);
  fillTables(wasm);
  let view = new DataView(wasm.buffer);
  const current = (): DataView => {
    if (view.buffer !== wasm.buffer) view = new DataView(wasm.buffer);
    return view;
  };
  /** The bus may grow the memory, so the view is taken afterwards. */
  const fetch = (pe: number, low: number, high: number): number => {
    const address = bus.access(pe, low, high, FETCH_KIND) >>> 0;
    if (address === 0) return 0;
    const slot = address - (address % 4096);
    if (slot < SCRATCH_END) throw new RangeError(`The bus gave ${address} for an instruction fetch.`);
    current().setUint32(peBase(pe) + FETCH_PAGE, slot, true);
    return ensure(codePages, slot);
  };
  const finish = (pe: number, word: number): void => finishInstruction(current(), pe, word >>> 0);
  let translator: Translator | undefined;
  const instance = new WebAssembly.Instance(moduleFor(wasm, options.names ?? false), {
    env: {
      memory: wasm,
      access: (pe: number, low: number, high: number, kind: number) => bus.access(pe, low, high, kind),
      commit: (pe: number) => bus.commit(pe),
      fetch,
      finish,
      translate: (codePage: number, offset: number) => translator?.translate(codePage, offset),
      decode(record: number, word: number): void {
        fillLogicalMask(wasm, word);
        putRecord(wasm, record >>> 0, decode(word >>> 0, features), word >>> 0);
      },
    },
  });
  const { run, translations, materialize } = instance.exports;
  if (options.engine !== 'interpreter') {
    const table = translations as WebAssembly.Table;
    const imports = { memory: wasm, finish, materialize: materialize as WebAssembly.ExportValue, table };
    translator = createTranslator(codePages, imports, importOf(wasm), options.engine ?? 'both', options.names ?? false);
  }
  const enter = run as (pe: number, budget: number) => Exit;
  return {
    codePages,
    run(pe, budget) {
      const base = peBase(pe);
      const single = (current().getUint32(base + FLAGS, true) & CPU_FLAG.SINGLE_STEP) !== 0;
      if (!single) return enter(base, budget);
      const exit = enter(base, 1);
      const after = current();
      after.setInt32(base + BUDGET, after.getInt32(base + BUDGET, true) + budget - 1, true);
      return exit === Exit.Budget ? Exit.Leave : exit;
    },
  };
}

/** WebAssembly address of the predecoded page of a page slot (for TLB_CODE); allocates it. */
export const ensureCodePage = (interpreter: Interpreter, slotAddress: number): number =>
  ensure(interpreter.codePages, slotAddress);

/** To be called when bytes of a slot change after it was executed, and when the slot is freed or reused. */
export const dropCodePage = (interpreter: Interpreter, slotAddress: number): void =>
  drop(interpreter.codePages, slotAddress);
