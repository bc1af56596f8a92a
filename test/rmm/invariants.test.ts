/**
 * After every command of random sequences: granule states, GPT and RTTs agree, no granule belongs to two, and an idle
 * delegated granule is wiped.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { granuleInfo, listRealms } from '../../emulator/rmm/inspect';
import { checkInvariants } from '../support/rmm-invariants';
import { newMachine, rmi, writePage } from './support';

const BASE = 0x8010_0000;
const GRANULES = 40;
const PARAMS = 0x8000_1000;
const RUN = 0x8000_3000;
const SOURCE = 0x8000_5000;
const at = (index: number): number => BASE + index * 4096;

type Command = (machine: Machine) => void;

const granule = fc.nat(GRANULES - 1).map(at);
/** The first granules play the leading parts more often than not, so that sequences get somewhere. */
const rd = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(at(0), at(1)) }, { weight: 1, arbitrary: granule });
const rec = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(at(2), at(3)) }, { weight: 1, arbitrary: granule });
const ipa = fc
  .record({ half: fc.constantFrom(0, 2 ** 32), region: fc.constantFrom(0, 2 ** 21, 2 ** 30), page: fc.nat(3) })
  .map(({ half, region, page }) => half + region + page * 4096);
const base = fc.constantFrom(0, 2 ** 21, 2 ** 30, 2 ** 32);
const level = fc.constantFrom(1, 2, 3);

const call =
  (name: string, ...registers: number[]): Command =>
  (machine) =>
    void rmi(machine, name, registers);

const realmCreate = fc.record({ rd, rtt: granule, vmid: fc.nat(2) }).map(
  ({ rd: address, rtt, vmid }): Command =>
    (machine) => {
      writePage(machine, PARAMS, { 8: 33, 24: 1, 32: 1, 2048: vmid, 2056: rtt, 2064: 1, 2072: 1 });
      rmi(machine, 'RMI_REALM_CREATE', [address, PARAMS]);
    },
);

const recCreate = fc.record({ rd, rec, aux: fc.constantFrom(at(20), at(24)), index: fc.nat(1) }).map(
  ({ rd: owner, rec: address, aux, index }): Command =>
    (machine) => {
      const list = Array.from({ length: 16 }, (_, slot) => [0x808 + slot * 8, aux + slot * 4096] as const);
      writePage(machine, PARAMS, { 0: 1, 256: index, 2048: 16, ...Object.fromEntries(list) });
      rmi(machine, 'RMI_REC_CREATE', [owner, address, PARAMS]);
    },
);

const delegateAll: Command = (machine) => {
  for (let index = 0; index < GRANULES; index++) rmi(machine, 'RMI_GRANULE_DELEGATE', [at(index)]);
};

/** A Realm with tables down to level 3, so that every sequence starts where something can happen. */
const prologue: Command = (machine) => {
  delegateAll(machine);
  writePage(machine, PARAMS, { 8: 33, 24: 1, 32: 1, 2048: 0, 2056: at(4), 2064: 1, 2072: 1 });
  rmi(machine, 'RMI_REALM_CREATE', [at(0), PARAMS]);
  rmi(machine, 'RMI_RTT_CREATE', [at(0), at(5), 0, 2]);
  rmi(machine, 'RMI_RTT_CREATE', [at(0), at(6), 0, 3]);
};

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: granule.map((address) => call('RMI_GRANULE_DELEGATE', address)) },
  { weight: 2, arbitrary: granule.map((address) => call('RMI_GRANULE_UNDELEGATE', address)) },
  { weight: 4, arbitrary: realmCreate },
  { weight: 3, arbitrary: recCreate },
  { weight: 1, arbitrary: rd.map((address) => call('RMI_REALM_ACTIVATE', address)) },
  { weight: 1, arbitrary: rd.map((address) => call('RMI_REALM_DESTROY', address)) },
  { weight: 1, arbitrary: rec.map((address) => call('RMI_REC_DESTROY', address)) },
  { weight: 1, arbitrary: rec.map((address) => call('RMI_REC_ENTER', address, RUN)) },
  { weight: 8, arbitrary: fc.tuple(rd, granule, base, level).map((args) => call('RMI_RTT_CREATE', ...args)) },
  { weight: 2, arbitrary: fc.tuple(rd, base, level).map((args) => call('RMI_RTT_DESTROY', ...args)) },
  { weight: 2, arbitrary: fc.tuple(rd, base, level).map((args) => call('RMI_RTT_FOLD', ...args)) },
  { weight: 2, arbitrary: fc.tuple(rd, ipa).map(([r, i]) => call('RMI_RTT_INIT_RIPAS', r, i, i + 0x4000)) },
  {
    weight: 6,
    arbitrary: fc.tuple(rd, granule, ipa).map(([r, g, i]) => call('RMI_DATA_CREATE', r, g, i, SOURCE, 1)),
  },
  { weight: 6, arbitrary: fc.tuple(rd, granule, ipa).map((args) => call('RMI_DATA_CREATE_UNKNOWN', ...args)) },
  { weight: 3, arbitrary: fc.tuple(rd, ipa).map((args) => call('RMI_DATA_DESTROY', ...args)) },
  {
    weight: 2,
    arbitrary: fc.tuple(rd, ipa, granule).map(([r, i, g]) => call('RMI_RTT_MAP_UNPROTECTED', r, i, 3, g + 0xd8)),
  },
  { weight: 1, arbitrary: fc.tuple(rd, ipa).map(([r, i]) => call('RMI_RTT_UNMAP_UNPROTECTED', r, i, 3)) },
);

test('the invariants hold after every command of random sequences', () => {
  let created = 0;
  let mapped = 0;
  fc.assert(
    fc.property(fc.array(command, { minLength: 10, maxLength: 40 }), (commands) => {
      const machine = newMachine('fvp');
      writePage(machine, SOURCE, { 0: 0x5a5a });
      for (const next of [prologue, ...commands]) {
        next(machine);
        checkInvariants(machine, BASE, at(GRANULES));
        created = Math.max(created, listRealms(machine).length);
      }
      for (let index = 0; index < GRANULES; index++) {
        if (granuleInfo(machine, pa(at(index))).state === 'DATA') mapped++;
      }
    }),
    { numRuns: 16, seed: 20_261_121 },
  );
  assert.ok(created >= 2, 'two Realms at once were reached');
  assert.ok(mapped > 0, 'DATA granules were reached');
});
