/** Granules as pixels: the picture of tiles, on the pixels of the screen. */
import type { ColourKey } from '../../../debug-adapter/protocol';
import { COLUMNS, GRANULE, ROWS, TILE } from './geometry';
import { type Layer, NOTHING, type Palette } from './layers';
import { isHole, textureOf } from './marks';
import { parseRgb, type Rgb, type Theme } from './theme';

/** Part of a value's colour that stays when others are isolated in the legend. */
const DIMMED = 0.18;
const PER_TILE = COLUMNS * ROWS;

interface Look {
  readonly ink: Rgb;
  readonly ground: Rgb;
  readonly texture: ReturnType<typeof textureOf>;
}

/** A tile of a raster and where it goes, in pixels of the screen. */
export interface RasterTile {
  readonly base: number;
  readonly x: number;
  readonly y: number;
}

export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly RasterTile[];
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Pixels of one grain of a texture. */
  readonly grain: number;
}

/**
 * Numbers of the palette for the pixels of a tile, row by row. From 32 × 16 pixels on every granule has pixels of its own;
 * in a smaller tile a pixel shows the rarest of the granules under it, so that nothing rare is averaged away.
 */
export function tilePixels(
  layer: Layer,
  base: number,
  width: number,
  height: number,
  counts: ReadonlyMap<number, number>,
): Uint16Array {
  const pixels = new Uint16Array(width * height);
  const first = Math.round((base - layer.base) / GRANULE);
  const granules = Array.from({ length: PER_TILE }, (_, index) => layer.values[first + index] ?? NOTHING);
  // A bank may be smaller than a tile: the tile is drawn whole.
  const filler = granules.find((value) => value !== NOTHING) ?? NOTHING;
  const rank = (value: number): number => (value === NOTHING ? Number.POSITIVE_INFINITY : (counts.get(value) ?? 0));
  const columns = spans(width, COLUMNS);
  const rows = spans(height, ROWS);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = rows[y]!;
    for (let x = 0; x < width; x++) {
      const [left, right] = columns[x]!;
      let best = NOTHING;
      for (let row = top; row <= bottom; row++)
        for (let column = left; column <= right; column++) {
          const value = granules[row * COLUMNS + column]!;
          if (best === NOTHING || rank(value) < rank(best)) best = value;
        }
      pixels[y * width + x] = best === NOTHING ? filler : best;
    }
  }
  return pixels;
}

/** First and last cell under each pixel: one when there is a pixel for each. */
function spans(pixels: number, cells: number): (readonly [first: number, last: number])[] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const first = Math.floor((pixel * cells) / pixels);
    if (pixels >= cells) return [first, first];
    return [first, Math.max(first, Math.ceil(((pixel + 1) * cells) / pixels) - 1)];
  });
}

/** How many granules of a layer have each value. */
export function countsOf(layer: Layer): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of layer.values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Draws tiles. `isolated`: only these values keep their full colour. */
export function paintTiles(
  raster: Raster,
  layer: Layer,
  palette: Palette,
  theme: Theme,
  isolated: ReadonlySet<ColourKey>,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = raster.width;
  canvas.height = raster.height;
  const context = canvas.getContext('2d')!;
  const looks = palette.entries.map(({ colour }) => lookOf(colour, theme, isolated));
  const counts = countsOf(layer);
  const { tileWidth, tileHeight, grain } = raster;
  const image = context.createImageData(tileWidth, tileHeight);
  for (const { base, x: left, y: top } of raster.tiles) {
    const pixels = tilePixels(layer, base, tileWidth, tileHeight, counts);
    image.data.fill(0);
    for (let index = 0; index < pixels.length; index++) {
      const look = looks[pixels[index]!];
      if (look === undefined) continue;
      const x = Math.floor((left + (index % tileWidth)) / grain);
      const y = Math.floor((top + Math.floor(index / tileWidth)) / grain);
      const [red, green, blue] = isHole(look.texture, x, y) ? look.ground : look.ink;
      image.data[index * 4] = red;
      image.data[index * 4 + 1] = green;
      image.data[index * 4 + 2] = blue;
      image.data[index * 4 + 3] = 255;
    }
    context.putImageData(image, left, top);
  }
  return canvas;
}

/** A tile alone, magnified by a whole number. */
export const oneTile = (base: number, magnified: number): Raster => ({
  width: COLUMNS * magnified,
  height: ROWS * magnified,
  tiles: [{ base: base - (base % TILE), x: 0, y: 0 }],
  tileWidth: COLUMNS * magnified,
  tileHeight: ROWS * magnified,
  grain: 1,
});

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
