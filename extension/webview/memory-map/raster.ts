import type { ColourKey } from '../../../debug-adapter/protocol';
import { COLUMNS, GRANULE, ROWS, TILE } from './geometry';
import { type Layer, NOTHING, type Palette } from './layers';
import { isHole, textureOf } from './marks';
import { parseRgb, type Rgb, type Theme } from './theme';

/** Pixels of a plate's raster: a granule each, tiles of 32 × 16 in 16 rows of 32. */
export const RASTER_WIDTH = COLUMNS * COLUMNS;
export const RASTER_HEIGHT = ROWS * ROWS;

/** Part of a value's colour that stays when others are isolated in the legend. */
const DIMMED = 0.18;

interface Look {
  readonly ink: Rgb;
  readonly ground: Rgb;
  readonly texture: ReturnType<typeof textureOf>;
}

/** One pixel a granule, in the order of the picture. `isolated`: only these values keep their full colour. */
export function rasterOf(
  plateBase: number,
  layer: Layer,
  palette: Palette,
  theme: Theme,
  isolated: ReadonlySet<ColourKey>,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = RASTER_WIDTH;
  canvas.height = RASTER_HEIGHT;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(RASTER_WIDTH, RASTER_HEIGHT);
  const looks = palette.entries.map(({ colour }) => lookOf(colour, theme, isolated));
  const first = Math.round((layer.base - plateBase) / GRANULE);
  for (let index = 0; index < layer.values.length; index++) {
    const value = layer.values[index]!;
    const look = value === NOTHING ? undefined : looks[value];
    if (look === undefined) continue;
    const { x, y } = rasterPoint(first + index);
    const [red, green, blue] = isHole(look.texture, x, y) ? look.ground : look.ink;
    image.data.set([red, green, blue, 255], (y * RASTER_WIDTH + x) * 4);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Where the nth granule of a plate is in its raster. */
export function rasterPoint(granule: number): { x: number; y: number } {
  const perTile = TILE / GRANULE;
  const tile = Math.floor(granule / perTile);
  const inTile = granule % perTile;
  return {
    x: (tile % COLUMNS) * COLUMNS + (inTile % COLUMNS),
    y: Math.floor(tile / COLUMNS) * ROWS + Math.floor(inTile / COLUMNS),
  };
}

function lookOf(colour: ColourKey, theme: Theme, isolated: ReadonlySet<ColourKey>): Look {
  const background = parseRgb(theme.background);
  const kept = isolated.size === 0 || isolated.has(colour) ? 1 : DIMMED;
  const texture = textureOf(colour, theme.highContrast);
  const ink = mix(theme.rgb(colour), background, kept);
  // What the RMM does not track is dark, so its dots are lighter than its fill.
  const hole = colour === 'granule.notTracked' ? mix(parseRgb(theme.quiet), background, 0.5) : background;
  return { ink, ground: mix(hole, background, kept), texture };
}

const mix = (a: Rgb, b: Rgb, share: number): Rgb =>
  [0, 1, 2].map((channel) => Math.round(a[channel]! * share + b[channel]! * (1 - share))) as unknown as Rgb;
