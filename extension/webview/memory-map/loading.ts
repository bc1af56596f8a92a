/** Asks for what the view shows, one round at a time; a wish during a round makes one more. */
import type { MemoryMapKey } from '../../../debug-adapter/protocol';
import type { Extension } from './asking';
import {
  KEYS,
  loadBanks,
  loadLegend,
  loadPlate,
  loadShared,
  loadTile,
  type MapData,
  type PlateData,
  tileFromPlate,
} from './data';
import { plainAddress } from './format';
import { floorTo, type Plate, plateAt, TILE } from './geometry';
import type { View } from './view';

export interface Loader {
  /** Loads what is visible and not there yet; `fresh` loads all of it again. */
  load(fresh: boolean): void;
}

/** Plates of which every key is read ahead at a stop, so that the map can be browsed after the session. */
const READ_AHEAD = 4;

export function createLoader(
  extension: Extension,
  view: View,
  data: MapData,
  hooks: { visible(): readonly Plate[]; loaded(): void; stale(): void },
): Loader {
  const { ask } = extension;
  let busy = false;
  let again: 'no' | 'missing' | 'fresh' = 'no';

  const live = () => view.status.state === 'stopped' || view.status.state === 'running';

  const round = async (fresh: boolean) => {
    const { key } = view;
    if (fresh || data.plates.length === 0) {
      await loadBanks(ask, data);
      if (plateAt(data.plates, view.cursor) === undefined) view.cursor = data.plates[0]?.start ?? 0;
    }
    const legend = fresh ? undefined : data.legends[key];
    data.legends = { ...(fresh ? {} : data.legends), [key]: legend ?? (await loadLegend(ask, data.banks, key)) };
    if (view.level === 'tile') {
      const base = floorTo(view.cursor, TILE);
      if (fresh || data.tile?.state.base !== base) {
        const tile = await loadTile(ask, data.palette, base);
        data.shared = await loadShared(ask, base);
        data.tile = tile;
      }
    }
    await loadPlates(key, fresh);
    const { selected } = view;
    data.card = selected === undefined ? undefined : await ask('cca/granule', { pa: plainAddress(selected) });
  };

  const loadPlates = async (key: MemoryMapKey, fresh: boolean) => {
    const next = fresh ? new Map<number, PlateData>() : data.overview;
    if (view.level === 'overview' || view.table) {
      // Before the first drawing nothing has a place on the screen: draw the empty plates, then ask for the visible.
      if (data.overview.size === 0) hooks.loaded();
      const wanted = hooks.visible().filter(({ start }) => next.get(start)?.layers[key] === undefined);
      const answers = await Promise.all(
        wanted.map((plate) => loadPlate(ask, data.palette, key, plate, next.get(plate.start))),
      );
      wanted.forEach((plate, index) => {
        next.set(plate.start, answers[index]!);
      });
      if (wanted.length > 0) hooks.stale();
    }
    data.overview = next;
  };

  /** One more key of one plate, while there is nothing better to do. */
  const readAhead = async (): Promise<boolean> => {
    const size = ({ start, end }: Plate) => end - start;
    const largest = [...data.plates].sort((a, b) => size(b) - size(a)).slice(0, READ_AHEAD);
    for (const plate of largest) {
      const known = data.overview.get(plate.start);
      const key = KEYS.find((each) => known?.layers[each] === undefined);
      if (key === undefined) continue;
      const plates = data.overview;
      plates.set(plate.start, await loadPlate(ask, data.palette, key, plate, known));
      data.legends[key] ??= await loadLegend(ask, data.banks, key);
      return true;
    }
    return false;
  };

  const run = async (fresh: boolean) => {
    busy = true;
    try {
      await round(fresh);
      view.problem = undefined;
      hooks.loaded();
      let more = false;
      while (again === 'no' && view.status.state === 'stopped' && (await readAhead())) more = true;
      if (more) hooks.loaded();
    } catch (error) {
      // An adapter that ended in the middle of an answer is no failure of the map: its state says so.
      view.problem = live() ? (error instanceof Error ? error.message : String(error)) : undefined;
      hooks.loaded();
    }
    busy = false;
    const next = again;
    again = 'no';
    if (next !== 'no' && live()) void run(next === 'fresh');
  };

  return {
    load(fresh) {
      if (!live()) {
        if (view.level === 'tile') data.tile = tileFromPlate(data, floorTo(view.cursor, TILE)) ?? data.tile;
        if (data.card !== undefined && Number(data.card.pa) !== view.selected) data.card = undefined;
        hooks.stale();
        hooks.loaded();
      } else if (!busy) void run(fresh);
      else again = fresh ? 'fresh' : again === 'no' ? 'missing' : again;
    },
  };
}
