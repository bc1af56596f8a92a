/** Draws a plate: 512 tiles of 2 MiB with ruler, Realm outlines, labels and what the GPT says at the right. */
import type { ColourKey, GptRun, MemoryMapKey, MemoryMapRange } from '../../../debug-adapter/protocol';
import type { ChangedRange, PlateData } from './data';
import { isChanged } from './data';
import { addressText } from './format';
import { COLUMNS, type Plate, ROWS, TILE } from './geometry';
import { type Layer, NOTHING, type Palette } from './layers';
import type { Raster } from './raster';
import type { Theme } from './theme';

const RULER = 92;
const GUTTER = 84;
const GAP = 2;
/** Above the first row, for its label and rings. */
const TOP = 4;
/** Bytes a row. */
const ROW = COLUMNS * TILE;
/** Below this width of the panel the ruler takes only what it must and the GPT is left out. */
const NARROW = 560;

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly ruler: number;
  readonly gutter: number;
  /** From one tile to the next, gap included. */
  readonly stepX: number;
  readonly stepY: number;
  /** Rows of 64 MiB that hold memory: first, and how many. */
  readonly firstRow: number;
  readonly rows: number;
}

/** A tile that is wide enough for its granules takes whole pixels for each of them, when little room is lost by that. */
const LEAST_USE = 0.7;
/** From this width on a tile is high enough for each of its rows, even if not wide enough for each of its columns. */
const LEAST_FOR_ROWS = 18;

/** Whole device-independent pixels a tile, so that equal tiles look equal. */
export function frameOf(width: number, withGpt: boolean, plate: Plate): Frame {
  const gutter = withGpt && width >= NARROW ? GUTTER : 0;
  const room = Math.max(6, Math.floor((width - RULER - gutter) / COLUMNS)) - GAP;
  const whole = Math.floor(room / COLUMNS) * COLUMNS;
  const tileWidth = whole >= room * LEAST_USE ? whole : room;
  const stepX = tileWidth + GAP;
  const tileHeight = Math.max(tileWidth >= LEAST_FOR_ROWS ? ROWS : 0, Math.ceil(tileWidth / 2));
  const stepY = Math.max(9, tileHeight + GAP);
  const firstRow = Math.floor((plate.start - plate.base) / ROW);
  const rows = Math.ceil((plate.end - plate.base) / ROW) - firstRow;
  const size = { width: RULER + stepX * COLUMNS + gutter, height: stepY * rows + 2 * TOP };
  return { ...size, ruler: RULER, gutter, stepX, stepY, firstRow, rows };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Box of the nth tile of a plate. */
export const tileBox = (frame: Frame, index: number): Box => ({
  x: frame.ruler + (index % COLUMNS) * frame.stepX,
  y: TOP + (Math.floor(index / COLUMNS) - frame.firstRow) * frame.stepY,
  width: frame.stepX - GAP,
  height: frame.stepY - GAP,
});

/** Number of the tile at a point of the plate, or undefined. */
export function tileAt(frame: Frame, x: number, y: number): number | undefined {
  const column = Math.floor((x - frame.ruler) / frame.stepX);
  const row = Math.floor((y - TOP) / frame.stepY);
  const inside = column >= 0 && column < COLUMNS && row >= 0 && row < frame.rows;
  return inside ? (row + frame.firstRow) * COLUMNS + column : undefined;
}

/** The tiles of a plate on the pixels of a screen that has `ratio` of them for a CSS pixel. */
export function rasterFrame(frame: Frame, plate: Plate, ratio: number): Raster {
  const tiles = tilesOf(plate).map((index) => {
    const { x, y } = tileBox(frame, index);
    return { base: plate.base + index * TILE, x: Math.round(x * ratio), y: Math.round(y * ratio) };
  });
  return {
    width: Math.round(frame.width * ratio),
    height: Math.round(frame.height * ratio),
    tiles,
    tileWidth: Math.round((frame.stepX - GAP) * ratio),
    tileHeight: Math.round((frame.stepY - GAP) * ratio),
    grain: Math.max(1, Math.round(ratio)),
  };
}

export interface PlateView {
  readonly frame: Frame;
  readonly plate: Plate;
  readonly theme: Theme;
  readonly palette: Palette;
  readonly changed: readonly ChangedRange[];
  readonly carveOuts: readonly MemoryMapRange[];
  /** PA under the cursor. */
  readonly cursor: number;
  readonly raster: HTMLCanvasElement | undefined;
  readonly data: PlateData | undefined;
  readonly key: MemoryMapKey;
}

export function drawPlate(context: CanvasRenderingContext2D, view: PlateView): void {
  const { frame, raster } = view;
  context.clearRect(0, 0, frame.width, frame.height);
  drawRuler(context, view);
  if (raster === undefined) drawEmpty(context, view);
  else drawTiles(context, view, raster);
  if (view.data !== undefined && frame.gutter > 0) drawGpt(context, view, view.data.gpt);
  drawRealms(context, view);
  drawChanges(context, view);
  drawCarveOuts(context, view);
  drawCursor(context, view);
}

function drawRuler(context: CanvasRenderingContext2D, { frame, plate, theme }: PlateView): void {
  context.font = `11px ${theme.codeFont}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const every = frame.stepY < 13 ? 2 : 1;
  for (let row = 0; row < frame.rows; row += every) {
    context.fillStyle = row % 4 === 0 ? theme.foreground : theme.quiet;
    const label = addressText(plate.base + (row + frame.firstRow) * ROW);
    context.fillText(label, frame.ruler - 8, TOP + row * frame.stepY + (frame.stepY - GAP) / 2, frame.ruler - 10);
  }
}

const tilesOf = (plate: Plate): number[] => {
  const first = Math.floor((plate.start - plate.base) / TILE);
  const last = Math.ceil((plate.end - plate.base) / TILE);
  return Array.from({ length: last - first }, (_, index) => first + index);
};

function drawEmpty(context: CanvasRenderingContext2D, { frame, plate, theme }: PlateView): void {
  context.fillStyle = theme.colour('granule.untouched');
  for (const index of tilesOf(plate)) {
    const { x, y, width, height } = tileBox(frame, index);
    context.fillRect(x, y, width, height);
  }
}

function drawTiles(context: CanvasRenderingContext2D, view: PlateView, raster: HTMLCanvasElement): void {
  const { frame, plate, theme, palette, data, key } = view;
  context.imageSmoothingEnabled = false;
  context.drawImage(raster, 0, 0, frame.width, frame.height);
  const layer = data?.layers[key];
  // With a pixel for each granule nothing can vanish; below that an RD or a REC keeps a corner.
  if (layer === undefined || frame.stepX - GAP >= COLUMNS) return;
  for (const index of tilesOf(plate)) {
    const { x, y } = tileBox(frame, index);
    const rarest = rarestInTile(view, layer, index);
    if (rarest === undefined) continue;
    context.fillStyle = theme.colour(palette.entries[rarest]!.colour);
    context.fillRect(x, y, 4, 4);
  }
}

const PRECIOUS: ReadonlySet<ColourKey> = new Set(['granule.rd', 'granule.rec']);

/** The value of a tile that most wants to be seen, when it would be lost among others. */
function rarestInTile({ plate, palette }: PlateView, layer: Layer, index: number): number | undefined {
  const perTile = TILE / layer.cell;
  const from = Math.max(0, Math.round((plate.base + index * TILE - layer.base) / layer.cell));
  const wanted = palette.entries.map(({ colour }) => PRECIOUS.has(colour));
  let found: number | undefined;
  for (let cell = from; cell < Math.min(from + perTile, layer.values.length); cell++) {
    const value = layer.values[cell]!;
    if (value === NOTHING || !wanted[value]) continue;
    if (palette.entries[value]!.colour === 'granule.rd') return value;
    found ??= value;
  }
  return found;
}

const GPI_COLOURS: Readonly<Record<number, ColourKey>> = {
  0: 'pas.none',
  8: 'pas.secure',
  9: 'pas.nonSecure',
  10: 'pas.root',
  11: 'pas.realm',
  15: 'pas.any',
};

export const gpiColour = (gpi: number): ColourKey => GPI_COLOURS[gpi] ?? 'pas.none';

const NON_SECURE = 9;

/** A bar a row of 64 MiB: equal GPT entries are one piece, with their GPI where it fits. */
function drawGpt(context: CanvasRenderingContext2D, view: PlateView, runs: readonly GptRun[]): void {
  const { frame, plate, theme } = view;
  const left = frame.ruler + COLUMNS * frame.stepX + 6;
  const width = frame.gutter - 8;
  const span = ROW;
  context.font = `10px ${theme.codeFont}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  // What is Realm, Root or Secure may be thinner than a pixel: nothing is drawn over it.
  const order = [...runs].sort((a, b) => Number(b.gpi === NON_SECURE) - Number(a.gpi === NON_SECURE));
  for (const run of order) {
    const runStart = Number(run.base);
    const runEnd = runStart + Number(run.size);
    for (let row = 0; row < frame.rows; row++) {
      const rowStart = plate.base + (row + frame.firstRow) * span;
      const start = Math.max(runStart, rowStart);
      const end = Math.min(runEnd, rowStart + span);
      if (start >= end) continue;
      const x = left + ((start - rowStart) / span) * width;
      const size = Math.max(2, ((end - start) / span) * width);
      const y = TOP + row * frame.stepY;
      const colour = gpiColour(run.gpi);
      context.fillStyle = theme.colour(colour);
      context.fillRect(x, y, size, frame.stepY - GAP);
      if (size < 34 || frame.stepY < 12) continue;
      context.fillStyle = theme.ink(colour);
      context.fillText(`0x${run.gpi.toString(16).toUpperCase()}`, x + size / 2, y + (frame.stepY - GAP) / 2 + 0.5);
    }
  }
}

/** Number of the palette of the Realm in each tile; a tile that is only partly a Realm's counts. */
function realmTiles({ plate, palette }: PlateView, data: PlateData): (number | undefined)[] {
  const tiles = new Array<number | undefined>(COLUMNS * ROWS).fill(undefined);
  const first = Math.round((data.realms.base - plate.base) / TILE);
  for (let index = 0; index < data.realms.values.length; index++) {
    const candidates = [data.realms.values[index]!, data.realms.rare[index]!];
    tiles[first + index] = candidates.find(
      (value) => value !== NOTHING && palette.entries[value]?.colour !== 'realm.none',
    );
  }
  return tiles;
}

function drawRealms(context: CanvasRenderingContext2D, view: PlateView): void {
  const { frame, theme, palette, data } = view;
  if (data === undefined) return;
  const tiles = realmTiles(view, data);
  context.lineWidth = 2;
  for (let index = 0; index < tiles.length; index++) {
    const realm = tiles[index];
    if (realm === undefined) continue;
    const { x, y, width, height } = tileBox(frame, index);
    const column = index % COLUMNS;
    context.strokeStyle = theme.colour(palette.entries[realm]!.colour);
    context.beginPath();
    if (tiles[index - COLUMNS] !== realm) line(context, x - 1, y - 1, x + width + 1, y - 1);
    if (tiles[index + COLUMNS] !== realm) line(context, x - 1, y + height + 1, x + width + 1, y + height + 1);
    if (column === 0 || tiles[index - 1] !== realm) line(context, x - 1, y - 1, x - 1, y + height + 1);
    if (column === COLUMNS - 1 || tiles[index + 1] !== realm)
      line(context, x + width + 1, y - 1, x + width + 1, y + height + 1);
    context.stroke();
  }
  for (const realm of new Set(tiles.filter((value) => value !== undefined))) {
    const entry = palette.entries[realm]!;
    chip(context, view, tiles.lastIndexOf(realm) + 1, entry.label, theme.colour(entry.colour));
  }
}

const line = (context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number) => {
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
};

/** Names of carve-outs; those too close for a label each share one. */
function drawCarveOuts(context: CanvasRenderingContext2D, view: PlateView): void {
  const { frame, plate, theme, carveOuts } = view;
  const labels: { tile: number; text: string }[] = [];
  context.font = `11px ${theme.uiFont}`;
  for (const { name, base } of carveOuts) {
    const start = Number(base);
    if (name === plate.bank || start < plate.start || start >= plate.end) continue;
    const tile = Math.floor((start - plate.base) / TILE);
    const last = labels.at(-1);
    const sameRow = last !== undefined && Math.floor(last.tile / COLUMNS) === Math.floor(tile / COLUMNS);
    if (sameRow && (tile - last.tile) * frame.stepX < context.measureText(last.text).width + 16)
      last.text += `, ${name}`;
    else labels.push({ tile, text: name });
  }
  for (const { tile, text } of labels) chip(context, view, tile, text);
}

/** A label over the tiles, at the tile it names, kept inside the plate. */
function chip(context: CanvasRenderingContext2D, view: PlateView, index: number, text: string, dot?: string): void {
  const { frame, theme } = view;
  const { x, y: top } = tileBox(frame, Math.min(index, COLUMNS * ROWS - 1));
  context.font = `11px ${theme.uiFont}`;
  const inset = dot === undefined ? 5 : 15;
  const width = context.measureText(text).width + inset + 5;
  const height = Math.max(14, frame.stepY - 1);
  const y = Math.min(top, frame.height - height - 1);
  const left = Math.min(x + 2, frame.ruler + COLUMNS * frame.stepX - width - 2);
  context.fillStyle = theme.widget;
  context.strokeStyle = theme.border;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(left + 0.5, y - 0.5, width, height, 3);
  context.fill();
  context.stroke();
  if (dot !== undefined) {
    context.fillStyle = dot;
    context.fillRect(left + 5, y + height / 2 - 3.5, 6, 6);
  }
  context.fillStyle = theme.foreground;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, left + inset, y + height / 2);
}

function drawChanges(context: CanvasRenderingContext2D, { frame, plate, theme, changed }: PlateView): void {
  context.lineWidth = 1;
  for (const index of tilesOf(plate)) {
    if (!isChanged(changed, plate.base + index * TILE, TILE)) continue;
    // In the gap round the tile: the granules, the first of them an RD as like as not, stay to be seen.
    const { x, y, width, height } = tileBox(frame, index);
    context.strokeStyle = theme.change;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    context.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
  }
}

function drawCursor(context: CanvasRenderingContext2D, { frame, plate, theme, cursor }: PlateView): void {
  if (cursor < plate.start || cursor >= plate.end) return;
  const { x, y, width, height } = tileBox(frame, Math.floor((cursor - plate.base) / TILE));
  context.strokeStyle = theme.focus;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, width + 2, height + 2);
}
