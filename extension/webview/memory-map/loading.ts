/** Asks for what the view shows, one round at a time; a wish during a round makes one more. */
import type { MemoryMapKey } from '../../../debug-adapter/protocol';
import type { Extension } from './asking';
import { loadPlate, loadSummary, loadTile, type MapData } from './data';
import { plainAddress } from './format';
import { floorTo, type Plate, plateAt, TILE } from './geometry';
import type { View } from './view';

export interface Loader {
  /** Loads what is visible and not there yet; `fresh` loads all of it again. */
  load(fresh: boolean): void;
}

export function createLoader(
  extension: Extension,
  view: View,
  data: MapData,
  hooks: { visible(): readonly Plate[]; loaded(): void; stale(): void },
): Loader {
  const { ask } = extension;
  let busy = false;
  let again: 'no' | 'missing' | 'fresh' = 'no';
  /** What the plates in `data.overview` answer: the key they were loaded by. */
  let loadedKey = view.key;

  const round = async (fresh: boolean) => {
    const { key } = view;
    if (fresh || loadedKey !== key) {
      await loadSummary(ask, data, key);
      if (plateAt(data.plates, view.cursor) === undefined) view.cursor = data.plates[0]?.start ?? 0;
    }
    if (view.level === 'tile') {
      const base = floorTo(view.cursor, TILE);
      if (fresh || data.tile?.state.base !== base) data.tile = await loadTile(ask, data.palette, base);
    }
    if (view.level === 'overview' || view.table) await loadPlates(key, fresh || loadedKey !== key);
    loadedKey = key;
    data.card = view.selected === undefined ? undefined : await ask('cca/granule', { pa: plainAddress(view.selected) });
  };

  const loadPlates = async (key: MemoryMapKey, all: boolean) => {
    // Before the first drawing nothing has a place on the screen: draw the empty plates, then ask for the visible.
    hooks.loaded();
    const wanted = hooks.visible().filter(({ base }) => all || !data.overview.has(base));
    const answers = await Promise.all(wanted.map((plate) => loadPlate(ask, data.palette, key, plate)));
    if (all) data.overview.clear();
    wanted.forEach((plate, index) => data.overview.set(plate.base, answers[index]!));
    if (wanted.length > 0) hooks.stale();
  };

  const run = async (fresh: boolean) => {
    busy = true;
    try {
      await round(fresh);
      view.problem = undefined;
    } catch (error) {
      view.problem = error instanceof Error ? error.message : String(error);
    }
    busy = false;
    hooks.loaded();
    const next = again;
    again = 'no';
    if (next !== 'no') void run(next === 'fresh');
  };

  return {
    load(fresh) {
      const { state } = view.status;
      if (state !== 'stopped' && state !== 'running') return hooks.loaded();
      if (!busy) void run(fresh);
      else again = fresh ? 'fresh' : again === 'no' ? 'missing' : again;
    },
  };
}
