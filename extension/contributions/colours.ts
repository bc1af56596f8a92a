/**
 * Every colour Realmscope adds to VS Code, described once: `package.json`, the panels' style sheets and the tests that
 * measure contrast and distance read this table. Meaning is never carried by colour alone: see `second`.
 */
export interface Colour {
  /** Without the prefix `realmscope.`. */
  readonly id: string;
  readonly dark: string;
  readonly light: string;
  readonly highContrast: string;
  /** What else tells the value apart: a glyph, a texture, a shape or a word. */
  readonly second: string;
  readonly description: string;
}

const colour = (
  id: string,
  dark: string,
  light: string,
  highContrast: string,
  description: string,
  second: string,
): Colour => ({ id, dark, light, highContrast, description, second });

export const COLOURS: readonly Colour[] = [
  colour('pas.nonSecure', '#394a55', '#c1d4e4', '#717172', 'Granules in the Non-secure PAS.', 'recedes; GPI 0x9'),
  colour('pas.secure', '#f2c35a', '#da7f00', '#f4c241', 'Granules in the Secure PAS.', 'diagonal lines; GPI 0x8'),
  colour('pas.realm', '#48a6ff', '#0084d4', '#32baff', 'Granules in the Realm PAS.', 'solid; GPI 0xB'),
  colour('pas.root', '#e26880', '#9d0945', '#ff76b5', 'Granules in the Root PAS.', 'vertical lines; GPI 0xA'),
  colour('granule.undelegated', '#39454f', '#d3dade', '#3f505a', 'Granules in state UNDELEGATED.', 'empty'),
  colour('granule.untouched', '#282f35', '#eceff1', '#000000', 'Granules nothing has touched yet.', 'empty, dimmer'),
  colour('granule.delegated', '#b8c1c8', '#8e9193', '#ffffff', 'Granules in state DELEGATED.', 'hatch, glyph D'),
  colour('granule.rd', '#ffdd2d', '#2e2a00', '#ffe800', 'Granules that are a Realm Descriptor.', 'glyph RD'),
  colour('granule.rec', '#be79a0', '#a50060', '#e6a4b2', 'Granules that are a REC.', 'glyph R'),
  colour('granule.recAux', '#8939a4', '#e29bf2', '#d036a2', 'Auxiliary granules of a REC.', 'glyph a'),
  colour('granule.data', '#3b9bfd', '#1c6ab7', '#0e91e2', 'Granules that are DATA of a Realm.', 'plain fill'),
  colour('granule.rtt', '#ff8a34', '#e56601', '#f47727', 'Granules that are a Realm Translation Table.', 'glyph T'),
  colour('granule.notTracked', '#141414', '#ffffff', '#000000', 'Granules the RMM does not track.', 'dots'),
  colour('ripas.ram', '#3b9bfd', '#1c6ab7', '#0e91e2', 'RIPAS RAM.', 'filled if ASSIGNED, frame if UNASSIGNED'),
  colour('ripas.empty', '#6e7681', '#8b8b8b', '#cfcfcf', 'RIPAS EMPTY.', 'dashed frame'),
  colour('ripas.destroyed', '#f85149', '#c72e2e', '#ff6f6f', 'RIPAS DESTROYED.', 'diagonal hatch'),
  colour('ripas.dev', '#be79a0', '#a50060', '#e6a4b2', 'RIPAS DEV.', 'frame with centre dot'),
  colour('hipas.ns', '#cca700', '#8a6100', '#ffd370', 'Unprotected IPA mapped by the Host.', 'circle'),
  colour('hipas.table', '#ff8a34', '#e56601', '#f47727', 'RTT entry that leads to a table.', 'square with T'),
  colour('world.host', '#8fa3b0', '#5f7482', '#cfcfcf', 'What the Host does.', 'own lane'),
  ...[
    ['#b394fe', '#643cb3', '#caacff'],
    ['#37b5a5', '#2e7e71', '#39edd7'],
    ['#ffd632', '#ca8423', '#fee945'],
    ['#b74191', '#890061', '#e982b6'],
    ['#b2d7b9', '#274500', '#87d667'],
    ['#3070db', '#0694df', '#5193f2'],
    ['#e37b49', '#bb4c00', '#e86421'],
    ['#fdf5ff', '#1b1b1c', '#ffffff'],
  ].map(([dark, light, highContrast], index) =>
    colour(`realm.${index + 1}`, dark!, light!, highContrast!, `Realm number ${index + 1}.`, 'outline, dot and name'),
  ),
  colour('change', '#ffffff', '#111111', '#ffffff', 'What changed since the last stop.', 'ring, never a fill'),
];

/** Number of Realm hues; the Realm after the last repeats the first with a dashed outline. */
export const REALM_HUES = 8;

/** `contributes.colors` of package.json. */
export const colourContributions = (): unknown[] =>
  COLOURS.map(({ id, description, second, dark, light, highContrast }) => ({
    id: `realmscope.${id}`,
    description: `${description} Also told by: ${second}.`,
    defaults: { dark, light, highContrast, highContrastLight: light },
  }));

/** The CSS variable VS Code gives a webview for a colour of the table. */
export const cssVariable = (id: string): string => `--vscode-realmscope-${id.replaceAll('.', '-')}`;
