/** Sentences that say what the picture shows: for the screen reader, the loupe and the table twin. */
import type { MemoryMapKey } from '../../../debug-adapter/protocol';
import type { SessionStatus } from '../../debug/session-state';
import { type ChangedRange, isChanged, type MapData, sharedAt } from './data';
import { addressText, countText } from './format';
import { GRANULE, TILE } from './geometry';
import { type Layer, mixOf, type Palette, valueAt } from './layers';

export const KEY_NAMES: Readonly<Record<MemoryMapKey, string>> = {
  pas: 'PAS',
  state: 'Granule state',
  realm: 'Realm',
  mecid: 'MECID',
};

/** `Tile 0x9000_0000, 2 MiB: 300 UNDELEGATED, 100 DATA, 1 RD, changed`. */
export function tileSentence(
  base: number,
  layer: Layer | undefined,
  palette: Palette,
  changed: readonly ChangedRange[],
): string {
  const mix = layer === undefined ? 'not loaded' : mixText(layer, palette, base);
  return `Tile ${addressText(base)}, 2 MiB: ${mix}${isChanged(changed, base, TILE) ? ', changed' : ''}`;
}

/** `300 UNDELEGATED, 100 DATA, 1 RD`; one value alone is not counted. */
export function mixText(layer: Layer, palette: Palette, base: number): string {
  const mix = mixOf(layer, base, TILE).map(({ value, cells }) => ({ label: palette.entries[value]!.label, cells }));
  if (mix.length === 0) return 'no memory';
  if (mix.length === 1) return `all ${mix[0]!.label}`;
  return mix.map(({ label, cells }) => `${countText(cells)} ${label}`).join(', ');
}

/** `Granule 0x9004_4000, RTT, Realm PAS, Realm attest, MECID 1`. */
export function granuleSentence(
  address: number,
  { tile, shared, palette, changed }: Pick<MapData, 'tile' | 'shared' | 'palette' | 'changed'>,
): string {
  const words = [`Granule ${addressText(address)}`];
  for (const key of ['state', 'pas', 'realm', 'mecid'] as const) {
    const entry = valueAt(tile?.[key], palette, address);
    if (entry === undefined || entry.colour === 'realm.none') continue;
    words.push(key === 'realm' ? `Realm ${entry.label}` : entry.label);
  }
  const realm = sharedAt(shared, address)?.realm;
  if (realm !== undefined) words.push(`shared with ${realm}`);
  const change = changed.find(({ start, end }) => start < address + GRANULE && end > address);
  if (change !== undefined) words.push(`changed since the last stop: ${change.what}`);
  return words.join(', ');
}

/** What the panel says about the session, in its summary and to a screen reader. */
export function statusText({ state, name }: SessionStatus): string {
  switch (state) {
    case 'none':
      return 'No session';
    case 'starting':
      return `${name}: starting`;
    case 'running':
      return `${name}: running`;
    case 'stopped':
      return `${name}: stopped`;
    case 'ended':
      return `${name}: session ended, as of its last stop`;
  }
}
