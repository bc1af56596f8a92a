/** Runs attacks: each from the saved state of its fixture, the RMM's invariants checked at its end. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type HostAction, runActions } from '../../emulator/host/actions/actions';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { withVersionSet } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { restoreMachine, type Snapshot, saveMachine } from '../../emulator/machine/snapshot';
import { type EncryptionContext, Pas, pasOf } from '../../emulator/memory/pas';
import { saveMemory } from '../../emulator/memory/save';
import type { VersionSet } from '../../emulator/rmm/commands/row';
import { checkInvariants } from '../support/rmm-invariants';
import type { Attack, Fixture } from './attack';

const digest = (name: string) => (data: Uint8Array) => new Uint8Array(createHash(name).update(data).digest());
const hashes = { sha256: digest('sha256'), sha384: digest('sha384'), sha512: digest('sha512') };

/** Two PEs that take turns at every step: an agent on the second finds every boundary of the first. */
const PLATFORM = { ...presetPlatform('fvp'), pes: 2, quantum: 1 };

/** Where a fixture leaves a machine. */
interface Start {
  readonly machine: Machine;
  readonly snapshot: Snapshot;
}
export type Arena = ReadonlyMap<string, Start>;

/** A failed list says where and why. */
export function must(machine: Machine, actions: readonly HostAction[], what: string): void {
  const { failure } = runActions(machine, actions);
  if (failure === undefined) return;
  const { path, text, expected, actual } = failure;
  assert.fail(`${what}: ${path}: ${text}: expected ${expected}, found ${actual}`);
}

const machineOf = (versionSet: VersionSet): Machine =>
  createMachine({ platform: withVersionSet(PLATFORM, versionSet), services: hashes });

export function createArena(fixtures: readonly Fixture[]): Arena {
  const machines = new Map<VersionSet, { readonly machine: Machine; readonly reset: Snapshot }>();
  const arena = new Map<string, Start>();
  for (const { name, actions, rmm = '1.0' } of fixtures) {
    const machine = machines.get(rmm)?.machine ?? machineOf(rmm);
    const reset = machines.get(rmm)?.reset ?? saveMachine(machine);
    machines.set(rmm, { machine, reset });
    restoreMachine(machine, reset);
    must(machine, actions, `fixture ${name}`);
    arena.set(name, { machine, snapshot: saveMachine(machine) });
  }
  return arena;
}

/** A machine in the state of a fixture. */
export function begin(arena: Arena, name: string): Machine {
  const start = arena.get(name);
  assert.ok(start, `there is a fixture ${name}`);
  restoreMachine(start.machine, start.snapshot);
  return start.machine;
}

/** Every granule that a list has named. */
const namedRange = (machine: Machine): readonly [number, number] => [
  machine.platform.delegable[0]?.base ?? 0,
  (machine.platform.delegable[0]?.base ?? 0) + 4096 * (machine.host.actions?.progress.next ?? 0),
];

/** All of memory but EL3's own, where the Host's registers wait during a call. */
function fingerprint({ memory }: Machine): string {
  const { pages, content } = saveMemory(memory) as unknown as {
    readonly pages: readonly (readonly [granule: number, context: number, generation: number, full: number])[];
    readonly content: Uint8Array;
  };
  const sum = createHash('sha256');
  let at = 0;
  for (const [granule, context, generation, full] of pages) {
    const bytes = content.subarray(at, at + 4096 * full);
    at += bytes.length;
    if (pasOf(context as EncryptionContext) === Pas.Root) continue;
    // A granule that is all zero is that, whether or not it was looked at.
    if (full === 1) sum.update(`${granule} ${context} ${generation} `).update(bytes);
  }
  return sum.digest('hex');
}

export function attack(arena: Arena, { name, from, actions, unchanged }: Attack): void {
  const machine = begin(arena, from);
  const before = unchanged === true ? fingerprint(machine) : '';
  must(machine, actions, name);
  if (unchanged === true) assert.equal(fingerprint(machine), before, `${name}: memory has changed`);
  checkInvariants(machine, ...namedRange(machine));
}
