/** The second channel: what tells values apart without their colour. */
import type { ColourKey } from '../../../debug-adapter/protocol';

const GLYPHS: Partial<Record<ColourKey, string>> = {
  'granule.delegated': 'D',
  'granule.rd': 'RD',
  'granule.rec': 'R',
  'granule.recAux': 'a',
  'granule.rtt': 'T',
};

/** One or two letters inside a cell; none for the common values. */
export const glyphOf = (colour: ColourKey): string => GLYPHS[colour] ?? '';

/** MECID textures by number mod 8; the shared context, 0, is plain. */
const MECID_TEXTURES = ['plain', 'slash', 'backslash', 'dots', 'vertical', 'horizontal', 'grid', 'rings'] as const;
export type Texture = (typeof MECID_TEXTURES)[number];

/** `highContrast`: two PASs get lines there, so that they differ without their hues. */
export function textureOf(colour: ColourKey, highContrast: boolean): Texture {
  if (colour === 'granule.delegated') return 'slash';
  if (colour === 'granule.notTracked') return 'dots';
  if (colour === 'pas.secure' && highContrast) return 'slash';
  if (colour === 'pas.root' && highContrast) return 'vertical';
  if (colour.startsWith('mecid.')) return MECID_TEXTURES[Number(colour.slice(6)) % MECID_TEXTURES.length] ?? 'plain';
  return 'plain';
}

/** Whether a texture leaves a hole at a point, in units of the texture's grain. */
export function isHole(texture: Texture, x: number, y: number): boolean {
  switch (texture) {
    case 'plain':
      return false;
    case 'slash':
      return (x + y) % 4 === 0;
    case 'backslash':
      return (x - y + 4096) % 4 === 0;
    case 'dots':
      return x % 2 === 0 && y % 2 === 0;
    case 'vertical':
      return x % 4 === 0;
    case 'horizontal':
      return y % 4 === 0;
    case 'grid':
      return x % 4 === 0 || y % 4 === 0;
    case 'rings':
      return (x % 4 === 1 || x % 4 === 2) && (y % 4 === 1 || y % 4 === 2);
  }
}
