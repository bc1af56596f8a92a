/** Flattened device trees (Devicetree Specification 0.4, chapter 5). */

/** Text, several texts, or 32-bit cells (none: an empty property). */
export type TreeValue = string | readonly string[] | readonly number[];

export interface TreeNode {
  /** With its unit address; empty for the root. */
  readonly name: string;
  readonly properties: Readonly<Record<string, TreeValue>>;
  readonly children?: readonly TreeNode[];
}

const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE = 16;
const HEADER_SIZE = 40;
/** One empty entry ends the list of reserved memory. */
const RESERVED_SIZE = 16;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const END = 9;

const cell = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
const text = (value: string): number[] => [...[...value].map((letter) => letter.charCodeAt(0)), 0];

const isTexts = (value: readonly string[] | readonly number[]): value is readonly string[] =>
  typeof value[0] === 'string';

function bytesOf(value: TreeValue): number[] {
  if (typeof value === 'string') return text(value);
  return isTexts(value) ? value.flatMap(text) : value.flatMap(cell);
}

/** The structure block, and the strings that its properties are named by. */
interface Blocks {
  readonly structure: number[];
  readonly strings: number[];
  readonly places: Map<string, number>;
}

function align(bytes: number[]): void {
  while (bytes.length % 4 !== 0) bytes.push(0);
}

function placeOf({ strings, places }: Blocks, name: string): number {
  const known = places.get(name);
  if (known !== undefined) return known;
  const place = strings.length;
  places.set(name, place);
  strings.push(...text(name));
  return place;
}

function writeNode(blocks: Blocks, node: TreeNode): void {
  const { structure } = blocks;
  structure.push(...cell(BEGIN_NODE), ...text(node.name));
  align(structure);
  for (const [name, value] of Object.entries(node.properties)) {
    const bytes = bytesOf(value);
    structure.push(...cell(PROPERTY), ...cell(bytes.length), ...cell(placeOf(blocks, name)), ...bytes);
    align(structure);
  }
  for (const child of node.children ?? []) writeNode(blocks, child);
  structure.push(...cell(END_NODE));
}

/** The blob of a tree, a multiple of 8 bytes long. Names and texts are ASCII. */
export function flatten(root: TreeNode): Uint8Array {
  const blocks: Blocks = { structure: [], strings: [], places: new Map() };
  writeNode(blocks, root);
  blocks.structure.push(...cell(END));
  const structureAt = HEADER_SIZE + RESERVED_SIZE;
  const stringsAt = structureAt + blocks.structure.length;
  const size = Math.ceil((stringsAt + blocks.strings.length) / 8) * 8;
  const header = [MAGIC, size, structureAt, stringsAt, HEADER_SIZE, VERSION, LAST_COMPATIBLE, 0];
  const blob = new Uint8Array(size);
  blob.set([...header, blocks.strings.length, blocks.structure.length].flatMap(cell));
  blob.set(blocks.structure, structureAt);
  blob.set(blocks.strings, stringsAt);
  return blob;
}
