/** The colour table against the figures it was chosen by: distances under three kinds of colour vision, and contrasts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COLOURS, REALM_HUES } from '../../extension/contributions/colours';
import { luminance, parseRgb, type Rgb } from '../../extension/webview/memory-map/theme';

const THEMES = ['dark', 'light', 'highContrast'] as const;
type ThemeName = (typeof THEMES)[number];

const colour = (id: string, theme: ThemeName): Rgb => parseRgb(COLOURS.find((each) => each.id === id)![theme]);

const linear = (channel: number): number => {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

/** Full protanopia, deuteranopia and tritanopia: Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB. */
const VISION: Readonly<Record<string, readonly (readonly number[])[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** OKLab of a colour as somebody sees it (Ottosson 2020). */
function seen(rgb: Rgb, matrix: readonly (readonly number[])[]): number[] {
  const source = rgb.map(linear);
  const [r, g, b] = matrix.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, factor, index) => sum + factor * source[index]!, 0),
      ),
    ),
  ) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function leastDistance(ids: readonly string[], theme: ThemeName): number {
  let least = Number.POSITIVE_INFINITY;
  for (const matrix of Object.values(VISION)) {
    const points = ids.map((id) => seen(colour(id, theme), matrix));
    for (let a = 0; a < points.length; a++)
      for (let b = a + 1; b < points.length; b++)
        least = Math.min(least, Math.hypot(...points[a]!.map((value, index) => value - points[b]![index]!)));
  }
  return least;
}

const SETS: Readonly<Record<string, readonly string[]>> = {
  PAS: ['pas.nonSecure', 'pas.secure', 'pas.realm', 'pas.root'],
  states: ['undelegated', 'delegated', 'rd', 'rec', 'recAux', 'data', 'rtt'].map((state) => `granule.${state}`),
  Realms: Array.from({ length: REALM_HUES }, (_, index) => `realm.${index + 1}`),
};

/** Rounded down from what the colours have; a state's glyph carries it where two are near (REC and RTT for a tritanope). */
const FLOORS: Readonly<Record<string, Readonly<Record<ThemeName, number>>>> = {
  PAS: { dark: 0.18, light: 0.2, highContrast: 0.12 },
  states: { dark: 0.095, light: 0.12, highContrast: 0.095 },
  Realms: { dark: 0.11, light: 0.11, highContrast: 0.09 },
};

const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

const BACKGROUND: Readonly<Record<ThemeName, Rgb>> = {
  dark: parseRgb('#1f1f1f'),
  light: parseRgb('#ffffff'),
  highContrast: parseRgb('#000000'),
};

describe('colours', () => {
  for (const [name, ids] of Object.entries(SETS))
    for (const theme of THEMES)
      it(`${name} stay apart in ${theme}, for every kind of colour vision`, () => {
        const least = leastDistance(ids, theme);
        assert.ok(least >= FLOORS[name]![theme], `smallest OKLab distance ${least.toFixed(3)}`);
      });

  it('outlines of Realms and rings of changes can be seen: 3:1 against the background', () => {
    for (const theme of THEMES)
      for (const id of [...SETS['Realms']!, 'change'])
        assert.ok(
          contrast(colour(id, theme), BACKGROUND[theme]) >= 3,
          `${id} ${theme} ${contrast(colour(id, theme), BACKGROUND[theme])}`,
        );
  });

  it('letters on the states can be read: 4.5:1 in black or white', () => {
    const [black, white] = [parseRgb('#000000'), parseRgb('#ffffff')];
    for (const theme of THEMES)
      for (const id of SETS['states']!) {
        const rgb = colour(id, theme);
        const ink = luminance(rgb) > 0.179 ? black : white;
        assert.ok(contrast(rgb, ink) >= 4.5, `${id} ${theme}`);
      }
  });

  it('every colour says what else tells it', () => {
    for (const { id, second, description } of COLOURS) assert.ok(second && description.endsWith('.'), id);
  });
});
