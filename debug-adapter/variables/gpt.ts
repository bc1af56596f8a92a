/** The granule protection table: level 0 entries, their level 1 tables, granules with their GPI. Runs are one line. */
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { GPI_NAMES, type GptWalk, walkGpt } from '../../emulator/memory/gpt';
import { Pas } from '../../emulator/memory/pas';
import { formatReference } from '../address-space/address-space';
import { type GptStretch, gptRuns } from '../custom/gpt-runs';
import type { Place } from '../evaluate/names';
import { showHex, showSize } from '../format';
import { granuleNode } from './granules';
import { group, leaf, type Node } from './node';

const readOnly = { hint: { attributes: ['readOnly' as const] } };

export const gpiText = (gpi: number): string => `${showHex(gpi)} ${GPI_NAMES[gpi] ?? 'invalid'}`;

const rootReference = (address: number): string =>
  formatReference({ space: { kind: 'pa', pas: Pas.Root }, address: BigInt(address) });

export function gptNode(place: Place): Node {
  return { name: 'GPT', value: '', children: () => levelZero(place) };
}

/** Level 0, with adjacent equal blocks as one line. */
function levelZero(place: Place): Node[] {
  const { machine } = place.target;
  const { gpt } = machine.platform;
  const size = 2 ** gpt.l0Bits;
  const entries = gpt.l0Size / 8;
  const nodes: Node[] = [];
  for (let index = 0; index < entries; ) {
    const walk = walkGpt(machine.memory, machine.platform, pa(index * size));
    let last = index;
    if (walk.level === 0) {
      while (
        last + 1 < entries &&
        walkGpt(machine.memory, machine.platform, pa((last + 1) * size)).l0Descriptor === walk.l0Descriptor
      )
        last++;
    }
    nodes.push(entryNode(place, index, last, walk, size));
    index = last + 1;
  }
  return nodes;
}

function entryNode(place: Place, index: number, last: number, walk: GptWalk, size: number): Node {
  const name = last === index ? `L0[${index}]` : `L0[${index}..${last}]`;
  const range = `PA ${showHex(index * size)}, ${showSize((last - index + 1) * size)}`;
  const descriptor = leaf('descriptor', showHex(walk.l0Descriptor), {
    ...readOnly,
    memoryReference: rootReference(walk.l0Pa),
  });
  if (walk.level === 0) {
    return {
      key: `L0:${index}`,
      name,
      value: `${range}: block, ${walk.kind === 'block' ? gpiText(walk.gpi) : 'invalid'}`,
      type: 'GPT level 0',
      memoryReference: rootReference(walk.l0Pa),
      children: () => [descriptor],
    };
  }
  const table = walk.l0Descriptor & 0x000f_ffff_ffff_f000n;
  return {
    key: `L0:${index}`,
    name,
    value: `${range}: table at ${showHex(table)}`,
    type: 'GPT level 0',
    memoryReference: rootReference(walk.l0Pa),
    children: () => {
      const { runs } = gptRuns(place.target.machine, index * size, size, 4096);
      return [descriptor, ...runs.map((run) => runNode(place, run))];
    },
  };
}

const GRANULES_PER_LINE = 512;

function runNode(place: Place, run: GptStretch): Node {
  const { machine } = place.target;
  const granules = run.size / 4096;
  return {
    key: `run:${run.base}`,
    name: `${showHex(run.base)}`,
    value: `${showSize(run.size)}: ${gpiText(run.gpi)}`,
    type: granules === 1 ? 'granule' : `${granules} granules`,
    children: () => (granules === 1 ? granuleChildren(place, run.base) : splitRun(machine, place, run)),
  };
}

/** A long run in parts of at most 512, a short one granule by granule. */
function splitRun(machine: Machine, place: Place, run: GptStretch): Node[] {
  const granules = run.size / 4096;
  if (granules <= GRANULES_PER_LINE) {
    return Array.from({ length: granules }, (_, i) =>
      runNode(place, { ...run, base: run.base + i * 4096, size: 4096 }),
    ).map((node) => ({ ...node, key: `granule:${node.key}` }));
  }
  let step = 4096 * GRANULES_PER_LINE;
  while (run.size / step > GRANULES_PER_LINE) step *= GRANULES_PER_LINE;
  const nodes: Node[] = [];
  for (let base = run.base; base < run.base + run.size; ) {
    const end = Math.min(run.base + run.size, (Math.floor(base / step) + 1) * step);
    const walk = walkGpt(machine.memory, machine.platform, pa(base));
    nodes.push({ ...runNode(place, { ...run, base, size: end - base, raw: walk.descriptor }), key: `part:${base}` });
    base = end;
  }
  return nodes;
}

function granuleChildren(place: Place, base: number): Node[] {
  const { machine } = place.target;
  const walk = walkGpt(machine.memory, machine.platform, pa(base));
  return [
    leaf('descriptor', showHex(walk.descriptor), {
      ...readOnly,
      type: `level ${walk.level} ${walk.kind}`,
      memoryReference: rootReference(walk.descriptorPa),
    }),
    leaf('GPI', gpiText(walk.gpi), readOnly),
    granuleNode(place, 'granule', pa(base)),
    ...(walk.kind === 'granules'
      ? [group('neighbours', 'GPIs of the same descriptor', () => nibbles(walk, base))]
      : []),
  ];
}

function nibbles(walk: GptWalk, base: number): Node[] {
  const first = base - (base % (16 * 4096));
  return Array.from({ length: 16 }, (_, i) =>
    leaf(showHex(first + i * 4096), gpiText(Number((walk.descriptor >> BigInt(i * 4)) & 15n)), readOnly),
  );
}
