import type { MemoryMapKey } from '../../../debug-adapter/protocol';
import type { MapData } from './data';
import { element, sizeCanvas } from './dom';
import { addressText } from './format';
import { COLUMNS, plateAt, ROWS, TILE } from './geometry';
import type { Picture } from './picture';
import { mixText } from './words';

/** Pixels of a granule under the loupe. */
const MAGNIFIED = 8;
const DELAY = 80;
const MARGIN = 14;

/** Shows the granules of the tile under the pointer. */
export function createLoupe(picture: Picture) {
  const title = element('div', { class: 'loupe-title' });
  const canvas = element('canvas');
  const mix = element('div', { class: 'quiet' });
  const root = element('div', { class: 'loupe', hidden: true, 'aria-hidden': 'true' }, title, canvas, mix);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (data: MapData, key: MemoryMapKey, address: number, x: number, y: number) => {
    const plate = plateAt(data.plates, address);
    const raster = plate && picture.rasterOf(plate);
    const layer = plate && data.overview.get(plate.start)?.layers[key];
    if (plate === undefined || raster === undefined || layer === undefined) return;
    const tile = (address - plate.base) / TILE;
    const context = sizeCanvas(canvas, COLUMNS * MAGNIFIED, ROWS * MAGNIFIED);
    context.imageSmoothingEnabled = false;
    const left = (tile % COLUMNS) * COLUMNS;
    const top = Math.floor(tile / COLUMNS) * ROWS;
    context.drawImage(raster, left, top, COLUMNS, ROWS, 0, 0, COLUMNS * MAGNIFIED, ROWS * MAGNIFIED);
    title.replaceChildren(element('b', {}, `Tile ${addressText(address)}`), element('span', {}, '2 MiB · click opens'));
    mix.textContent = mixText(layer, data.palette, address);
    root.hidden = false;
    const { width, height } = root.getBoundingClientRect();
    const right = x + MARGIN + width < innerWidth ? x + MARGIN : x - MARGIN - width;
    const below = y + MARGIN + height < innerHeight ? y + MARGIN : y - MARGIN - height;
    root.style.left = `${Math.max(0, right)}px`;
    root.style.top = `${Math.max(0, below)}px`;
  };

  return {
    root,
    hover(data: MapData, key: MemoryMapKey, address: number | undefined, x: number, y: number) {
      clearTimeout(timer);
      if (address === undefined) root.hidden = true;
      else timer = setTimeout(() => show(data, key, address, x, y), root.hidden ? DELAY : 0);
    },
  };
}
