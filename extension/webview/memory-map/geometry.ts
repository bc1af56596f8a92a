/**
 * The shape of the picture is the shape of the architecture: a table has 512 entries and is drawn 32 × 16. A tile is 512
 * granules (2 MiB, one level 2 RTT entry), a plate is 512 tiles (1 GiB, one level 0 GPT entry).
 */
import type { MemoryMapBank } from '../../../debug-adapter/protocol';

export const COLUMNS = 32;
export const ROWS = 16;
export const GRANULE = 0x1000;
export const TILE = 0x20_0000;
export const PLATE = 0x4000_0000;

/** A gibibyte of physical memory, or the part of it that a bank fills. */
export interface Plate {
  /** PA of the plate, a multiple of 1 GiB. */
  readonly base: number;
  /** First byte and byte after the last that are memory. */
  readonly start: number;
  readonly end: number;
  readonly bank: string;
  /** Memory that never was the Host's, and is not in the same gibibyte as what was. */
  readonly other: boolean;
}

export const floorTo = (address: number, size: number): number => address - (address % size);

/**
 * The plates that banks of memory need: DRAM in ascending order, with what firmware keeps at its ends, then the rest.
 */
export function platesOf(banks: readonly MemoryMapBank[]): Plate[] {
  const dram = banks.filter(({ kind }) => kind === 'dram').flatMap(bankPlates);
  const other: Plate[] = [];
  for (const plate of banks.filter(({ kind }) => kind !== 'dram').flatMap(bankPlates)) {
    const at = dram.findIndex(({ base, start, end }) => {
      return base === plate.base && (end === plate.start || start === plate.end);
    });
    const beside = dram[at];
    if (beside === undefined) other.push({ ...plate, other: true });
    else {
      const start = Math.min(beside.start, plate.start);
      const end = Math.max(beside.end, plate.end);
      dram[at] = { ...beside, start, end, bank: `${beside.bank} and ${plate.bank}` };
    }
  }
  return [...dram, ...other];
}

function bankPlates(bank: MemoryMapBank): Plate[] {
  const start = Number(bank.base);
  const end = start + Number(bank.size);
  const plates: Plate[] = [];
  for (let base = floorTo(start, PLATE); base < end; base += PLATE) {
    const part = { start: Math.max(base, start), end: Math.min(base + PLATE, end) };
    plates.push({ base, ...part, bank: bank.name, other: false });
  }
  return plates;
}

export const plateAt = (plates: readonly Plate[], address: number): Plate | undefined =>
  plates.find((plate) => address >= plate.start && address < plate.end);

/** Where the cursor is drawn: a tile of the overview, or a granule of a tile. */
export type Level = 'overview' | 'tile';

/** Bytes of a cell at a level. */
export const cellSize = (level: Level): number => (level === 'overview' ? TILE : GRANULE);

export type Direction = 'left' | 'right' | 'up' | 'down' | 'rowStart' | 'rowEnd';

/** Cells to go for each direction, within rows of 32. */
const STEPS = { left: -1, right: 1, up: -COLUMNS, down: COLUMNS } as const;

/**
 * The address of the cell one step away. Stays where it is at the edge of memory; from bank to bank it goes over the hole
 * as if the plates followed each other, and in a tile it goes on into the next tile.
 */
export function moveCursor(plates: readonly Plate[], address: number, direction: Direction, level: Level): number {
  const size = cellSize(level);
  const cell = floorTo(address, size);
  const index = plates.findIndex((plate) => cell >= plate.start && cell < plate.end);
  const plate = plates[index];
  if (plate === undefined) return plates[0]?.start ?? 0;
  if (direction === 'rowStart' || direction === 'rowEnd') {
    const row = floorTo(cell, size * COLUMNS);
    const wanted = direction === 'rowStart' ? row : row + size * (COLUMNS - 1);
    return within(plate, wanted, size);
  }
  const wanted = cell + STEPS[direction] * size;
  if (wanted >= plate.start && wanted < plate.end) return wanted;
  const forward = wanted > cell;
  const neighbour = plates[index + (forward ? 1 : -1)];
  if (neighbour === undefined) return cell;
  const beyond = forward ? wanted - plate.end : plate.start - wanted;
  const landing = forward ? neighbour.start + beyond : neighbour.end - beyond;
  return within(neighbour, landing, size);
}

/** The cell of a plate nearest to an address; a plate may be smaller than a cell. */
const within = ({ start, end }: Plate, address: number, size: number): number =>
  Math.max(Math.min(address, end - size), start);

/** Row and column of a cell, from 1, as a screen reader counts them. */
export function position(plates: readonly Plate[], address: number, level: Level): { row: number; column: number } {
  const size = cellSize(level);
  const cell = Math.floor(address / size);
  const column = (cell % COLUMNS) + 1;
  const row = Math.floor(cell / COLUMNS) % ROWS;
  if (level === 'tile') return { row: row + 1, column };
  const plate = Math.max(
    0,
    plates.findIndex((each) => address >= each.start && address < each.end),
  );
  return { row: plate * ROWS + row + 1, column };
}
