/** Runs attacks: each from the saved state of its fixture, the RMM's invariants checked at its end. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type HostAction, runActions } from '../../emulator/host/actions/actions';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { restoreMachine, type Snapshot, saveMachine } from '../../emulator/machine/snapshot';
import { type EncryptionContext, Pas, pasOf } from '../../emulator/memory/pas';
import { saveMemory } from '../../emulator/memory/save';
import { checkInvariants } from '../support/rmm-invariants';
import type { Attack, Fixture } from './attack';

const digest = (name: string) => (data: Uint8Array) => new Uint8Array(createHash(name).update(data).digest());
const hashes = { sha256: digest('sha256'), sha384: digest('sha384'), sha512: digest('sha512') };

/** Two PEs that take turns at every step: an agent on the second finds every boundary of the first. */
const PLATFORM = { ...presetPlatform('fvp'), pes: 2, quantum: 1 };

export interface Arena {
  readonly machine: Machine;
  readonly start: ReadonlyMap<string, Snapshot>;
}

/** A failed list says where and why. */
export function must(machine: Machine, actions: readonly HostAction[], what: string): void {
  const { failure } = runActions(machine, actions);
  if (failure === undefined) return;
  const { path, text, expected, actual } = failure;
  assert.fail(`${what}: ${path}: ${text}: expected ${expected}, found ${actual}`);
}

export function createArena(fixtures: readonly Fixture[]): Arena {
  const machine = createMachine({ platform: PLATFORM, services: hashes });
  const reset = saveMachine(machine);
  const start = new Map<string, Snapshot>();
  for (const { name, actions } of fixtures) {
    restoreMachine(machine, reset);
    must(machine, actions, `fixture ${name}`);
    start.set(name, saveMachine(machine));
  }
  return { machine, start };
}

/** Puts the machine into the state of a fixture. */
export function begin({ machine, start }: Arena, name: string): void {
  const snapshot = start.get(name);
  assert.ok(snapshot, `there is a fixture ${name}`);
  restoreMachine(machine, snapshot);
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
  begin(arena, from);
  const before = unchanged === true ? fingerprint(arena.machine) : '';
  must(arena.machine, actions, name);
  if (unchanged === true) assert.equal(fingerprint(arena.machine), before, `${name}: memory has changed`);
  checkInvariants(arena.machine, ...namedRange(arena.machine));
}
