/** What is below the picture: the legend, which is also the filter, and what changed since the last stop. */
import type { ColourKey, MemoryMapKey, MemoryMapLegendEntry } from '../../../debug-adapter/protocol';
import type { ChangedRange } from './data';
import { button, element, swatch } from './dom';
import { addressText, countText, sizeText } from './format';
import { GRANULE } from './geometry';
import { glyphOf, textureOf } from './marks';
import type { Theme } from './theme';
import { KEY_NAMES } from './words';

export function legendContent(
  legend: readonly MemoryMapLegendEntry[],
  key: MemoryMapKey,
  isolated: ReadonlySet<ColourKey>,
  theme: Theme,
  isolate: (colour: ColourKey, add: boolean) => void,
): Node[] {
  const total = legend.reduce((sum, { granules }) => sum + granules, 0);
  const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
  const list = element('div', { class: 'legend', role: 'group', 'aria-label': `Legend by ${KEY_NAMES[key]}` });
  for (const { colour, label, granules } of legend) {
    const part = element('span');
    part.style.background = theme.colour(colour);
    part.style.flexGrow = String(Math.max(granules / total, 0.004));
    bar.append(part);
    const patch = swatch(theme.colour(colour), glyphOf(colour), theme.ink(colour));
    patch.classList.add(`texture-${textureOf(colour, theme.highContrast)}`);
    const entry = element(
      'button',
      {
        type: 'button',
        class: 'legend-entry',
        'aria-pressed': isolated.has(colour) ? 'true' : 'false',
        title: 'Click to isolate, Shift+click to add',
        'data-colour': colour,
      },
      patch,
      element('span', { class: 'label' }, label),
      element('span', { class: 'count' }, countText(granules)),
      element('span', { class: 'size' }, sizeText(granules * GRANULE)),
    );
    entry.addEventListener('click', (event) => isolate(colour, event.shiftKey));
    list.append(entry);
  }
  const title = element('h3', {}, KEY_NAMES[key], element('small', {}, ' click to isolate, Shift+click to add'));
  return [title, bar, list];
}

/** Rows of the list of changes; the rest is only counted. */
const MOST_CHANGES = 12;

export function changesContent(
  changed: readonly ChangedRange[],
  granules: number,
  go: (address: number) => void,
): Node[] {
  const title = element('h3', {}, `Changed since the last stop · ${countText(granules)}`);
  const list = element('ul', { class: 'changes' });
  for (const { start, end, what } of changed.slice(0, MOST_CHANGES)) {
    const count = (end - start) / GRANULE;
    const text = count === 1 ? addressText(start) : `${addressText(start)} × ${countText(count)}`;
    list.append(
      element(
        'li',
        {},
        button(text, () => go(start), { class: 'link address' }),
        element('span', {}, what),
      ),
    );
  }
  if (changed.length > MOST_CHANGES)
    list.append(
      element('li', { class: 'quiet' }, `${countText(changed.length - MOST_CHANGES)} more: N walks them all`),
    );
  if (changed.length === 0) list.append(element('li', { class: 'quiet' }, 'Nothing.'));
  return [title, list];
}
