import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MemoryMapKey } from '../../debug-adapter/protocol';
import { memoryMapPage } from '../../extension/memory-map/html';
import type { Extension } from '../../extension/webview/memory-map/asking';
import {
  cellFor,
  loadBanks,
  loadLegend,
  loadPlate,
  loadShared,
  loadTile,
  newData,
  tileFromPlate,
} from '../../extension/webview/memory-map/data';
import { addressText, parseAddress, sizeText, wideText } from '../../extension/webview/memory-map/format';
import { moveCursor, platesOf, position, TILE } from '../../extension/webview/memory-map/geometry';
import { handleKey } from '../../extension/webview/memory-map/keyboard';
import { fillLayer, NOTHING, newLayer, newPalette, runsOf, valueAt } from '../../extension/webview/memory-map/layers';
import { isHole, textureOf } from '../../extension/webview/memory-map/marks';
import { frameOf } from '../../extension/webview/memory-map/overview';
import { countsOf, tilePixels } from '../../extension/webview/memory-map/raster';
import { sharedRows, sortRows, tableRows, tableText } from '../../extension/webview/memory-map/table';
import { findPlace } from '../../extension/webview/memory-map/toolbar';
import { newView, restoreView, savedView } from '../../extension/webview/memory-map/view';
import { granuleSentence, tileSentence } from '../../extension/webview/memory-map/words';
import { FakeMachine } from './fake-machine';

const asking =
  (machine: FakeMachine): Extension['ask'] =>
  async (request, args) =>
    machine.answer(request, args);

async function load(key: MemoryMapKey) {
  const machine = new FakeMachine();
  const data = newData();
  const ask = asking(machine);
  await loadBanks(ask, data);
  for (const plate of data.plates)
    data.overview.set(plate.start, await loadPlate(ask, data.palette, key, plate, undefined));
  return { machine, data, ask };
}

/** Read once: the tests only look at it. */
let state: ReturnType<typeof load> | undefined;
const loaded = () => (state ??= load('state'));

describe('memory map: words and numbers', () => {
  it('writes addresses in groups of four', () => {
    assert.equal(addressText(0x9004_4000), '0x9004_4000');
    assert.equal(addressText(0), '0x0000_0000');
    assert.equal(addressText(0x8_8000_0000), '0x8_8000_0000');
    assert.equal(wideText('0xfff00003'), '0x0000_0000_FFF0_0003');
  });

  it('reads addresses as people type them', () => {
    for (const text of ['0x9004_4000', '90044000', 'pa:0x90044000', ' 0X90044000 '])
      assert.equal(parseAddress(text), 0x9004_4000, text);
    for (const text of ['', 'attest', '0x', '0x10000000000000', '-1', '0x9g'])
      assert.equal(parseAddress(text), undefined, text);
  });

  it('writes sizes with three digits', () => {
    assert.deepEqual([4096, 2 ** 21, 50_471_304, 2 ** 31, 1.43 * 2 ** 30, 12].map(sizeText), [
      '4 KiB',
      '2 MiB',
      '48.1 MiB',
      '2 GiB',
      '1.43 GiB',
      '12 B',
    ]);
  });

  it('says a granule and a tile in one sentence', async () => {
    const { data, ask } = await loaded();
    const tile = await loadTile(ask, data.palette, 0x9000_0000);
    assert.equal(
      granuleSentence(0x9004_4000, { ...data, tile }),
      'Granule 0x9004_4000, RTT, Realm PAS, Realm inference, MECID 2, changed since the last stop: DELEGATED → RTT',
    );
    const shared = await loadShared(ask, 0x9000_0000);
    assert.match(granuleSentence(0x9004_1000, { ...data, tile, shared }), /MECID 0, shared with attest$/);
    assert.deepEqual(await loadShared(ask, 0x9020_0000), []);
    const layer = data.overview.get(0x8000_0000)?.layers.state;
    assert.match(tileSentence(0x9000_0000, layer, data.palette, []), /^Tile 0x9000_0000, 2 MiB: \d+ untouched, .*2 RD/);
    assert.equal(tileSentence(0xa000_0000, layer, data.palette, []), 'Tile 0xA000_0000, 2 MiB: all DATA');
  });
});

describe('memory map: geometry', () => {
  const plates = platesOf([
    { name: 'trusted SRAM', kind: 'firmware', base: '0x4000000', size: '0x40000' },
    { name: 'bank 1', kind: 'dram', base: '0x80000000', size: '0x7c000000' },
    { name: 'firmware', kind: 'firmware', base: '0xfc000000', size: '0x4000000' },
    { name: 'bank 2', kind: 'dram', base: '0x880000000', size: '0x60000000' },
  ]);

  it('cuts banks into plates of 1 GiB', () => {
    assert.deepEqual(
      plates.map(({ base }) => base),
      [0x8000_0000, 0xc000_0000, 0x8_8000_0000, 0x8_c000_0000, 0],
      'DRAM first, whatever its address',
    );
    assert.deepEqual(
      plates.filter(({ other }) => other).map(({ bank }) => bank),
      ['trusted SRAM'],
    );
    assert.equal(plates[1]!.end, 2 ** 32, 'what firmware keeps at the end of a bank is in its plate');
    assert.equal(plates[3]!.end - plates[3]!.start, 0x2000_0000);
  });

  it('moves by cells, over the hole between banks, and stays at the edges', () => {
    const move = (address: number, ...directions: Parameters<typeof moveCursor>[2][]) =>
      directions.reduce((at, direction) => moveCursor(plates, at, direction, 'overview'), address);
    assert.equal(move(0x8000_0000, 'right', 'down', 'left', 'up'), 0x8000_0000);
    assert.equal(move(0x8000_0000, 'left'), 0x8000_0000);
    assert.equal(move(0x8000_0000, 'up'), 0x8000_0000);
    assert.equal(move(0xffe0_0000, 'right'), 0x8_8000_0000);
    assert.equal(move(0x8_8000_0000, 'left'), 0xffe0_0000);
    assert.equal(move(0x8_dfe0_0000, 'right'), 0x400_0000);
    assert.equal(move(0x400_0000, 'right', 'rowEnd'), 0x400_0000, 'a plate may be smaller than a cell');
    assert.equal(move(0x400_0000, 'left'), 0x8_dfe0_0000);
    assert.equal(move(0x8420_0000, 'rowStart'), 0x8400_0000);
    assert.equal(move(0x8420_0000, 'rowEnd'), 0x87e0_0000);
    assert.equal(moveCursor(plates, 0x801f_f000, 'right', 'tile'), 0x8020_0000);
  });

  it('counts rows and columns as a screen reader does', () => {
    assert.deepEqual(position(plates, 0x8000_0000, 'overview'), { row: 1, column: 1 });
    assert.deepEqual(position(plates, 0xc020_0000, 'overview'), { row: 17, column: 2 });
    assert.deepEqual(position(plates, 0x9004_4000, 'tile'), { row: 3, column: 5 });
  });

  it('gives every granule of a tile a pixel, and loses nothing rare with fewer', async () => {
    for (const key of ['pas', 'state', 'realm', 'mecid'] as const) {
      const { data } = await load(key);
      const layer = data.overview.get(0x8000_0000)!.layers[key]!;
      const counts = countsOf(layer);
      const granules = layer.values.subarray(0x1_0000, 0x1_0200);
      assert.deepEqual(tilePixels(layer, 0x9000_0000, 32, 16, counts), granules, `${key}: 1 px a granule`);
      const doubled = tilePixels(layer, 0x9000_0000, 64, 32, counts);
      for (const [x, y] of [
        [0, 0],
        [9, 5],
        [63, 31],
      ] as const)
        assert.equal(doubled[y * 64 + x], granules[(y >> 1) * 32 + (x >> 1)]);
      for (const [width, height] of [
        [22, 11],
        [9, 5],
      ] as const) {
        const rarest = Math.min(...[...new Set(granules)].map((value) => counts.get(value)!));
        const shown = tilePixels(layer, 0x9000_0000, width, height, counts);
        assert.ok(
          shown.some((value) => counts.get(value) === rarest),
          `${key} at ${width} px`,
        );
      }
    }
  });

  it('takes whole pixels a granule where there is room, and keeps the first plate in sight', () => {
    const tileWidth = (width: number) => {
      const { stepX, stepY } = frameOf(width, true, plates[0]!);
      return [stepX - 2, stepY - 2];
    };
    assert.deepEqual(tileWidth(1284), [32, 16]);
    assert.deepEqual(tileWidth(1500), [32, 16]);
    assert.deepEqual(tileWidth(1800), [48, 24], 'more room than whole pixels would use');
    assert.deepEqual(tileWidth(2300), [64, 32]);
    assert.deepEqual(tileWidth(884), [20, 16], 'a pixel for each row of granules');
    assert.ok(frameOf(884, true, plates[0]!).height < 300);
  });
});

describe('memory map: data', () => {
  it('counts exactly the banks, however small', () => {
    assert.equal(cellFor(0x8000_0000, 0x8000_0000), 2 ** 30);
    assert.equal(cellFor(0x0400_0000, 0x4_0000), 0x4_0000);
    assert.equal(cellFor(0x0600_0000, 0x200_0000), 0x200_0000);
    assert.equal(cellFor(0x1000, 0x3000), 0x1000);
  });

  it('unpacks runs, keeping numbers of values the same across legends', () => {
    const palette = newPalette();
    const layer = newLayer(0x1000, 0x4000, 0x1000);
    const answer = (legend: readonly ['granule.rd' | 'granule.data', string][], base: string, cells: number) => ({
      generation: 1,
      base,
      size: '0x4000',
      cell: 0x1000,
      key: 'state' as const,
      legend: legend.map(([colour, label]) => ({ colour, label, granules: 1 })),
      runs: [{ cells, value: 0, rare: 1 }],
      banks: [],
      carveOuts: [],
      changed: [],
      changedGranules: 0,
    });
    fillLayer(
      layer,
      palette,
      answer(
        [
          ['granule.rd', 'RD'],
          ['granule.data', 'DATA'],
        ],
        '0x1000',
        2,
      ),
    );
    fillLayer(
      layer,
      palette,
      answer(
        [
          ['granule.data', 'DATA'],
          ['granule.rd', 'RD'],
        ],
        '0x3000',
        9,
      ),
    );
    assert.deepEqual([...layer.values], [0, 0, 1, 1]);
    assert.deepEqual([...layer.rare], [1, 1, 0, 0]);
    assert.equal(valueAt(layer, palette, 0x3fff)?.label, 'DATA');
    assert.equal(valueAt(layer, palette, 0x5000), undefined);
    assert.equal(newLayer(0, 1, 4096).values[0], NOTHING);
  });

  it('follows answers that were cut until the plate is whole', async () => {
    const { data, machine } = await loaded();
    const layer = data.overview.get(0x8000_0000)!.layers.state!;
    assert.equal(layer.values.includes(NOTHING), false);
    assert.ok(machine.asked.length > 8, 'the striped region needs more than one answer');
  });

  it('adds up to all memory in every legend', async () => {
    const { data, ask } = await loaded();
    for (const key of ['pas', 'state', 'realm', 'mecid'] as const) {
      const legend = await loadLegend(ask, data.banks, key);
      assert.equal(
        legend.reduce((sum, { granules }) => sum + granules, 0),
        532_544,
        key,
      );
    }
  });

  it('has a table twin that tells the same as the picture', async () => {
    const { data } = await loaded();
    const layers = [...data.overview.values()].map(({ layers }) => layers.state!);
    const rows = tableRows(runsOf(layers), data.palette);
    for (const { start, end, label } of rows.slice(0, 200))
      for (const address of [start, end - 1]) {
        const layer = layers.find((each) => valueAt(each, data.palette, address));
        assert.equal(valueAt(layer, data.palette, address)?.label, label);
      }
    assert.equal(
      rows.reduce((sum, { start, end }) => sum + end - start, 0),
      2 ** 31 + 0x204_0000,
    );
    assert.equal(
      sortRows(rows, 'size')[0]!.end - sortRows(rows, 'size')[0]!.start,
      Math.max(...rows.map(({ start, end }) => end - start)),
    );
    assert.match(tableText(rows), /^From\tTo\tGranules\tSize\tValue\n0x8000_0000\t/);
  });

  it('says in the table what a tile shares with a Realm', () => {
    const shared = [{ base: '0x2000', size: '0x1000', realm: 'attest', ipa: '0x100000000' }];
    const rows = [
      { start: 0x1000, end: 0x4000, label: 'UNDELEGATED' },
      { start: 0x4000, end: 0x5000, label: 'RD' },
    ];
    assert.deepEqual(
      sharedRows(rows, shared).map(({ start, label }) => [start, label]),
      [
        [0x1000, 'UNDELEGATED'],
        [0x2000, 'UNDELEGATED, shared with attest'],
        [0x3000, 'UNDELEGATED'],
        [0x4000, 'RD'],
      ],
    );
  });

  it('asks granule by granule only where a tile is mixed', async () => {
    const { data, ask } = await loaded();
    const asked: number[] = [];
    const counting: typeof ask = (request, args) => {
      const { cell, size } = args as { cell?: number; size?: string };
      if (request === 'cca/memoryMap' && cell === 4096) asked.push(Number(size));
      return ask(request, args);
    };
    const plate = data.plates[1]!;
    const known = await loadPlate(counting, data.palette, 'state', plate, undefined);
    assert.equal(known.layers.state?.values.includes(NOTHING), false);
    assert.ok(asked.reduce((sum, size) => sum + size, 0) <= 2 ** 23, 'no more than a few tiles');
  });

  it('shows tiles from what is known of their plate once nobody answers', async () => {
    const { data } = await loaded();
    const tile = tileFromPlate(data, 0x9000_0000);
    assert.equal(valueAt(tile?.state, data.palette, 0x9000_0000)?.label, 'RD');
    assert.equal(valueAt(tile?.pas, data.palette, 0x9000_0000), undefined);
    assert.equal(tileFromPlate(data, 0x4000_0000), undefined);
  });

  it('finds places by address and by Realm, and says why not', async () => {
    const { data } = await loaded();
    assert.equal(findPlace('0x9004_4010', data), 0x9004_4010);
    assert.equal(findPlace('Inference', data), 0xa000_0000);
    assert.match(String(findPlace('0x1000', data)), /No memory/);
    assert.match(String(findPlace('nobody', data)), /“nobody” is no/);
    assert.match(String(findPlace(' ', data)), /Type/);
  });
});

describe('memory map: marks, keys, page', () => {
  it('gives neighbouring MECIDs different textures and leaves the shared one plain', () => {
    const textures = Array.from({ length: 8 }, (_, mecid) => textureOf(`mecid.${mecid}`, false));
    assert.equal(new Set(textures).size, 8);
    assert.equal(textures[0], 'plain');
    for (const texture of textures.slice(1)) {
      const holes = Array.from({ length: 64 }, (_, n) => isHole(texture, n % 8, Math.floor(n / 8)));
      assert.ok(holes.includes(true) && holes.includes(false), texture);
    }
    assert.notEqual(textureOf('pas.root', true), textureOf('pas.secure', true));
  });

  it('maps keys as the panels promise, and lets others through', () => {
    const done: string[] = [];
    const note =
      (name: string) =>
      (...values: readonly unknown[]) =>
        void done.push([name, ...values].join(' '));
    const actions = {
      move: note('move'),
      jump: note('jump'),
      zoomIn: note('in'),
      zoomOut: note('out'),
      nextKey: note('key'),
      search: note('search'),
      change: note('change'),
      escape: note('escape'),
    };
    const press = (
      key: string,
      modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
    ) => handleKey({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers }, actions);
    assert.ok(['ArrowLeft', 'Enter', 'Backspace', 'c', 'g', '/', 'n', 'Escape'].every((key) => press(key)));
    assert.ok(
      press('ArrowDown', { ctrlKey: true }) && press('C', { shiftKey: true }) && press('N', { shiftKey: true }),
    );
    assert.deepEqual(done, [
      'move left',
      'in',
      'out',
      'key 1',
      'search',
      'search',
      'change 1',
      'escape',
      'jump down',
      'key -1',
      'change -1',
    ]);
    for (const key of ['a', 'Tab', 'F6', 'F5']) assert.equal(press(key), false, key);
    assert.equal(press('c', { ctrlKey: true }), false, 'copy stays copy');
    assert.equal(press('ArrowLeft', { altKey: true }), false);
  });

  it('remembers what was looked at, and nothing that cannot be', () => {
    const view = newView('state');
    restoreView(
      view,
      JSON.parse(JSON.stringify({ ...savedView(newView('pas')), level: 'tile', cursor: 0x9000_0000, table: true })),
    );
    assert.deepEqual([view.key, view.level, view.cursor, view.table], ['pas', 'tile', 0x9000_0000, true]);
    for (const rubbish of [undefined, null, 3, { key: 'x', level: 'y', cursor: 'z' }]) restoreView(view, rubbish);
    assert.deepEqual([view.key, view.level, view.cursor], ['pas', 'tile', 0x9000_0000]);
  });

  it('is a page in which nothing may run but its own script', () => {
    const page = memoryMapPage({
      cspSource: 'vscode:',
      nonce: 'N0NCE',
      script: 's.js',
      style: 's.css',
      colourBy: 'pas',
    });
    assert.match(page, /default-src 'none'/);
    assert.match(page, /script-src 'nonce-N0NCE'/);
    assert.doesNotMatch(page, /unsafe-inline|unsafe-eval|style="/);
    assert.equal(page.match(/<script/g)?.length, 1);
    assert.equal(TILE, 2 ** 21);
  });
});
