import type { ColourKey, MemoryMapKey } from '../../../debug-adapter/protocol';
import type { MapData } from './data';
import { element } from './dom';
import { addressText } from './format';
import { plateAt } from './geometry';
import { oneTile, paintTiles } from './raster';
import type { Theme } from './theme';
import { mixText } from './words';

/** Pixels of a granule under the loupe. */
const MAGNIFIED = 8;
const DELAY = 80;
const MARGIN = 14;

/** Shows the granules of the tile under the pointer. */
export function createLoupe(look: () => { theme: Theme; isolated: ReadonlySet<ColourKey> }) {
  const title = element('div', { class: 'loupe-title' });
  const glass = element('div');
  const mix = element('div', { class: 'quiet' });
  const root = element('div', { class: 'loupe', hidden: true, 'aria-hidden': 'true' }, title, glass, mix);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (data: MapData, key: MemoryMapKey, address: number, x: number, y: number) => {
    const plate = plateAt(data.plates, address);
    const layer = plate && data.overview.get(plate.start)?.layers[key];
    if (plate === undefined || layer === undefined) return;
    const { theme, isolated } = look();
    glass.replaceChildren(paintTiles(oneTile(address, MAGNIFIED), layer, data.palette, theme, isolated));
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
