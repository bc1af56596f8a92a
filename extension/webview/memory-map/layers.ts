/** Answers of `cca/memoryMap`, unpacked into arrays that a picture can be drawn from. */
import type { ColourKey, MemoryMapResponse } from '../../../debug-adapter/protocol';

/** A value that cells can have, with its identity and its words. */
export interface PaletteEntry {
  readonly colour: ColourKey;
  readonly label: string;
}

/** Gives every value one number for the life of the panel, whatever legend it came in. */
export interface Palette {
  readonly entries: PaletteEntry[];
  readonly numbers: Map<ColourKey, number>;
}

export const newPalette = (): Palette => ({ entries: [], numbers: new Map() });

export function numberOf(palette: Palette, entry: PaletteEntry): number {
  const known = palette.numbers.get(entry.colour);
  const number = known ?? palette.entries.length;
  palette.entries[number] = { colour: entry.colour, label: entry.label };
  palette.numbers.set(entry.colour, number);
  return number;
}

/** No value: a cell outside what was asked, or not mixed. */
export const NOTHING = 0xffff;

/** Cells of one size from one address on, as numbers of the palette. */
export interface Layer {
  readonly base: number;
  readonly cell: number;
  readonly values: Uint16Array;
  /** The rarest value of a mixed cell. */
  readonly rare: Uint16Array;
}

export function newLayer(base: number, size: number, cell: number): Layer {
  const cells = Math.ceil(size / cell);
  return { base, cell, values: new Uint16Array(cells).fill(NOTHING), rare: new Uint16Array(cells).fill(NOTHING) };
}

/** Writes an answer into the layer it was asked for. Cells outside the layer are dropped. */
export function fillLayer(layer: Layer, palette: Palette, answer: MemoryMapResponse): void {
  const numbers = answer.legend.map((entry) => numberOf(palette, entry));
  let index = Math.round((Number(answer.base) - layer.base) / layer.cell);
  for (const run of answer.runs) {
    const from = Math.max(0, index);
    const to = Math.max(from, index + run.cells);
    layer.values.fill(numbers[run.value] ?? NOTHING, from, to);
    if (run.rare !== undefined) layer.rare.fill(numbers[run.rare] ?? NOTHING, from, to);
    index += run.cells;
  }
}

/** Index of the cell that covers an address, or -1. */
export function cellAt(layer: Layer, address: number): number {
  const index = Math.floor((address - layer.base) / layer.cell);
  return index >= 0 && index < layer.values.length ? index : -1;
}

export function valueAt(layer: Layer | undefined, palette: Palette, address: number): PaletteEntry | undefined {
  const index = layer === undefined ? -1 : cellAt(layer, address);
  return index < 0 ? undefined : palette.entries[layer!.values[index]!];
}

/** Adjacent cells of one value: a row of the table twin. */
export interface Run {
  readonly start: number;
  /** Byte after the last. */
  readonly end: number;
  readonly value: number;
}

export function runsOf(layers: readonly Layer[]): Run[] {
  const runs: Run[] = [];
  for (const { base, cell, values } of layers) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      const start = base + index * cell;
      const last = runs.at(-1);
      if (value === NOTHING) continue;
      if (last !== undefined && last.value === value && last.end === start)
        runs[runs.length - 1] = { ...last, end: start + cell };
      else runs.push({ start, end: start + cell, value });
    }
  }
  return runs;
}

/** Values inside a stretch of a layer, most frequent first. */
export function mixOf(layer: Layer, start: number, size: number): { value: number; cells: number }[] {
  const counts = new Map<number, number>();
  const from = Math.max(0, Math.floor((start - layer.base) / layer.cell));
  const to = Math.min(layer.values.length, Math.ceil((start + size - layer.base) / layer.cell));
  for (let index = from; index < to; index++) {
    const value = layer.values[index]!;
    if (value !== NOTHING) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, cells]) => ({ value, cells })).sort((a, b) => b.cells - a.cells);
}
