/** The memory protection engine's part: under which key an access decrypts, and under which the page was left. */
import { granuleOf, type Pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { type MachineMemory, slotNumber, tableOf } from '../../memory/memory';
import { type ContextTag, generationOf, PRISTINE } from '../../memory/mpe';
import { type EncryptionContext, encryptionContext, mecidOf, PAS_NAMES, Pas, pasOf } from '../../memory/pas';
import { granuleInfo } from '../../rmm/inspect';
import type { ExplainedCard } from './types';

/** `MECID 3 of the Realm PAS, key generation 1`; the other PASs have one context each. */
function contextName(context: EncryptionContext, generation: number): string {
  const pas = pasOf(context);
  const key = generation === 0 ? '' : `, key generation ${generation}`;
  return pas === Pas.Realm ? `MECID ${mecidOf(context)} of the Realm PAS${key}` : `the ${PAS_NAMES[pas]} PAS${key}`;
}

/** The context and key generation a page was left under; undefined for one never written. */
export function heldContext(memory: MachineMemory, address: Pa): ContextTag | undefined {
  const granule = granuleOf(address);
  const table = tableOf(memory, granule);
  const entry = table?.entries[granule - table.first] ?? 0;
  if (entry === 0) return undefined;
  const tag = (entry & 1) === 1 ? entry >>> 1 : (memory.slotTags[slotNumber(entry)] ?? PRISTINE);
  return tag === PRISTINE ? undefined : memory.contexts.tags[tag];
}

/**
 * The context the RMM keeps this granule's content under; null where it keeps nothing there. A page that was read under
 * another context is noise under that one too, which only this tells.
 */
function keptUnder(machine: Machine, address: Pa): EncryptionContext | null {
  const { mecid } = granuleInfo(machine, address);
  return mecid === null ? null : encryptionContext(Pas.Realm, mecid);
}

/** What an access under `context` finds: plaintext, zeros or noise. */
export function mpeCard(machine: Machine, address: Pa, context: EncryptionContext, write: boolean): ExplainedCard {
  const { contexts } = machine.memory;
  const held = heldContext(machine.memory, address);
  const generation = generationOf(contexts, context);
  const kept = keptUnder(machine, address);
  const used = contextName(context, generation);
  const left = held === undefined ? 'never written' : contextName(held.context, held.generation);
  const facts: (readonly [string, string])[] = [
    ['access under', used],
    ['page left under', left],
    ...(kept === null ? [] : [['RMM keeps it under', contextName(kept, generationOf(contexts, kept))] as const]),
  ];
  const card = { name: 'memory protection engine', input: BigInt(address), output: null, facts, steps: [] } as const;
  if (held === undefined) return { ...card, outcome: 'passed', verdict: 'the page was never written: it reads zero' };
  const same = held.context === context && held.generation === generation;
  const foreign = kept !== null && kept !== context;
  if (same && !foreign) return { ...card, outcome: 'passed', verdict: `plaintext: written and accessed under ${used}` };
  const why =
    held.context === context && !same
      ? `the key of ${contextName(context, 0)} was regenerated since the page was written`
      : foreign && same
        ? `an earlier access under ${used} has re-expressed what ${contextName(kept, 0)} keeps there`
        : `it was written under ${left}`;
  const what = write ? 'writing it leaves the rest of the page as noise' : 'reading it gives noise';
  return { ...card, outcome: 'noise', verdict: `accessed under ${used}, but ${why}: ${what}` };
}
