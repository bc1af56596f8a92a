import type { MemoryMapKey } from '../../../debug-adapter/protocol';
import { KEYS, type MapData } from './data';
import { button, element } from './dom';
import { countText, parseAddress, sizeText } from './format';
import { GRANULE, plateAt } from './geometry';
import type { View } from './view';
import { KEY_NAMES, statusText } from './words';

export interface ToolbarActions {
  colourBy(key: MemoryMapKey): void;
  go(address: number): void;
  toggleGpt(): void;
  toggleTable(): void;
}

export interface Toolbar {
  readonly root: HTMLElement;
  readonly search: HTMLInputElement;
  update(view: View, data: MapData): void;
}

export function createToolbar(actions: ToolbarActions, current: () => MapData): Toolbar {
  const keys = KEYS.map((key) =>
    button(KEY_NAMES[key], () => actions.colourBy(key), { role: 'radio', 'data-key': key, title: 'Colour by (C)' }),
  );
  const search = element('input', {
    type: 'text',
    class: 'search',
    placeholder: 'PA or Realm (G)',
    'aria-label': 'Go to a physical address or a Realm',
    spellcheck: 'false',
  });
  const answer = element('span', { class: 'search-answer', role: 'status' });
  const gpt = button('GPT overlay', actions.toggleGpt, { title: 'Show GPT entries beside the map' });
  const table = button('Show as table', actions.toggleTable, { title: 'The same as rows of text' });
  const summary = element('span', { class: 'summary quiet' });

  search.addEventListener('keydown', (event) => {
    answer.textContent = '';
    if (event.key !== 'Enter') return;
    const found = findPlace(search.value, current());
    if (typeof found === 'string') answer.textContent = found;
    else actions.go(found);
  });

  const group = element('div', { role: 'radiogroup', 'aria-label': 'Colour by', class: 'segments' }, ...keys);
  return {
    root: element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': 'Memory ownership map' },
      element('span', { class: 'quiet' }, 'Colour by'),
      group,
      search,
      answer,
      gpt,
      table,
      summary,
    ),
    search,
    update(view, { banks }) {
      for (const each of keys) {
        const chosen = each.dataset['key'] === view.key;
        each.setAttribute('aria-checked', String(chosen));
        each.tabIndex = chosen ? 0 : -1;
      }
      gpt.setAttribute('aria-pressed', String(view.gpt));
      table.setAttribute('aria-pressed', String(view.table));
      const bytes = banks.reduce((sum, { size }) => sum + Number(size), 0);
      const memory = bytes === 0 ? '' : ` · ${sizeText(bytes)} · ${countText(bytes / GRANULE)} granules`;
      summary.textContent = statusText(view.status) + memory;
    },
  };
}

/** The PA a search means, or why it means none. */
export function findPlace(text: string, data: Pick<MapData, 'plates' | 'palette' | 'overview'>): number | string {
  const wanted = text.trim();
  if (wanted === '') return 'Type a physical address, e.g. 0x9004_4000.';
  const realm = data.palette.entries.findIndex(
    ({ colour, label }) => /^realm\.\d/.test(colour) && label.toLowerCase() === wanted.toLowerCase(),
  );
  if (realm >= 0) {
    for (const { realms } of data.overview.values()) {
      const index = realms.values.findIndex((value, at) => value === realm || realms.rare[at] === realm);
      if (index >= 0) return realms.base + index * realms.cell;
    }
  }
  const address = parseAddress(wanted);
  if (address === undefined) return `“${wanted}” is no physical address and no Realm.`;
  return plateAt(data.plates, address) === undefined ? 'No memory of this machine is at that address.' : address;
}
