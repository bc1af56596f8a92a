/** The list of Realms and, in each, the list of RECs: doubly linked through RDs and RECs. */
import { type Pa, pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { GLOBALS_LAYOUT, rmmRegions } from '../layout';
import { RMM_CONTEXT, readField, writeField } from '../memory';
import { RD_LAYOUT } from '../structures/rd';
import { REC_LAYOUT } from '../structures/rec';
import type { StructureField } from '../structures/structures';

interface Links {
  readonly head: Pa;
  readonly headField: StructureField;
  readonly next: StructureField;
  readonly previous: StructureField;
}

const realms = (machine: Machine): Links => ({
  head: rmmRegions(machine.platform).globals,
  headField: GLOBALS_LAYOUT.fields.firstRealm,
  next: RD_LAYOUT.fields.next,
  previous: RD_LAYOUT.fields.previous,
});

const recs = (rd: Pa): Links => ({
  head: rd,
  headField: RD_LAYOUT.fields.firstRec,
  next: REC_LAYOUT.fields.next,
  previous: REC_LAYOUT.fields.previous,
});

function link(machine: Machine, links: Links, item: Pa): void {
  const { memory } = machine;
  const first = readField(memory, RMM_CONTEXT, links.head, links.headField);
  writeField(memory, RMM_CONTEXT, item, links.next, first);
  writeField(memory, RMM_CONTEXT, item, links.previous, 0);
  if (first !== 0) writeField(memory, RMM_CONTEXT, pa(first), links.previous, item);
  writeField(memory, RMM_CONTEXT, links.head, links.headField, item);
}

function unlink(machine: Machine, links: Links, item: Pa): void {
  const { memory } = machine;
  const next = readField(memory, RMM_CONTEXT, item, links.next);
  const previous = readField(memory, RMM_CONTEXT, item, links.previous);
  if (next !== 0) writeField(memory, RMM_CONTEXT, pa(next), links.previous, previous);
  if (previous === 0) writeField(memory, RMM_CONTEXT, links.head, links.headField, next);
  else writeField(memory, RMM_CONTEXT, pa(previous), links.next, next);
}

function count(machine: Machine, base: Pa, field: StructureField, change: 1 | -1): void {
  writeField(machine.memory, RMM_CONTEXT, base, field, readField(machine.memory, RMM_CONTEXT, base, field) + change);
}

export function addRealm(machine: Machine, rd: Pa): void {
  link(machine, realms(machine), rd);
  count(machine, rmmRegions(machine.platform).globals, GLOBALS_LAYOUT.fields.realmCount, 1);
}

export function removeRealm(machine: Machine, rd: Pa): void {
  unlink(machine, realms(machine), rd);
  count(machine, rmmRegions(machine.platform).globals, GLOBALS_LAYOUT.fields.realmCount, -1);
}

export function addRec(machine: Machine, rd: Pa, rec: Pa): void {
  link(machine, recs(rd), rec);
  count(machine, rd, RD_LAYOUT.fields.recCount, 1);
}

export function removeRec(machine: Machine, rd: Pa, rec: Pa): void {
  unlink(machine, recs(rd), rec);
  count(machine, rd, RD_LAYOUT.fields.recCount, -1);
}
