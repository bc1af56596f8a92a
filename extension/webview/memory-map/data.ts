/** What the panel knows of the machine, and how it asks for what is visible. */
import type {
  GptRun,
  GranuleResponse,
  MemoryMapKey,
  MemoryMapLegendEntry,
  MemoryMapRange,
  MemoryMapResponse,
} from '../../../debug-adapter/protocol';
import type { Extension } from './asking';
import { plainAddress } from './format';
import { GRANULE, PLATE, type Plate, platesOf, TILE } from './geometry';
import { fillLayer, type Layer, newLayer, newPalette, type Palette } from './layers';

/** Everything a plate of the overview is drawn from. */
export interface PlateData {
  readonly layer: Layer;
  readonly realms: Layer;
  readonly gpt: readonly GptRun[];
}

/** A 2 MiB tile by every key, a cell a granule. */
export type TileData = Readonly<Record<MemoryMapKey, Layer>>;

export interface ChangedRange {
  readonly start: number;
  readonly end: number;
}

export interface MapData {
  readonly palette: Palette;
  banks: readonly MemoryMapRange[];
  carveOuts: readonly MemoryMapRange[];
  plates: readonly Plate[];
  changed: readonly ChangedRange[];
  /** Counts over all memory by the key the picture is coloured by. */
  legend: readonly MemoryMapLegendEntry[];
  overview: Map<number, PlateData>;
  tile: TileData | undefined;
  card: GranuleResponse | undefined;
}

export const KEYS = ['pas', 'state', 'realm', 'mecid'] as const satisfies readonly MemoryMapKey[];

export const newData = (): MapData => ({
  palette: newPalette(),
  banks: [],
  carveOuts: [],
  plates: [],
  changed: [],
  legend: [],
  overview: new Map(),
  tile: undefined,
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
): Promise<Layer> {
  const layer = newLayer(start, size, cell);
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

/** The banks, what changed, and the counts of the legend. */
export async function loadSummary(ask: Ask, data: MapData, key: MemoryMapKey): Promise<void> {
  const whole = await ask('cca/memoryMap', { key, cell: PLATE });
  data.banks = whole.banks;
  data.carveOuts = whole.carveOuts;
  data.plates = platesOf(whole.banks);
  data.changed = whole.changed.map(({ base, size }) => ({ start: Number(base), end: Number(base) + Number(size) }));
  const answers = await Promise.all(
    whole.banks.map(({ base, size }) => ask('cca/memoryMap', { base, size, key, cell: PLATE })),
  );
  data.legend = addLegends(answers);
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

export async function loadPlate(ask: Ask, palette: Palette, key: MemoryMapKey, plate: Plate): Promise<PlateData> {
  const { start, end } = plate;
  const [layer, realms, gpt] = await Promise.all([
    loadLayer(ask, palette, key, start, end - start, GRANULE),
    loadLayer(ask, palette, 'realm', start, end - start, TILE),
    ask('cca/gpt', { base: plainAddress(start), size: plainAddress(end - start) }),
  ]);
  return { layer, realms, gpt: gpt.runs };
}

export async function loadTile(ask: Ask, palette: Palette, base: number): Promise<TileData> {
  const layers = await Promise.all(KEYS.map((key) => loadLayer(ask, palette, key, base, TILE, GRANULE)));
  return Object.fromEntries(KEYS.map((key, index) => [key, layers[index]!])) as unknown as TileData;
}

export const isChanged = (changed: readonly ChangedRange[], start: number, size: number): boolean =>
  changed.some((range) => range.start < start + size && range.end > start);
