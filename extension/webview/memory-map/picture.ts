/** The picture in the page: plates of the overview or one tile, with a cell that a screen reader can follow. */
import type { MapData } from './data';
import { element, sizeCanvas } from './dom';
import { addressText, sizeText } from './format';
import { COLUMNS, floorTo, GRANULE, PLATE, type Plate, position, ROWS, TILE } from './geometry';
import { drawPlate, type Frame, frameOf, rasterFrame, tileAt, tileBox } from './overview';
import { paintTiles } from './raster';
import type { Theme } from './theme';
import { cellAtPoint, drawTile, tileFrameOf } from './tile';
import type { View } from './view';
import { granuleSentence, tileSentence } from './words';

export interface PictureActions {
  /** A click on a cell. */
  pick(address: number): void;
  /** The pointer is over a tile of the overview, or over none. */
  hover(address: number | undefined, x: number, y: number): void;
}

export interface Picture {
  readonly root: HTMLElement;
  readonly grid: HTMLElement;
  draw(view: View, data: MapData, theme: Theme): void;
  /** Plates that are on the screen. */
  visible(): Plate[];
  /** Scrolls as little as it must for the cursor to be seen. */
  showCursor(view: View): void;
  /** Forgets drawn plates: their data, key or theme changed. */
  invalidate(): void;
}

/** Pixels kept free round a cursor that is scrolled into sight. */
const MARGIN = 8;

interface PlateElement {
  readonly plate: Plate;
  readonly box: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  raster: HTMLCanvasElement | undefined;
  /** The frame that the raster was painted for. */
  rasterShape: string;
}

export function createPicture(actions: PictureActions): Picture {
  const proxy = element('div', { role: 'gridcell', id: 'cursor-cell' });
  const proxyRow = element('div', { role: 'row', class: 'hidden-text' }, proxy);
  const canvases = element('div', { class: 'canvases', 'aria-hidden': 'true' });
  const grid = element(
    'div',
    { role: 'grid', tabindex: 0, 'aria-activedescendant': 'cursor-cell', class: 'grid' },
    proxyRow,
    canvases,
  );
  const root = element('div', { class: 'picture' }, grid);
  const tileCanvas = element('canvas');
  const otherTitle = element('h3', { class: 'other-title' }, 'Other memory');
  let plates: PlateElement[] = [];
  let drawn = '';
  let withGpt = true;
  const frame = (plate: Plate): Frame => frameOf(root.clientWidth - 16, withGpt, plate);

  const pointIn = (canvas: HTMLCanvasElement, event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  /** Makes one canvas a plate; called when the banks are known or changed. */
  const arrange = (wanted: readonly Plate[]) => {
    const shape = wanted.map((plate) => `${plate.start}-${plate.end}`).join();
    if (shape === drawn) return;
    drawn = shape;
    plates = wanted.map((plate) => {
      const canvas = element('canvas');
      const box = element('div', { class: plate.other ? 'plate other' : 'plate' }, plateTitle(plate), canvas);
      const tile = (event: MouseEvent) => {
        const { x, y } = pointIn(canvas, event);
        const index = tileAt(frame(plate), x, y);
        const address = index === undefined ? undefined : plate.base + index * TILE;
        return address !== undefined && address >= plate.start && address < plate.end ? address : undefined;
      };
      canvas.addEventListener('click', (event) => {
        const address = tile(event);
        if (address !== undefined) actions.pick(address);
      });
      canvas.addEventListener('mousemove', (event) => actions.hover(tile(event), event.clientX, event.clientY));
      canvas.addEventListener('mouseleave', () => actions.hover(undefined, 0, 0));
      return { plate, box, canvas, raster: undefined, rasterShape: '' };
    });
  };

  let tileBase = 0;
  tileCanvas.addEventListener('click', (event) => {
    const { x, y } = pointIn(tileCanvas, event);
    const index = cellAtPoint(tileFrameOf(root.clientWidth - 16), x, y);
    if (index !== undefined) actions.pick(tileBase + index * GRANULE);
  });

  const drawOverview = (view: View, data: MapData, theme: Theme) => {
    withGpt = view.gpt;
    const other = plates.find(({ plate }) => plate.other);
    const shown = plates.flatMap((each) => (each === other ? [otherTitle, each.box] : [each.box]));
    if (canvases.firstElementChild !== shown[0] || canvases.childElementCount !== shown.length)
      canvases.replaceChildren(...shown);
    for (const each of plates) {
      const plateData = data.overview.get(each.plate.start);
      const layer = plateData?.layers[view.key];
      const plateFrame = frame(each.plate);
      const ratio = globalThis.devicePixelRatio || 1;
      const shape = `${plateFrame.width} ${plateFrame.height} ${ratio}`;
      if (layer !== undefined && (each.raster === undefined || each.rasterShape !== shape)) {
        const raster = rasterFrame(plateFrame, each.plate, ratio);
        each.raster = paintTiles(raster, layer, data.palette, theme, view.isolated);
        each.rasterShape = shape;
      }
      drawPlate(sizeCanvas(each.canvas, plateFrame.width, plateFrame.height), {
        frame: plateFrame,
        plate: each.plate,
        theme,
        palette: data.palette,
        changed: data.changed,
        carveOuts: data.carveOuts,
        cursor: view.cursor,
        raster: each.raster,
        data: plateData,
        key: view.key,
      });
    }
  };

  const drawOneTile = (view: View, data: MapData, theme: Theme) => {
    if (canvases.firstElementChild !== tileCanvas) canvases.replaceChildren(tileCanvas);
    tileBase = floorTo(view.cursor, TILE);
    const tileFrame = tileFrameOf(root.clientWidth - 16);
    drawTile(sizeCanvas(tileCanvas, tileFrame.width, tileFrame.height), {
      frame: tileFrame,
      base: tileBase,
      theme,
      palette: data.palette,
      key: view.key,
      data: data.tile?.state.base === tileBase ? data.tile : undefined,
      shared: data.shared,
      changed: data.changed,
      isolated: view.isolated,
      cursor: view.cursor,
    });
  };

  return {
    root,
    grid,
    draw(view, data, theme) {
      arrange(data.plates);
      if (view.level === 'overview') drawOverview(view, data, theme);
      else drawOneTile(view, data, theme);
      describe(grid, proxyRow, proxy, view, data);
    },
    visible() {
      const { top, bottom } = root.getBoundingClientRect();
      return plates
        .filter(({ box }) => {
          const place = box.getBoundingClientRect();
          return !box.isConnected || (place.bottom >= top && place.top <= bottom);
        })
        .map(({ plate }) => plate);
    },
    showCursor({ level, cursor }) {
      const each = plates.find(({ plate }) => cursor >= plate.start && cursor < plate.end);
      if (level !== 'overview' || each === undefined || !each.box.isConnected) return;
      const { y, height } = tileBox(frame(each.plate), Math.floor((cursor - each.plate.base) / TILE));
      const view = root.getBoundingClientRect();
      const top = each.canvas.getBoundingClientRect().top + y - MARGIN;
      const bottom = top + height + 2 * MARGIN;
      if (top < view.top) root.scrollTop -= view.top - top;
      else if (bottom > view.bottom) root.scrollTop += bottom - view.bottom;
    },
    invalidate() {
      for (const each of plates) each.raster = undefined;
    },
  };
}

function plateTitle({ base, start, end, bank, other }: Plate): HTMLElement {
  const count = (end - start) / TILE;
  const tiles = count < 1 || other ? '' : ` · ${count} tiles of 2 MiB, 512 granules each`;
  return element(
    'div',
    { class: 'plate-title' },
    element('b', {}, `${addressText(start)} – ${addressText(end - 1)}`),
    element(
      'span',
      { class: 'quiet' },
      `${sizeText(end - start)} · ${bank} · GPT level 0 entry [${base / PLATE}]${tiles}`,
    ),
  );
}

/** Tells a screen reader the size of the grid, where the cursor is and what is there. */
function describe(grid: HTMLElement, row: HTMLElement, cell: HTMLElement, view: View, data: MapData): void {
  const { level, cursor } = view;
  const overview = level === 'overview';
  const place = position(data.plates, cursor, level);
  grid.setAttribute('aria-label', overview ? 'Physical memory, a cell is 2 MiB' : 'Tile of 2 MiB, a cell is a granule');
  grid.setAttribute('aria-rowcount', String(overview ? data.plates.length * ROWS : ROWS));
  grid.setAttribute('aria-colcount', String(COLUMNS));
  row.setAttribute('aria-rowindex', String(place.row));
  cell.setAttribute('aria-colindex', String(place.column));
  const plate = data.plates.find(({ start, end }) => cursor >= start && cursor < end);
  const layer = plate === undefined ? undefined : data.overview.get(plate.start)?.layers[view.key];
  const sentence = overview
    ? tileSentence(floorTo(cursor, TILE), layer, data.palette, data.changed)
    : granuleSentence(floorTo(cursor, GRANULE), data);
  cell.setAttribute('aria-label', sentence);
  cell.textContent = sentence;
}
