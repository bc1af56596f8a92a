/** A PE over flat memory, for tests of the interpreter alone: VA ranges map straight to page slots. */
import type { Bus } from '../../emulator/cpu/bus';
import { BUS_ATOMIC, BUS_ORDERED, BUS_SIZE_SHIFT, BusAccess } from '../../emulator/cpu/bus';
import { Exit } from '../../emulator/cpu/exit';
import { acceptsBranch } from '../../emulator/cpu/interpreter/branch-target';
import type { Interpreter } from '../../emulator/cpu/interpreter/interpreter';
import { createInterpreter, dropCodePage, ensureCodePage } from '../../emulator/cpu/interpreter/interpreter';
import * as layout from '../../emulator/cpu/layout';
import type { Feature } from '../../emulator/cpu/table/features';
import { A64_FEATURES } from '../../emulator/cpu/table/features';
import type { Engine } from '../../emulator/cpu/translator/translator';
import { peBase, SLOTS_BASE, TLB_BANK_ENTRIES, TLB_BASE, TLB_ENTRY_SIZE, tlbBankBase } from '../../emulator/memory/map';

export interface FlatRange {
  readonly va: bigint;
  readonly size: number;
  readonly writable?: boolean;
}

export interface FlatMachine {
  readonly wasm: WebAssembly.Memory;
  readonly interpreter: Interpreter;
  readonly view: () => DataView;
  readonly bytes: () => Uint8Array;
  /** Slow accesses seen, as [kind, va]. */
  readonly accesses: [number, bigint][];
  /** WebAssembly address of a VA, or undefined when it is not mapped. */
  addressOf(va: bigint): number | undefined;
  run(budget: number): Exit;
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  pc(): bigint;
  setPc(value: bigint): void;
}

export interface FlatOptions {
  /** Fill no TLB entries, so that every access takes the slow way. */
  readonly neverFill?: boolean;
  /** Answer data accesses from the scratch area and do writes at commit, as MMIO does. */
  readonly scratch?: boolean;
  /** Pages that are guarded (FEAT_BTI), for which PSTATE.BTYPE is kept then. */
  readonly guarded?: (va: bigint) => boolean;
  readonly engine?: Engine;
  /** Pages with code take no write tag, and a store to one drops what was decoded of it, as in the real machine. */
  readonly guardCode?: boolean;
  /** Features that are advertised; all that have rows when absent. */
  readonly features?: readonly Feature[];
}

const PE = 0;
const BASE = peBase(PE);

export function createFlatMachine(ranges: readonly FlatRange[], options: FlatOptions = {}): FlatMachine {
  const places: { range: FlatRange; at: number }[] = [];
  let next = SLOTS_BASE;
  for (const range of ranges) {
    places.push({ range, at: next });
    next += Math.ceil(range.size / 4096) * 4096;
  }
  const wasm = new WebAssembly.Memory({ initial: Math.ceil(next / 65536), maximum: 65536 });
  const view = new DataView(wasm.buffer);
  const bytes = new Uint8Array(wasm.buffer);
  for (let entry = 0; entry < TLB_BANK_ENTRIES * 8; entry++) {
    bytes.fill(0xff, TLB_BASE + entry * TLB_ENTRY_SIZE, TLB_BASE + entry * TLB_ENTRY_SIZE + 24);
  }
  const bank = tlbBankBase(PE, 0);
  view.setUint32(BASE + layout.TLB_BANK, bank, true);
  view.setUint32(BASE + layout.SP_SELECTED, layout.SP, true);
  view.setUint32(BASE + layout.FLAGS, layout.CPU_FLAG.FP_ENABLED, true);
  view.setBigUint64(BASE + layout.EXCLUSIVE_ADDRESS, 0xffff_ffff_ffff_ffffn, true);
  const accesses: [number, bigint][] = [];
  let pending: { va: bigint; size: number } | undefined;
  const place = (va: bigint) => places.find(({ range }) => va >= range.va && va < range.va + BigInt(range.size));
  const addressOf = (va: bigint): number | undefined => {
    const found = place(va);
    return found === undefined ? undefined : found.at + Number(va - found.range.va);
  };
  const fault = (exit: number = Exit.Fault): number => {
    view.setUint32(BASE + layout.EXIT_CODE, exit, true);
    return 0;
  };
  const acceptsEntry = (va: bigint): boolean => {
    if (view.getInt32(BASE + layout.BTYPE_BUDGET, true) !== view.getInt32(BASE + layout.BUDGET, true)) return true;
    return acceptsBranch(view.getUint32(addressOf(va)!, true), view.getUint32(BASE + layout.BTYPE, true), false);
  };
  /** The page of a VA is about to be written. */
  const forgetCode = (va: bigint): void => {
    const address = addressOf(va)!;
    const page = address - (address % 4096);
    if (!interpreter.codePages.pageOfSlot.has(page)) return;
    dropCodePage(interpreter, page);
    const entry = bank + Number((va >> 12n) & 511n) * TLB_ENTRY_SIZE;
    view.setBigUint64(entry + layout.TLB_FETCH_TAG, layout.TLB_NO_TAG, true);
  };
  const bus: Bus = {
    access(_pe, low, high, kind) {
      const va = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      accesses.push([kind, va]);
      const size = 1 << ((kind >> BUS_SIZE_SHIFT) & 7);
      const access = kind & 3;
      if ((kind & (BUS_ATOMIC | BUS_ORDERED)) !== 0 && va % BigInt(size) !== 0n) return fault();
      const checked = (view.getUint32(BASE + layout.FLAGS, true) & layout.CPU_FLAG.ALIGNMENT_CHECK) !== 0;
      if (checked && va % BigInt(size) !== 0n) return fault();
      const last = place(va + BigInt(size - 1));
      const first = place(va);
      if (first === undefined || last === undefined) return fault();
      if (access === BusAccess.Write && (first.range.writable === false || last.range.writable === false))
        return fault();
      const marked = access === BusAccess.Fetch && options.guarded?.(va) === true;
      if (access === BusAccess.Fetch) {
        view.setUint32(BASE + layout.GUARDED, marked ? 1 : 0, true);
        if (marked && !acceptsEntry(va)) return fault(Exit.BranchTarget);
      }
      const address = addressOf(va)!;
      const page = address - (address % 4096);
      if (options.guardCode === true && access === BusAccess.Write) {
        for (const at of [va, va + BigInt(size - 1)]) forgetCode(at);
      }
      const guarded = options.guardCode === true && interpreter.codePages.pageOfSlot.has(page);
      const crosses = (va & 0xfffn) + BigInt(size) > 4096n;
      if (access !== BusAccess.Fetch && (options.scratch === true || crosses)) {
        pending = { va, size };
        for (let at = 0; at < size; at++) {
          bytes[BASE + layout.SCRATCH + at] = bytes[addressOf(va + BigInt(at))!]!;
        }
        return BASE + layout.SCRATCH;
      }
      if (options.neverFill !== true) {
        const entry = bank + Number((va >> 12n) & 511n) * TLB_ENTRY_SIZE;
        const tag = va & ~0xfffn;
        const same = view.getUint32(entry + layout.TLB_PAGE, true) === page;
        const put = (offset: number, on: boolean): void => {
          if (on) view.setBigUint64(entry + offset, marked ? tag | layout.TLB_GUARDED : tag, true);
          else if (!same) view.setBigUint64(entry + offset, layout.TLB_NO_TAG, true);
        };
        put(layout.TLB_READ_TAG, access === BusAccess.Read);
        put(layout.TLB_WRITE_TAG, access === BusAccess.Write && !guarded);
        put(layout.TLB_FETCH_TAG, access === BusAccess.Fetch);
        view.setUint32(entry + layout.TLB_PAGE, page, true);
        if (access === BusAccess.Fetch)
          view.setUint32(entry + layout.TLB_CODE, ensureCodePage(interpreter, page), true);
        if (options.guardCode === true && access === BusAccess.Fetch) {
          view.setBigUint64(entry + layout.TLB_WRITE_TAG, layout.TLB_NO_TAG, true);
        }
      }
      return address;
    },
    commit() {
      if (pending === undefined) throw new Error('Nothing to commit.');
      for (let at = 0; at < pending.size; at++) {
        bytes[addressOf(pending.va + BigInt(at))!] = bytes[BASE + layout.SCRATCH + at]!;
      }
      pending = undefined;
      return 1;
    },
  };
  const interpreter: Interpreter = createInterpreter({ wasm }, bus, {
    engine: options.engine ?? 'both',
    features: options.features ?? A64_FEATURES,
  });
  return {
    wasm,
    interpreter,
    view: () => view,
    bytes: () => bytes,
    accesses,
    addressOf,
    run: (budget) => interpreter.run(PE, budget),
    x: (n) => view.getBigUint64(BASE + (n === 31 ? layout.SP : layout.X + n * 8), true),
    setX: (n, value) => view.setBigUint64(BASE + (n === 31 ? layout.SP : layout.X + n * 8), value, true),
    pc: () => view.getBigUint64(BASE + layout.PC, true),
    setPc: (value) => view.setBigUint64(BASE + layout.PC, value, true),
  };
}

export const PE_STATE = BASE;

/** Puts instruction words at a VA and forgets what was predecoded there. */
export function putWords(machine: FlatMachine, va: bigint, words: readonly number[]): void {
  words.forEach((word, index) => {
    const address = machine.addressOf(va + BigInt(index * 4))!;
    machine.view().setUint32(address, word, true);
    dropCodePage(machine.interpreter, address - (address % 4096));
  });
}
