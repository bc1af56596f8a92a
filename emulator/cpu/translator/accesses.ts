/**
 * Memory accesses of a translation: the TLB probe of the interpreter's loops, and for accesses that are unaligned within
 * a page a second look where the first fails. Whatever is left goes the slow way of the interpreter.
 */
import { PAGE_ACCESS_MASK, tlbEntry } from '../interpreter/probe';
import { CPU_FLAG, TLB_PAGE, TLB_READ_TAG, TLB_WRITE_TAG } from '../layout';
import type { Expr } from '../wasm/expr';
import { add, and, gtU, load, local, ne, or, wrap } from '../wasm/expr';
import type { Region } from './region';

export interface Access {
  readonly write: boolean;
  /** A write that reads, too. */
  readonly read?: boolean;
  /** All of its bytes. */
  readonly bytes: number;
  /** Bytes of an element, which is aligned where that is checked: a power of two. */
  readonly element: number;
  /** Acquire and release: elements are always aligned. */
  readonly strict: boolean;
}

/** The largest power of two, to 16, that divides a size: an access aligned so has its last part where the first is. */
const partOf = (bytes: number): number => Math.min(16, bytes & -bytes);

/**
 * WebAssembly address of an access whose VA is in a local. The parts at its start and end are in one page when that of
 * the end is in the page of the entry, because neighbouring pages have different entries.
 */
export function probe(
  region: Region,
  keep: (value: Expr) => Expr,
  va: Expr,
  { write, read, bytes, element, strict }: Access,
  slow: () => void,
): Expr {
  const { code } = region;
  const entry = keep(tlbEntry(local(region.bank), va));
  const part = strict ? element : partOf(bytes);
  const tag = load('i64', 64, entry, write ? TLB_WRITE_TAG : TLB_READ_TAG);
  const place = and(add(va, bytes - part), PAGE_ACCESS_MASK | BigInt(part - 1));
  const refused = ne(place, tag);
  (read === true ? or(refused, ne(place, load('i64', 64, entry, TLB_READ_TAG))) : refused).write(code);
  code.if(() => {
    if (strict || bytes === 1) return slow();
    const elsewhere = ne(and(va, PAGE_ACCESS_MASK), tag);
    const across = gtU(and(wrap(va), 0xfff), 4096 - bytes);
    const misaligned = and(and(local(region.checks), CPU_FLAG.ALIGNMENT_CHECK), ne(and(wrap(va), element - 1), 0));
    or(or(elsewhere, across), misaligned).write(code);
    code.if(slow);
  });
  return add(load('i32', 32, entry, TLB_PAGE), and(wrap(va), 0xfff));
}
