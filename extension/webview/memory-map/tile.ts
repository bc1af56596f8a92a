/** Draws one tile of 2 MiB: 512 granules with glyphs, the GPI as their top edge and the Realm as their bottom edge. */
import type { ColourKey, MemoryMapKey, MemoryMapShared } from '../../../debug-adapter/protocol';
import { type ChangedRange, isChanged, sharedAt, type TileData } from './data';
import { addressText } from './format';
import { COLUMNS, GRANULE, ROWS } from './geometry';
import { NOTHING, type Palette } from './layers';
import { glyphOf, isHole, textureOf } from './marks';
import type { Box } from './overview';
import type { Theme } from './theme';

const RULER = 92;
const GAP = 1;
const LEAST_FOR_GLYPH = 13;

export interface TileFrame {
  readonly width: number;
  readonly height: number;
  readonly stepX: number;
  readonly stepY: number;
}

export function tileFrameOf(width: number): TileFrame {
  const stepX = Math.max(8, Math.floor((width - RULER) / COLUMNS));
  const stepY = Math.max(14, Math.min(34, Math.round(stepX * 1.15)));
  return { width: RULER + stepX * COLUMNS, height: stepY * ROWS + 4, stepX, stepY };
}

export const cellBox = (frame: TileFrame, index: number): Box => ({
  x: RULER + (index % COLUMNS) * frame.stepX,
  y: 2 + Math.floor(index / COLUMNS) * frame.stepY,
  width: frame.stepX - GAP,
  height: frame.stepY - GAP,
});

export function cellAtPoint(frame: TileFrame, x: number, y: number): number | undefined {
  const column = Math.floor((x - RULER) / frame.stepX);
  const row = Math.floor((y - 2) / frame.stepY);
  return column >= 0 && column < COLUMNS && row >= 0 && row < ROWS ? row * COLUMNS + column : undefined;
}

export interface TileView {
  readonly frame: TileFrame;
  readonly base: number;
  readonly theme: Theme;
  readonly palette: Palette;
  readonly key: MemoryMapKey;
  readonly data: TileData | undefined;
  /** Memory of the Host that Realms map too. */
  readonly shared: readonly MemoryMapShared[];
  readonly changed: readonly ChangedRange[];
  readonly isolated: ReadonlySet<ColourKey>;
  readonly cursor: number;
}

export function drawTile(context: CanvasRenderingContext2D, view: TileView): void {
  const { frame, theme, base } = view;
  context.clearRect(0, 0, frame.width, frame.height);
  context.font = `11px ${theme.codeFont}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let row = 0; row < ROWS; row++) {
    context.fillStyle = row % 4 === 0 ? theme.foreground : theme.quiet;
    context.fillText(addressText(base + row * COLUMNS * GRANULE), RULER - 8, 2 + (row + 0.5) * frame.stepY, RULER - 10);
  }
  for (let index = 0; index < COLUMNS * ROWS; index++) drawCell(context, view, index);
  drawRings(context, view);
}

const colourOf = ({ data, palette }: TileView, key: MemoryMapKey, index: number): ColourKey | undefined => {
  const value = data?.[key].values[index];
  return value === undefined || value === NOTHING ? undefined : palette.entries[value]?.colour;
};

function drawCell(context: CanvasRenderingContext2D, view: TileView, index: number): void {
  const { frame, theme, key, isolated } = view;
  const box = cellBox(frame, index);
  const colour = colourOf(view, key, index) ?? 'granule.untouched';
  context.globalAlpha = isolated.size === 0 || isolated.has(colour) ? 1 : 0.18;
  context.fillStyle = theme.colour(colour);
  context.fillRect(box.x, box.y, box.width, box.height);
  drawTexture(context, view, colour, box);
  const glyph = glyphOf(colourOf(view, 'state', index) ?? 'granule.untouched');
  if (glyph !== '' && glyph !== 'D' && box.width >= LEAST_FOR_GLYPH) {
    context.fillStyle = theme.colour(colour);
    // A texture behind a letter makes it unreadable: the letter brings its own ground.
    context.fillRect(box.x + 3, box.y + 5, box.width - 6, box.height - 10);
    context.fillStyle = theme.ink(colour);
    context.font = `${box.width >= 22 ? 11 : 9}px ${theme.codeFont}`;
    context.textAlign = 'center';
    context.fillText(glyph, box.x + box.width / 2, box.y + box.height / 2 + 0.5);
  }
  drawShared(context, view, index, box);
  context.globalAlpha = 1;
  const pas = colourOf(view, 'pas', index);
  if (pas !== undefined) edge(context, theme.colour(pas), box.x, box.y, box.width);
  const realm = colourOf(view, 'realm', index);
  if (realm !== undefined && realm !== 'realm.none')
    edge(context, theme.colour(realm), box.x, box.y + box.height - 2, box.width);
}

/** A dashed frame in the Realm's hue: the Host's memory, which the Realm uses too. */
function drawShared(context: CanvasRenderingContext2D, view: TileView, index: number, box: Box): void {
  const { theme, palette, base } = view;
  const shared = sharedAt(view.shared, base + index * GRANULE);
  if (shared === undefined) return;
  const realm = palette.entries.find(({ colour, label }) => colour.startsWith('realm.') && label === shared.realm);
  context.strokeStyle = realm === undefined ? theme.foreground : theme.colour(realm.colour);
  context.lineWidth = 1;
  context.setLineDash([3, 2]);
  context.strokeRect(box.x + 1.5, box.y + 3.5, box.width - 3, box.height - 7);
  context.setLineDash([]);
  if (box.width < LEAST_FOR_GLYPH || glyphOf(colourOf(view, 'state', index) ?? 'granule.untouched') !== '') return;
  context.fillStyle = theme.ink(colourOf(view, view.key, index) ?? 'granule.untouched');
  context.font = `${box.width >= 22 ? 11 : 9}px ${theme.codeFont}`;
  context.textAlign = 'center';
  context.fillText('ns', box.x + box.width / 2, box.y + box.height / 2 + 0.5);
}

function edge(context: CanvasRenderingContext2D, colour: string, x: number, y: number, width: number): void {
  context.fillStyle = colour;
  context.fillRect(x, y, width, 2);
}

/** Pixels of one grain of a texture. */
const GRAIN = 2;

function drawTexture(context: CanvasRenderingContext2D, view: TileView, colour: ColourKey, box: Box): void {
  const { theme } = view;
  const texture = textureOf(colour, theme.highContrast);
  if (texture === 'plain') return;
  context.fillStyle = colour === 'granule.notTracked' ? theme.quiet : theme.background;
  for (let y = 0; y * GRAIN < box.height; y++)
    for (let x = 0; x * GRAIN < box.width; x++)
      if (isHole(texture, x, y))
        context.fillRect(
          box.x + x * GRAIN,
          box.y + y * GRAIN,
          Math.min(GRAIN, box.width - x * GRAIN),
          Math.min(GRAIN, box.height - y * GRAIN),
        );
}

function drawRings(context: CanvasRenderingContext2D, view: TileView): void {
  const { frame, base, theme, changed, cursor } = view;
  context.strokeStyle = theme.change;
  context.lineWidth = 1;
  for (let index = 0; index < COLUMNS * ROWS; index++) {
    if (!isChanged(changed, base + index * GRANULE, GRANULE)) continue;
    const { x, y, width, height } = cellBox(frame, index);
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  }
  const at = Math.floor((cursor - base) / GRANULE);
  if (at < 0 || at >= COLUMNS * ROWS) return;
  const { x, y, width, height } = cellBox(frame, at);
  context.strokeStyle = theme.focus;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, width + 2, height + 2);
}
