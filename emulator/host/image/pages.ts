/** The image by page: what the Host puts into a Realm, and what is measured. */
import { GRANULE_SIZE as PAGE } from '../../address';
import { down } from '../shape';
import type { ElfSegment } from './image';

/** Whatever has an image's segments: a Realm's layout. The same object every time, for it is looked up by identity. */
interface Loaded {
  readonly segments: readonly ElfSegment[];
}

/** IPAs of the pages that [base, base + size) touches, for every given range, ascending, each once. */
export function pagesOf(ranges: readonly { readonly base: number; readonly size: number }[]): number[] {
  const pages = new Set<number>();
  for (const { base, size } of ranges) {
    for (let at = down(base, PAGE); at < base + size; at += PAGE) pages.add(at);
  }
  return [...pages].sort((a, b) => a - b);
}

const fileSegments = new WeakMap<Loaded, ReadonlyMap<number, readonly ElfSegment[]>>();

/** The segments with bytes of the file in each page: an image may have 2^16 of them. Made once for a layout. */
function segmentsByPage(realm: Loaded): ReadonlyMap<number, readonly ElfSegment[]> {
  const known = fileSegments.get(realm);
  if (known !== undefined) return known;
  const pages = new Map<number, ElfSegment[]>();
  for (const segment of realm.segments) {
    for (const page of pagesOf([{ base: Number(segment.physicalAddress), size: segment.bytes.length }])) {
      const there = pages.get(page);
      if (there === undefined) pages.set(page, [segment]);
      else there.push(segment);
    }
  }
  fileSegments.set(realm, pages);
  return pages;
}

/** The 4096 bytes the image has at a page, to be read only; bytes of no segment are zero. */
export function pageContent(realm: Loaded, page: number): Uint8Array {
  const segments = segmentsByPage(realm).get(page) ?? [];
  const [only] = segments;
  if (only !== undefined && segments.length === 1) {
    const from = page - Number(only.physicalAddress);
    if (from >= 0 && from + PAGE <= only.bytes.length) return only.bytes.subarray(from, from + PAGE);
  }
  const content = new Uint8Array(PAGE);
  for (const { physicalAddress, bytes } of segments) {
    const base = Number(physicalAddress);
    const from = Math.max(base, page);
    const to = Math.min(base + bytes.length, page + PAGE);
    if (from < to) content.set(bytes.subarray(from - base, to - base), from - page);
  }
  return content;
}
