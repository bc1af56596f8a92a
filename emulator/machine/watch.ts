/**
 * Data watches of whoever looks at the machine. Like breakpoints they are no machine state: never saved, never observable.
 * A watched page has no entry in any TLB, so that every access to it comes by the bus and is compared here.
 */
import { GRANULE_SIZE, granuleOf, pa } from '../address';
import { forgetSlot } from '../cpu/tlb';
import { flagPage, PageFlag, slotOf, touchPage, unflagPage } from '../memory/memory';
import type { EncryptionContext } from '../memory/pas';
import type { WatchedAccess } from '../translation/translation';
import type { Machine } from './machine';
import { requestStop } from './stop';

export interface DataWatch {
  /** First byte, and how many; within one granule. */
  readonly pa: number;
  readonly length: number;
  /** Whose view of the granule is watched; what others do to it is seen as well. */
  readonly context: EncryptionContext;
  readonly on: 'read' | 'write' | 'access';
  readonly id: number;
}

const granulesOf = (watches: readonly DataWatch[]): Set<number> =>
  new Set(watches.map(({ pa: at }) => Math.floor(at / GRANULE_SIZE)));

/** Replaces all data watches. To be called with the present ones, too, before a run: a page that was freed forgets. */
export function setDataWatches(machine: Machine, before: readonly DataWatch[], watches: readonly DataWatch[]): void {
  const { memory, translation } = machine;
  for (const granule of granulesOf(before)) unflagPage(memory, granule, PageFlag.Watched);
  for (const { pa: at, context } of watches) {
    const granule = granuleOf(pa(at - (at % GRANULE_SIZE)));
    touchPage(memory, context, granule, false);
    flagPage(memory, granule, PageFlag.Watched);
    const address = slotOf(memory, granule);
    for (const pe of machine.pes) forgetSlot(pe, address, false);
  }
  translation.onWatchedAccess = watches.length === 0 ? undefined : (access) => compare(machine, watches, access);
}

function compare(machine: Machine, watches: readonly DataWatch[], access: WatchedAccess): void {
  const hit = watches.find(
    ({ pa: at, length, on }) =>
      at < access.pa + access.size && access.pa < at + length && (on === 'access' || on === access.kind),
  );
  if (hit === undefined) return;
  const text = `A watched location was ${access.kind === 'write' ? 'written' : 'read'}.`;
  requestStop(machine, { kind: 'watch', text, id: hit.id, pe: access.pe, va: access.va });
}
