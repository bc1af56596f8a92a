/** What the panel knows of the machine, and how it asks for what is visible. */
import type {
  GptRun,
  GranuleResponse,
  MemoryMapBank,
  MemoryMapKey,
  MemoryMapLegendEntry,
  MemoryMapRange,
  MemoryMapResponse,
  MemoryMapShared,
} from '../../../debug-adapter/protocol';
import type { Extension } from './asking';
import { plainAddress } from './format';
import { floorTo, GRANULE, PLATE, type Plate, platesOf, TILE } from './geometry';
import { fillLayer, type Layer, NOTHING, newLayer, newPalette, type Palette } from './layers';

/** Everything a plate of the overview is drawn from. */
export interface PlateData {
  /** A cell a granule, by the keys asked for so far. */
  readonly layers: Partial<Record<MemoryMapKey, Layer>>;
  /** A cell a tile. */
  readonly realms: Layer;
  readonly gpt: readonly GptRun[];
}

/** A 2 MiB tile by every key, a cell a granule. */
export type TileData = Readonly<Record<MemoryMapKey, Layer>>;

export interface ChangedRange {
  readonly start: number;
  readonly end: number;
  /** How, in words. */
  readonly what: string;
}

export interface MapData {
  readonly palette: Palette;
  banks: readonly MemoryMapBank[];
  carveOuts: readonly MemoryMapRange[];
  plates: readonly Plate[];
  changed: readonly ChangedRange[];
  /** Granules that changed, those beyond the ranges that an answer holds included. */
  changedGranules: number;
  /** Counts over all memory, by the keys asked for so far. */
  legends: Partial<Record<MemoryMapKey, readonly MemoryMapLegendEntry[]>>;
  /** By the plate's first address: two small banks may lie in one gibibyte. */
  overview: Map<number, PlateData>;
  tile: TileData | undefined;
  /** What the Realms share with the Host in that tile. */
  shared: readonly MemoryMapShared[];
  card: GranuleResponse | undefined;
}

export const KEYS = ['pas', 'state', 'realm', 'mecid'] as const satisfies readonly MemoryMapKey[];

export const newData = (): MapData => ({
  palette: newPalette(),
  banks: [],
  carveOuts: [],
  plates: [],
  changed: [],
  changedGranules: 0,
  legends: {},
  overview: new Map(),
  tile: undefined,
  shared: [],
  card: undefined,
});

type Ask = Extension['ask'];

/** Answers to follow for one stretch before the rest stays blank: one that long is noise, not a picture. */
const MOST_PAGES = 64;

async function loadLayer(
  ask: Ask,
  palette: Palette,
  key: MemoryMapKey,
  start: number,
  size: number,
  cell: number,
  layer = newLayer(start, size, cell),
): Promise<Layer> {
  let from = start;
  for (let page = 0; page < MOST_PAGES && from < start + size; page++) {
    const answer = await ask('cca/memoryMap', {
      base: plainAddress(from),
      size: plainAddress(start + size - from),
      cell,
      key,
    });
    fillLayer(layer, palette, answer);
    if (answer.next === undefined) break;
    from = Number(answer.next);
  }
  return layer;
}

/** The banks and what changed. */
export async function loadBanks(ask: Ask, data: MapData): Promise<void> {
  const whole = await ask('cca/memoryMap', { cell: PLATE });
  data.banks = whole.banks;
  data.carveOuts = whole.carveOuts;
  data.plates = platesOf(whole.banks);
  data.changedGranules = whole.changedGranules;
  data.changed = whole.changed.map(({ base, size, what }) => ({
    start: Number(base),
    end: Number(base) + Number(size),
    what,
  }));
}

/** How much memory has each value of a key; holes between the banks are not counted. */
export async function loadLegend(ask: Ask, banks: MapData['banks'], key: MemoryMapKey) {
  const answers = await Promise.all(
    banks.map(({ base, size }) => ask('cca/memoryMap', { base, size, key, cell: cellFor(Number(base), Number(size)) })),
  );
  return addLegends(answers);
}

/** The largest cell that divides a stretch, so that nothing beside it is counted. */
export function cellFor(base: number, size: number): number {
  let cell = PLATE;
  while (cell > GRANULE && (base % cell !== 0 || size % cell !== 0)) cell /= 2;
  return cell;
}

/** One legend for several stretches of memory. */
export function addLegends(answers: readonly Pick<MemoryMapResponse, 'legend'>[]): MemoryMapLegendEntry[] {
  const sum = new Map<string, MemoryMapLegendEntry>();
  for (const entry of answers.flatMap(({ legend }) => legend)) {
    const before = sum.get(entry.colour)?.granules ?? 0;
    sum.set(entry.colour, { ...entry, granules: before + entry.granules });
  }
  return [...sum.values()].filter(({ granules }) => granules > 0).sort((a, b) => b.granules - a.granules);
}

/** Mixed tiles this close are asked for together. */
const NEAR = 4 * TILE;

/** A cell a granule of a whole plate; asks granule by granule only for the tiles that are of more than one value. */
async function loadGranules(ask: Ask, palette: Palette, key: MemoryMapKey, { start, end }: Plate): Promise<Layer> {
  const layer = newLayer(start, end - start, GRANULE);
  const first = floorTo(start, TILE);
  const tiles = await loadLayer(ask, palette, key, first, end - first, TILE);
  const mixed: { from: number; to: number }[] = [];
  for (let index = 0; index < tiles.values.length; index++) {
    const from = Math.max(start, first + index * TILE);
    const to = Math.min(end, first + (index + 1) * TILE);
    const value = tiles.values[index]!;
    const last = mixed.at(-1);
    if (to - from === TILE && value !== NOTHING && tiles.rare[index] === NOTHING)
      layer.values.fill(value, (from - start) / GRANULE, (to - start) / GRANULE);
    else if (last !== undefined && from - last.to <= NEAR) last.to = to;
    else mixed.push({ from, to });
  }
  await Promise.all(mixed.map(({ from, to }) => loadLayer(ask, palette, key, from, to - from, GRANULE, layer)));
  return layer;
}

/** Adds a key to what is known of a plate, or begins with it. */
export async function loadPlate(
  ask: Ask,
  palette: Palette,
  key: MemoryMapKey,
  plate: Plate,
  known: PlateData | undefined,
): Promise<PlateData> {
  const { start, end } = plate;
  const layer = await loadGranules(ask, palette, key, plate);
  if (known !== undefined) return { ...known, layers: { ...known.layers, [key]: layer } };
  const [realms, gpt] = await Promise.all([
    loadLayer(ask, palette, 'realm', start, end - start, TILE),
    ask('cca/gpt', { base: plainAddress(start), size: plainAddress(end - start) }),
  ]);
  return { layers: { [key]: layer }, realms, gpt: gpt.runs };
}

export async function loadTile(ask: Ask, palette: Palette, base: number): Promise<TileData> {
  const layers = await Promise.all(KEYS.map((key) => loadLayer(ask, palette, key, base, TILE, GRANULE)));
  return Object.fromEntries(KEYS.map((key, index) => [key, layers[index]!])) as unknown as TileData;
}

/** A tile as far as its plate is known: what is left to show when nobody answers any more. */
export function tileFromPlate(data: MapData, base: number): TileData | undefined {
  const plate = data.plates.find(({ start, end }) => base >= start && base < end);
  const layers = plate && data.overview.get(plate.start)?.layers;
  if (layers === undefined) return undefined;
  const cut = KEYS.map((key) => {
    const part = newLayer(base, TILE, GRANULE);
    const whole = layers[key];
    if (whole === undefined) return part;
    const from = (base - whole.base) / GRANULE;
    part.values.set(whole.values.subarray(from, from + part.values.length));
    return part;
  });
  return Object.fromEntries(KEYS.map((key, index) => [key, cut[index]!])) as unknown as TileData;
}

/** What the Realms share with the Host in a tile. */
export async function loadShared(ask: Ask, base: number): Promise<readonly MemoryMapShared[]> {
  const answer = await ask('cca/memoryMap', { base: plainAddress(base), size: plainAddress(TILE), key: 'state' });
  return answer.shared ?? [];
}

export const sharedAt = (shared: readonly MemoryMapShared[], address: number): MemoryMapShared | undefined =>
  shared.find(({ base, size }) => address >= Number(base) && address < Number(base) + Number(size));

export const isChanged = (changed: readonly ChangedRange[], start: number, size: number): boolean =>
  changed.some((range) => range.start < start + size && range.end > start);
