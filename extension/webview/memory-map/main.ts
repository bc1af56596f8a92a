/** The memory ownership map: who owns this memory, and what just changed? */
import type { ColourKey, MemoryMapKey } from '../../../debug-adapter/protocol';
import { connect } from './asking';
import { cardContent } from './card';
import { KEYS, newData } from './data';
import { changesContent, legendContent } from './details';
import { button, element } from './dom';
import { addressText, countText, plainAddress } from './format';
import { cellSize, type Direction, floorTo, GRANULE, moveCursor, type Plate, plateAt, TILE } from './geometry';
import { handleKey } from './keyboard';
import { runsOf, valueAt } from './layers';
import { createLoader } from './loading';
import { createLoupe } from './loupe';
import './memory-map.css';
import { createPicture } from './picture';
import { sharedRows, tableContent, tableRows } from './table';
import { onThemeChange, readTheme } from './theme';
import { createToolbar } from './toolbar';
import { newView, restoreView, savedView } from './view';
import { granuleSentence } from './words';

const root = document.getElementById('memory-map')!;
const asked = root.dataset['colourBy'];
const view = newView(KEYS.find((key) => key === asked) ?? 'state');
const data = newData();
let theme = readTheme();

const extension = connect((notice) => {
  if (notice.type === 'reveal') return open(Number(notice.pa));
  const before = view.status;
  view.status = notice.status;
  if (before.name !== '' && notice.status.state === 'starting')
    Object.assign(data, newData(), { palette: data.palette });
  if (notice.status.state === 'stopped' && before.generation !== notice.status.generation) announce = true;
  loader.load(true);
});
restoreView(view, extension.saved);
/** Say the next picture's changes to a screen reader. */
let announce = false;

const picture = createPicture({ pick, hover: (address, x, y) => loupe.hover(data, view.key, address, x, y) });
const loupe = createLoupe(() => ({ theme, isolated: view.isolated }));
const toolbar = createToolbar(
  { colourBy, go: open, toggleGpt: () => toggle('gpt'), toggleTable: () => toggle('table') },
  () => data,
);
const breadcrumb = element('nav', { class: 'breadcrumb', 'aria-label': 'Where the picture is' });
const table = element('div', { class: 'table', tabindex: 0, hidden: true });
const welcome = element('div', { class: 'welcome' });
const problem = element('div', { class: 'problem', role: 'alert', hidden: true });
const card = element('aside', { class: 'card', tabindex: -1, hidden: true, 'aria-label': 'Granule' });
const legend = element('section', { class: 'part' });
const changes = element('section', { class: 'part' });
const footer = element('footer', { tabindex: -1 }, legend, changes);
const live = element('div', { role: 'status', 'aria-live': 'polite', class: 'hidden-text' });
root.append(
  toolbar.root,
  problem,
  element('div', { class: 'body' }, element('div', { class: 'stage' }, breadcrumb, picture.root, table, welcome), card),
  footer,
  loupe.root,
  live,
);

const loader = createLoader(extension, view, data, {
  visible: picture.visible,
  loaded: render,
  stale: picture.invalidate,
});

/** Draws all from `view` and `data`, and remembers where the user is. */
function render(): void {
  extension.save(savedView(view));
  const { state } = view.status;
  const known = data.plates.length > 0;
  root.dataset['state'] = state;
  root.dataset['level'] = view.level;
  toolbar.update(view, data);
  problem.hidden = view.problem === undefined;
  problem.replaceChildren(
    `The map could not be read: ${view.problem ?? ''} `,
    button('Retry', () => loader.load(true)),
  );
  welcome.hidden = known;
  welcome.replaceChildren(...(known ? [] : welcomeContent()));
  picture.root.hidden = !known || view.table;
  breadcrumb.hidden = !known || view.table;
  table.hidden = !known || !view.table;
  footer.hidden = !known;
  if (known) renderMachine();
  root.toggleAttribute('data-ready', known && isDrawn());
}

/** Whether all that is on the screen is the machine's, and nothing is still to come. */
function isDrawn(): boolean {
  if (view.level === 'tile') return data.tile?.[view.key].base === floorTo(view.cursor, TILE);
  const drawn = ({ start }: Plate) => data.overview.get(start)?.layers[view.key] !== undefined;
  return view.table ? data.overview.size > 0 : picture.visible().every(drawn);
}

function renderMachine(): void {
  renderBreadcrumb();
  if (view.table) renderTable();
  else picture.draw(view, data, theme);
  legend.replaceChildren(...legendContent(data.legends[view.key] ?? [], view.key, view.isolated, theme, isolate));
  changes.replaceChildren(...changesContent(data.changed, data.changedGranules, open));
  card.hidden = view.selected === undefined;
  card.replaceChildren(...cardNodes());
  if (!announce) return;
  announce = false;
  const granules = data.changedGranules;
  live.textContent = `Stopped. ${granules === 0 ? 'No granule' : `${countText(granules)} granules`} changed.`;
}

function cardNodes(): Node[] {
  if (view.selected === undefined) return [];
  if (data.card !== undefined) return cardContent(data.card, theme, { copy, close: closeCard });
  const sentence = granuleSentence(view.selected, data);
  return [element('p', { class: 'sentence' }, sentence), button('Close', closeCard)];
}

function welcomeContent(): Node[] {
  const starting = view.status.state === 'starting' || view.status.state === 'running';
  if (starting) return [element('p', {}, `${view.status.name} is starting. The map appears with the first stop.`)];
  return [
    element(
      'p',
      {},
      'Every granule of the emulated machine, by who owns it, appears here while a Realm guest is debugged.',
    ),
    button('Start attest sample', () => extension.post({ type: 'command', command: 'startAttestSample' }), {
      class: 'primary',
    }),
  ];
}

function renderBreadcrumb(): void {
  const tile = floorTo(view.cursor, TILE);
  const up = button('DRAM', zoomOut, { class: 'link', title: 'All memory (Backspace)' });
  if (view.level === 'overview')
    breadcrumb.replaceChildren(
      element('b', {}, 'DRAM'),
      element('span', { class: 'quiet' }, 'a cell is 2 MiB · Enter opens it'),
    );
  else
    breadcrumb.replaceChildren(
      up,
      element('span', { class: 'quiet' }, `› ${addressText(floorTo(tile, 0x4000_0000))} 1 GiB ›`),
      element('b', {}, addressText(tile)),
      element('span', { class: 'quiet' }, `2 MiB · 512 granules › ${addressText(floorTo(view.cursor, GRANULE))}`),
    );
}

function renderTable(): void {
  const plates = [...data.overview.values()].map(({ layers }) => layers[view.key]);
  const layers = (view.level === 'tile' ? [data.tile?.[view.key]] : plates).filter((layer) => layer !== undefined);
  const all = tableRows(runsOf(layers), data.palette);
  const rows = view.level === 'tile' ? sharedRows(all, data.shared) : all;
  table.replaceChildren(
    ...tableContent(rows, view.sort, {
      sort(column) {
        view.sort = column;
        render();
      },
      go: open,
      copy,
    }),
  );
}

/** The value of a granule in the overview. */
function overviewValue(key: MemoryMapKey, address: number) {
  const plate = plateAt(data.plates, address);
  return valueAt(plate && data.overview.get(plate.start)?.layers[key], data.palette, address);
}

function colourBy(key: MemoryMapKey): void {
  view.key = key;
  view.isolated.clear();
  picture.invalidate();
  loader.load(false);
}

function isolate(colour: ColourKey, add: boolean): void {
  const only = view.isolated.has(colour) && (add || view.isolated.size === 1);
  if (only) view.isolated.delete(colour);
  else {
    if (!add) view.isolated.clear();
    view.isolated.add(colour);
  }
  picture.invalidate();
  render();
}

function toggle(what: 'gpt' | 'table'): void {
  view[what] = !view[what];
  loader.load(false);
}

/** Shows the granule at a PA in its tile, with its card. */
function open(address: number): void {
  view.level = 'tile';
  view.table = false;
  view.cursor = address;
  select(address);
  picture.grid.focus();
}

function select(address: number): void {
  view.cursor = address;
  view.selected = floorTo(address, GRANULE);
  loader.load(false);
}

function pick(address: number): void {
  picture.grid.focus();
  loupe.hover(data, view.key, undefined, 0, 0);
  if (view.level === 'tile') select(address);
  else {
    view.cursor = address;
    zoomIn();
  }
}

function zoomIn(): void {
  if (view.level === 'tile') select(view.cursor);
  else {
    view.level = 'tile';
    loader.load(false);
  }
}

function zoomOut(): void {
  if (view.level === 'overview') return;
  view.level = 'overview';
  view.cursor = floorTo(view.cursor, TILE);
  loader.load(false);
}

function closeCard(): void {
  view.selected = undefined;
  loader.load(false);
  picture.grid.focus();
}

function copy(text: string): void {
  extension.post({ type: 'copy', text });
}

function move(direction: Direction): void {
  view.cursor = moveCursor(data.plates, view.cursor, direction, view.level);
  if (view.selected !== undefined && view.level === 'tile') view.selected = view.cursor;
  loader.load(false);
  if (view.level === 'overview') picture.draw(view, data, theme);
  picture.showCursor(view);
}

/** Most cells a jump looks at: all tiles of 64 GiB. */
const FAR = 32_768;

function jump(direction: Direction): void {
  const sight = (address: number) =>
    view.level === 'tile' ? valueAt(data.tile?.[view.key], data.palette, address) : overviewValue(view.key, address);
  const here = sight(view.cursor);
  let at = view.cursor;
  for (let step = 0; step < FAR; step++) {
    const next = moveCursor(data.plates, at, direction, view.level);
    if (next === at || (view.level === 'tile' && floorTo(next, TILE) !== floorTo(at, TILE))) break;
    at = next;
    if (sight(at) !== here) break;
  }
  view.cursor = at;
  loader.load(false);
  picture.showCursor(view);
}

function walkChanges(step: 1 | -1): void {
  if (data.changed.length === 0) return;
  const starts = data.changed.map(({ start }) => start);
  const size = cellSize(view.level);
  const next =
    step === 1
      ? (starts.find((start) => floorTo(start, size) > view.cursor) ?? starts[0]!)
      : (starts.filter((start) => floorTo(start, size) < view.cursor).at(-1) ?? starts.at(-1)!);
  view.cursor = floorTo(next, size);
  if (view.selected !== undefined) view.selected = floorTo(next, GRANULE);
  loader.load(false);
  picture.showCursor(view);
}

picture.grid.addEventListener('keydown', (event) => {
  const ours = handleKey(event, {
    move,
    jump,
    zoomIn,
    zoomOut,
    nextKey: (step) => colourBy(KEYS[(KEYS.indexOf(view.key) + step + KEYS.length) % KEYS.length]!),
    search: () => toolbar.search.focus(),
    change: walkChanges,
    escape: () => (view.selected === undefined ? isolateNone() : closeCard()),
  });
  if (!ours) return;
  event.preventDefault();
  event.stopPropagation();
});

function isolateNone(): void {
  view.isolated.clear();
  picture.invalidate();
  render();
}

/** F6 goes round the regions of the panel that are there. */
root.addEventListener('keydown', (event) => {
  if (event.key !== 'F6') return;
  const regions = [toolbar.search, picture.root.hidden ? table : picture.grid, card, footer].filter(
    (each) => each.offsetParent !== null,
  );
  const at = regions.findIndex((each) => each.contains(document.activeElement));
  regions[(at + (event.shiftKey ? -1 : 1) + regions.length) % regions.length]?.focus();
  event.preventDefault();
});

onThemeChange(() => {
  theme = readTheme();
  picture.invalidate();
  render();
});
new ResizeObserver(() => render()).observe(picture.root);
picture.root.addEventListener('scroll', () => loader.load(false), { passive: true });
// Tests and other tools that reach into the page read the view from here instead of from pixels.
root.addEventListener('focusin', () => root.setAttribute('data-cursor', plainAddress(view.cursor)));
extension.post({ type: 'ready' });
