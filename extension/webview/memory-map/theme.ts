/** Colours of the VS Code theme as canvases need them. Read again whenever the theme changes. */
import type { ColourKey } from '../../../debug-adapter/protocol';
import { COLOURS, cssVariable, REALM_HUES } from '../../contributions/colours';

export type Rgb = readonly [red: number, green: number, blue: number];

export interface Theme {
  readonly highContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  readonly quiet: string;
  readonly link: string;
  readonly border: string;
  readonly focus: string;
  readonly widget: string;
  readonly change: string;
  readonly uiFont: string;
  readonly codeFont: string;
  /** CSS colour of a value of the map. */
  colour(key: ColourKey): string;
  rgb(key: ColourKey): Rgb;
  /** Black or white, whichever reads better on the value's colour. */
  ink(key: ColourKey): string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const kind = document.body.classList;
  const light = kind.contains('vscode-light') || kind.contains('vscode-high-contrast-light');
  const highContrast = kind.contains('vscode-high-contrast') || kind.contains('vscode-high-contrast-light');
  const background = read('--vscode-editor-background', light ? '#ffffff' : '#1f1f1f');
  const foreground = read('--vscode-editor-foreground', light ? '#1f1f1f' : '#cccccc');
  const byId = new Map(
    COLOURS.map(({ id, dark, light: pale, highContrast: bright }) => [
      id,
      read(cssVariable(id), light ? pale : highContrast ? bright : dark),
    ]),
  );
  const colour = (key: ColourKey) => byId.get(colourId(key)) ?? background;
  const rgb = (key: ColourKey) => parseRgb(colour(key));
  return {
    highContrast,
    background,
    foreground,
    quiet: read('--vscode-descriptionForeground', foreground),
    link: read('--vscode-textLink-foreground', foreground),
    border: read('--vscode-contrastBorder', read('--vscode-panel-border', foreground)),
    focus: read('--vscode-contrastActiveBorder', read('--vscode-focusBorder', '#0078d4')),
    widget: read('--vscode-editorHoverWidget-background', background),
    change: byId.get('change') ?? foreground,
    uiFont: read('--vscode-font-family', 'sans-serif'),
    codeFont: read('--vscode-editor-font-family', 'monospace'),
    colour,
    rgb,
    ink: (key) => (luminance(rgb(key)) > 0.35 ? '#000000' : '#ffffff'),
  };
}

/** The id in the colour table for a value: hues repeat, MECIDs borrow the Realms' hues, the rest is quiet. */
export function colourId(key: ColourKey): string {
  const [group, name] = key.split('.');
  if (group === 'realm' && name !== 'none') return `realm.${((Number(name) - 1) % REALM_HUES) + 1}`;
  if (group === 'mecid') return name === '0' ? 'granule.undelegated' : `realm.${((Number(name) - 1) % REALM_HUES) + 1}`;
  if (key === 'realm.none' || key === 'pas.any') return 'granule.undelegated';
  if (key === 'pas.none') return 'granule.notTracked';
  return key;
}

export function parseRgb(css: string): Rgb {
  const hex = /^#([0-9a-f]{6})/i.exec(css)?.[1];
  if (hex !== undefined) {
    const value = Number.parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 0xff, value & 0xff];
  }
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(css);
  if (short !== null) return short.slice(1).map((digit) => Number.parseInt(digit + digit, 16)) as unknown as Rgb;
  const parts = css
    .match(/[\d.]+/g)
    ?.slice(0, 3)
    .map(Number);
  return parts?.length === 3 ? (parts as unknown as Rgb) : [128, 128, 128];
}

/** Relative luminance as WCAG 2 defines it, 0 to 1. */
export function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Calls back when VS Code changes the theme. */
export function onThemeChange(callback: () => void): void {
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
}
