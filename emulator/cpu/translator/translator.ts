/**
 * The translator of one machine: turns pages that the interpreter found hot into functions of WebAssembly. Translations
 * are a cache: nothing of them can be observed or is saved.
 */
import { CODE_BASE, CODE_ENTRIES, CODE_PAGE_SIZE, CODE_PAGES } from '../../memory/map';
import type { CodePages } from '../interpreter/code-pages';
import {
  addressOfPage,
  ENTRY_BLOCK_BITS,
  HANDLER_MASK,
  HEAT,
  HEAT_LIMIT,
  NEVER,
  RECORD_SIZE,
  TRANSLATED,
  WANTED,
} from '../interpreter/code-pages';
import { TRANSLATIONS } from '../interpreter/generate';
import { handlers } from '../interpreter/handlers';
import { Reason } from '../interpreter/hot-loop';
import { REGION_SIGNATURE } from '../interpreter/run';
import type { MemoryImport } from '../wasm/module';
import { ModuleBuilder } from '../wasm/module';
import type { Block, Page } from './blocks';
import { findBlocks } from './blocks';
import { chooseBlocks, LARGEST_REGION } from './choose';
import { writeRegion } from './region';
import { traceOf } from './trace';

/** Which engine executes A64 code: the same to the guest, not in speed. */
export type Engine = 'both' | 'interpreter' | 'translator';

/** Instructions interpreted in a page before it is translated. */
const HOT = 40_000;
const MOST_DOUBLINGS = 10;

interface Place {
  readonly slot: number;
  readonly starts: ReadonlySet<number>;
}

interface Imports {
  readonly memory: WebAssembly.Memory;
  readonly finish: (pe: number, word: number) => void;
  readonly materialize: WebAssembly.ExportValue;
  readonly table: WebAssembly.Table;
}

export interface Translator {
  /** Translates a code page (WebAssembly address), hot at a byte offset. */
  translate(codePage: number, offset: number): void;
}

/** By how much the heat of a page must grow to be translated, after so many changes of its bytes. */
export const thresholdOf =
  (engine: Engine) =>
  (drops: number): number =>
    engine === 'translator' ? 1 : HOT * 2 ** Math.min(drops, MOST_DOUBLINGS);

/** How control leaves for an offset that has no block: what is slow is done at once, what exits is interpreted. */
function reasonAt(page: Page, offset: number): number {
  const handler = handlers().all[page.view.getUint16(page.codePage + offset * (RECORD_SIZE / 4), true) & HANDLER_MASK];
  if (handler === undefined) return Reason.Next;
  const { slow, exits } = traceOf(handler);
  return slow ? Reason.Slow : exits ? Reason.Interpret : Reason.Next;
}

export function createTranslator(
  pages: CodePages,
  imports: Imports,
  memoryImport: MemoryImport,
  engine: Engine,
  names: boolean,
): Translator {
  const { memory, table } = imports;
  const free = Array.from({ length: TRANSLATIONS - 1 }, (_, at) => TRANSLATIONS - 1 - at);
  const places = new Map<number, readonly Place[]>();
  const times = new Uint8Array(CODE_PAGES);
  let view = new DataView(memory.buffer);
  const current = (): DataView => {
    if (view.buffer !== memory.buffer) view = new DataView(memory.buffer);
    return view;
  };

  const release = (page: number): void => {
    for (const { slot } of places.get(page) ?? []) {
      table.set(slot, null);
      free.push(slot);
    }
    places.delete(page);
  };
  /** Takes the marks of translations out of a code page; its entries stay wanted. */
  const unmark = (codePage: number): void => {
    const data = current();
    for (let at = 0; at < 1024; at++) {
      const record = codePage + at * RECORD_SIZE;
      const number = data.getUint16(record, true);
      if ((number & TRANSLATED) === 0) continue;
      data.setUint16(record, number & HANDLER_MASK, true);
      data.setUint32(codePage + CODE_ENTRIES + at * 4, WANTED, true);
    }
  };
  const evictOldest = (): void => {
    const [oldest] = places.keys();
    if (oldest === undefined) throw new RangeError('There are translations of no page.');
    unmark(addressOfPage(oldest));
    release(oldest);
  };

  const build = (page: Page, blocks: readonly Block[], slot: number) => {
    const module = new ModuleBuilder(memoryImport);
    const finish = module.importFunction('env', 'finish', { parameters: ['i32', 'i32'], results: [] });
    const materialize = module.importFunction('env', 'materialize', {
      parameters: ['i32', 'i32', 'i64', 'i64'],
      results: [],
    });
    const { index, code } = module.function('region', REGION_SIGNATURE);
    const place = {
      codePage: page.codePage,
      bytes: page.slot,
      slot,
      reasonAt: (offset: number) => reasonAt(page, offset),
    };
    const shape = writeRegion(code, blocks, place, { finish, materialize });
    module.export('region', index);
    const env = { memory, finish: imports.finish, materialize: imports.materialize };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish(names)), { env });
    return { shape, region: instance.exports['region'] };
  };

  const mark = (page: Page, blocks: readonly Block[], entries: readonly boolean[], slot: number): void => {
    blocks.forEach(({ start }, index) => {
      if (entries[index] !== true) return;
      const record = page.codePage + start * (RECORD_SIZE / 4);
      page.view.setUint16(record, page.view.getUint16(record, true) | TRANSLATED, true);
      page.view.setUint32(page.codePage + CODE_ENTRIES + start, (slot << ENTRY_BLOCK_BITS) | index, true);
    });
  };

  const translate = (number: number, page: Page, offset: number): void => {
    const blocks = findBlocks(page);
    const old = places.get(number) ?? [];
    const whole = blocks.reduce((sum, { length }) => sum + length, 0) <= LARGEST_REGION;
    const fresh = blocks.filter(({ start }) => !old.some(({ starts }) => starts.has(start)));
    if (fresh.length === 0) return;
    if (whole && old.length > 0) {
      unmark(page.codePage);
      release(number);
    }
    const chosen = whole ? blocks : chooseBlocks(fresh, offset);
    if (free.length === 0) evictOldest();
    const slot = free.pop()!;
    const { shape, region } = build(page, chosen, slot);
    table.set(slot, region);
    mark(page, chosen, shape.entries, slot);
    places.set(number, [...(places.get(number) ?? []), { slot, starts: new Set(chosen.map(({ start }) => start)) }]);
  };

  pages.threshold = thresholdOf(engine);
  pages.onCleared = (page) => {
    times[page] = 0;
    release(page);
  };
  return {
    translate(codePage, offset) {
      const number = (codePage - CODE_BASE) / CODE_PAGE_SIZE;
      const data = current();
      translate(number, { view: data, slot: pages.slotOfPage[number]!, codePage }, offset);
      times[number] = Math.min(times[number]! + 1, MOST_DOUBLINGS);
      data.setUint32(codePage + HEAT, 0, true);
      const limit = pages.threshold(pages.drops[number]!) * 2 ** times[number]!;
      data.setUint32(codePage + HEAT_LIMIT, Math.min(limit, NEVER), true);
    },
  };
}
