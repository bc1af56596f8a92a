/** Memory encryption contexts of RMM 1.1: who may have which MECID, and what others see of the memory behind it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeToken } from '../../attestation/token/decode';
import { granuleOf, pa } from '../../emulator/address';
import { readSysreg, readX } from '../../emulator/cpu/pe';
import { subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { type Platform, withVersionSet } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { peekBytes, readBytes, regenerateContext, touchPage } from '../../emulator/memory/memory';
import { type EncryptionContext, encryptionContext, Pas } from '../../emulator/memory/pas';
import { evaluationOf, listContexts, readRealm } from '../../emulator/rmm/inspect';
import { mecPolicy } from '../../emulator/rmm/mec/pool';
import { RMM_CONTEXT, realmContext } from '../../emulator/rmm/memory';
import { REC, recField } from '../../emulator/rmm/rec/rec';
import { checkInvariants } from '../support/rmm-invariants';
import {
  AT,
  beginCall,
  bootPe,
  buildRealm,
  destroyRealm,
  fidOfName,
  must,
  newMachine,
  placesAfter,
  rmi,
  smc,
  stepFirmware,
  writePage,
} from './support';

const MECID_BITS = 4;
/** The RMM keeps one of 16 for itself. */
const MAX_MECID = 14;

const fvp = presetPlatform('fvp');
const platform: Platform = withVersionSet({ ...fvp, mec: { enabled: true, mecidBits: MECID_BITS } }, '1.1-v0.8.0');
const withChoice = (mecidZero: 'shared' | 'private'): Platform => ({
  ...platform,
  rmm: { ...platform.rmm, mecidZero },
});

function machineOf(from: Platform = platform): Machine {
  const machine = newMachine(from);
  machine.rmm.evaluations.on = true;
  return machine;
}

const SET_SHARED = 'RMI_MEC_SET_SHARED';
const SET_PRIVATE = 'RMI_MEC_SET_PRIVATE';

/** The condition that refused the call just made; undefined when it succeeded. */
const refusedBy = (machine: Machine): string | undefined =>
  evaluationOf(machine, machine.rmm.calls - 1).find(({ outcome }) => outcome === 'failed')?.id;

function refused(machine: Machine, name: string, registers: readonly (number | bigint)[]): string | undefined {
  const [x0] = rmi(machine, name, registers);
  assert.equal(x0 === 0n, refusedBy(machine) === undefined);
  if (x0 !== 0n) assert.equal(x0, 1n, 'RMI_ERROR_INPUT');
  return refusedBy(machine);
}

/** RMI_REALM_CREATE at some place, with words put over good parameters. */
function createRealm(machine: Machine, number: number, words: Readonly<Record<number, number | bigint>>) {
  const at = placesAfter(number * 0x10_0000);
  for (const granule of [at.rd, at.rtt]) rmi(machine, 'RMI_GRANULE_DELEGATE', [granule]);
  writePage(machine, at.params, {
    8: 33,
    24: 1,
    32: 1,
    2048: number + 1,
    2056: at.rtt,
    2064: 1,
    2072: 1,
    ...words,
  });
  return refused(machine, 'RMI_REALM_CREATE', [at.rd, at.params]);
}

const NUM_AUX_PLANES = 0x38;
const FLAGS1 = 0x820;
const MECID = 0x828;
const destroy = (machine: Machine, number: number) => must(machine, 'RMI_REALM_DESTROY', AT.rd + number * 0x10_0000);

const stateOf = (machine: Machine, named: number): string =>
  listContexts(machine).find((context) => context.named === named)?.state ?? 'free';
const generationOf = (machine: Machine, named: number): number =>
  listContexts(machine).find((context) => context.named === named)?.generation ?? 0;

describe('version sets', () => {
  test('1.0 has revision 1.0, no RmiFeatureRegister1 and no MEC commands', () => {
    const machine = newMachine('fvp');
    assert.deepEqual(rmi(machine, 'RMI_VERSION', [0x1_0001]).slice(0, 3), [1n, 0x1_0000n, 0x1_0000n]);
    assert.deepEqual(rmi(machine, 'RMI_FEATURES', [1]).slice(0, 2), [0n, 0n]);
    for (const name of [SET_SHARED, SET_PRIVATE]) {
      assert.equal(rmi(machine, name, [1])[0], 0xffff_ffff_ffff_ffffn);
    }
  });

  test('1.0 refuses a Realm when every MECID is taken, until one is free again', () => {
    const machine = machineOf({ ...fvp, mec: { enabled: true, mecidBits: 2 } });
    const realms = [0, 1, 2, 3].map((number) => createRealm(machine, number, {}));
    assert.deepEqual(realms, [undefined, undefined, undefined, 'mecid_free']);
    destroy(machine, 1);
    assert.equal(createRealm(machine, 3, {}), undefined);
    assert.equal(createRealm(machine, 1, {}), 'mecid_free');
  });

  test('1.1 has both revisions, and MAX_MECID', () => {
    const machine = machineOf();
    assert.deepEqual(rmi(machine, 'RMI_VERSION', [0x1_0000]).slice(0, 3), [0n, 0x1_0000n, 0x1_0001n]);
    assert.deepEqual(rmi(machine, 'RMI_VERSION', [0x1_0001]).slice(0, 3), [0n, 0x1_0001n, 0x1_0001n]);
    assert.deepEqual(rmi(machine, 'RMI_VERSION', [0x1_0002]).slice(0, 3), [1n, 0x1_0001n, 0x1_0001n]);
    assert.deepEqual(rmi(machine, 'RMI_FEATURES', [1]).slice(0, 2), [0n, BigInt(MAX_MECID)]);
    assert.deepEqual(rmi(machine, 'RMI_FEATURES', [2]).slice(0, 2), [0n, 0n]);
  });

  test('a Realm is told both revisions, and no feature', () => {
    const machine = machineOf();
    buildRealm(machine);
    const answers: bigint[][] = [];
    const calls = [
      ['RSI_VERSION', 0x1_0000],
      ['RSI_VERSION', 0x1_0001],
      ['RSI_VERSION', 0x2_0000],
      ['RSI_FEATURES', 0],
    ] as const;
    rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe, stay) => {
      if (stay > 0) answers.push([0, 1, 2].map((register) => readX(pe, register)));
      const call = calls[stay];
      return call === undefined ? { kind: 'fiq' } : smc(pe, fidOfName(call[0]), call[1]);
    });
    assert.deepEqual(answers, [
      [0n, 0x1_0000n, 0x1_0001n],
      [0n, 0x1_0001n, 0x1_0001n],
      [1n, 0x1_0001n, 0x1_0001n],
      [0n, 0n, 0n],
    ]);
  });

  test('commands of 1.1 that are not there are not supported', () => {
    const machine = machineOf();
    // Auxiliary RTTs, S2AP, device memory, PDEV and VDEV: all but the two of MEC between 0x170 and 0x18e.
    for (let fid = 0xc400_0170; fid <= 0xc400_018e; fid++) {
      if (fid === 0xc400_018c || fid === 0xc400_018d) continue;
      beginCall(machine, fid, []);
      while (stepFirmware(machine));
      assert.equal(readX(bootPe(machine), 0), 0xffff_ffff_ffff_ffffn, fid.toString(16));
    }
  });

  test('1.0 does not look at what 1.1 reads in the parameters', () => {
    const machine = newMachine('fvp');
    machine.rmm.evaluations.on = true;
    assert.equal(createRealm(machine, 0, { 0: 8, [NUM_AUX_PLANES]: 3, [FLAGS1]: 2, [MECID]: -1 }), undefined);
    assert.equal(readRealm(machine, pa(AT.rd)).mecid, 1);
    const conditions = evaluationOf(machine, machine.rmm.calls - 1).map(({ id }) => id);
    assert.ok(conditions.includes('mecid_free') && !conditions.includes('mec_state'), `${conditions}`);
  });
});

describe('RMI_REALM_CREATE of 1.1', () => {
  test('each condition that 1.1 adds', () => {
    const machine = machineOf();
    const cases = [
      ['aux_planes', { [NUM_AUX_PLANES]: 1 }],
      ['aux_planes', { [FLAGS1]: 2 }],
      ['mecid_bound', { [MECID]: MAX_MECID + 1 }],
      ['mecid_bound', { [MECID]: 1n << 32n }],
      ['mecid_bound', { [MECID]: -1n }],
      ['da', { 0: 8 }],
      [undefined, { [MECID]: MAX_MECID, [FLAGS1]: 1 }],
    ] as const;
    for (const [id, words] of cases) assert.equal(createRealm(machine, 0, words), id, JSON.stringify(id));
    assert.equal(createRealm(machine, 1, { [MECID]: MAX_MECID }), 'mec_state');
    assert.equal(createRealm(machine, 1, { [MECID]: MAX_MECID - 1 }), undefined);
  });

  test('the first condition of several is the one that is told', () => {
    const machine = machineOf();
    const all = { 0: 8, [NUM_AUX_PLANES]: 1, [MECID]: MAX_MECID + 1 };
    assert.equal(createRealm(machine, 0, all), 'aux_planes');
    assert.equal(createRealm(machine, 0, { ...all, [NUM_AUX_PLANES]: 0 }), 'mecid_bound');
    assert.equal(createRealm(machine, 0, { 0: 8 }), 'da');
    assert.equal(createRealm(machine, 0, { ...all, 8: 31 }), 'params_valid');
  });

  test('a refused call takes no MECID', () => {
    const machine = machineOf();
    assert.equal(createRealm(machine, 0, { [MECID]: 3, 0: 8 }), 'da');
    assert.equal(stateOf(machine, 3), 'free');
    assert.equal(createRealm(machine, 1, { [MECID]: 3 }), undefined);
  });

  test('the MECID is not measured; flags0.da would be', () => {
    const machine = machineOf();
    createRealm(machine, 0, { [MECID]: 3 });
    createRealm(machine, 1, { [MECID]: 4, [FLAGS1]: 1 });
    const rims = [AT.rd, AT.rd + 0x10_0000].map((rd) => readRealm(machine, pa(rd)).rim);
    assert.equal(rims[0], rims[1]);
  });

  test('without FEAT_MEC any number of Realms have MECID 0, and there is no other', () => {
    const machine = machineOf(withVersionSet(presetPlatform('trace-a'), '1.1-v0.8.0'));
    assert.deepEqual(rmi(machine, 'RMI_FEATURES', [1]).slice(0, 2), [0n, 0n]);
    assert.equal(createRealm(machine, 0, { [MECID]: 1 }), 'mecid_bound');
    assert.equal(createRealm(machine, 0, {}), undefined);
    assert.equal(createRealm(machine, 1, {}), undefined);
    for (const name of [SET_SHARED, SET_PRIVATE]) assert.equal(refused(machine, name, [0]), 'mecid_bound');
    assert.equal(mecPolicy(machine, 0), 'shared');
    destroy(machine, 0);
    destroy(machine, 1);
  });
});

describe('RMI_MEC_SET_SHARED and RMI_MEC_SET_PRIVATE', () => {
  test('MECID 0 is Shared at boot, as in TF-RMM, or private, as the ACS has it', () => {
    const shared = machineOf();
    assert.equal(stateOf(shared, 0), 'shared');
    assert.equal(refused(shared, SET_SHARED, [0]), 'state');
    assert.equal(refused(shared, SET_SHARED, [1]), 'one_shared');
    const ownPrivate = machineOf(withChoice('private'));
    assert.equal(refused(ownPrivate, SET_PRIVATE, [0]), 'state');
    assert.equal(refused(ownPrivate, SET_SHARED, [1]), undefined);
    assert.equal(refused(ownPrivate, SET_SHARED, [0]), 'one_shared');
  });

  test('each condition', () => {
    const machine = machineOf();
    for (const mecid of [MAX_MECID + 1, 1n << 40n, -1]) {
      assert.equal(refused(machine, SET_SHARED, [mecid]), 'mecid_bound');
      assert.equal(refused(machine, SET_PRIVATE, [mecid]), 'mecid_bound');
    }
    assert.equal(createRealm(machine, 0, { [MECID]: 5 }), undefined);
    assert.equal(refused(machine, SET_SHARED, [5]), 'state', 'a Realm has it');
    assert.equal(refused(machine, SET_PRIVATE, [5]), 'state');
    assert.equal(refused(machine, SET_PRIVATE, [0]), undefined);
    assert.equal(refused(machine, SET_PRIVATE, [0]), 'state');
    destroy(machine, 0);
    assert.equal(refused(machine, SET_SHARED, [5]), undefined);
    assert.equal(refused(machine, SET_SHARED, [6]), 'one_shared');
  });

  test('two Realms share a MECID; it stays Shared until both are gone', () => {
    const machine = machineOf();
    assert.equal(createRealm(machine, 0, {}), undefined);
    assert.equal(createRealm(machine, 1, {}), undefined);
    const [first, second] = [AT.rd, AT.rd + 0x10_0000].map((rd) => readRealm(machine, pa(rd)).mecid);
    assert.deepEqual([first, second], [1, 1], 'the RMM keeps MECID 0 for itself');
    assert.deepEqual(listContexts(machine)[1]?.members, [AT.rd, AT.rd + 0x10_0000]);
    assert.equal(mecPolicy(machine, 1), 'shared');
    checkInvariants(machine, AT.params, AT.params + 0x20_0000);
    destroy(machine, 0);
    assert.equal(refused(machine, SET_PRIVATE, [0]), 'members');
    destroy(machine, 1);
    assert.equal(refused(machine, SET_PRIVATE, [0]), undefined);
    assert.equal(createRealm(machine, 0, {}), undefined);
    assert.equal(createRealm(machine, 1, {}), 'mec_state');
    assert.equal(mecPolicy(machine, 1), 'private');
  });

  test('every transition but that of members regenerates the key, and is told', () => {
    const machine = machineOf();
    const told: [number, number][] = [];
    subscribe(machine.events, ({ words: [mecid, action] }) => told.push([Number(mecid), Number(action)]), ['mec']);
    const generation = () => generationOf(machine, 0);
    createRealm(machine, 0, {});
    destroy(machine, 0);
    assert.equal(generation(), 0, 'members come and go');
    rmi(machine, SET_PRIVATE, [0]);
    assert.equal(generation(), 1);
    createRealm(machine, 0, {});
    assert.equal(generation(), 2);
    destroy(machine, 0);
    assert.equal(generation(), 3);
    rmi(machine, SET_SHARED, [0]);
    assert.equal(generation(), 4);
    const kinds = told.map(([mecid, action]) => (mecid === 1 ? action : -1));
    assert.deepEqual(kinds, [0, 1, 2, 4, 2, 0, 2, 1, 2, 3]);
  });
});

type Step = readonly ['share' | 'unshare' | 'create' | 'destroy', number, number];

test('any sequence of calls keeps to the state machine', () => {
  const REALMS = 4;
  const mecid = fc.nat(3);
  const step = fc.tuple(fc.constantFrom('share', 'unshare', 'create', 'destroy'), mecid, fc.nat(REALMS - 1));
  const run = (steps: readonly Step[], mecidZero: 'shared' | 'private') => {
    const machine = machineOf(withChoice(mecidZero));
    let shared = mecidZero === 'shared' ? 0 : -1;
    const owners = new Map<number, number>();
    const users = (wanted: number) => [...owners.values()].filter((used) => used === wanted).length;
    for (const [what, wanted, realm] of steps) {
      let expected: string | undefined;
      if (what === 'share') {
        if (wanted === shared || users(wanted) > 0) expected = 'state';
        else if (shared >= 0) expected = 'one_shared';
        assert.equal(refused(machine, SET_SHARED, [wanted]), expected);
        if (expected === undefined) shared = wanted;
      } else if (what === 'unshare') {
        if (wanted !== shared) expected = 'state';
        else if (users(wanted) > 0) expected = 'members';
        assert.equal(refused(machine, SET_PRIVATE, [wanted]), expected);
        if (expected === undefined) shared = -1;
      } else if (what === 'create') {
        if (owners.has(realm)) continue;
        if (wanted !== shared && users(wanted) > 0) expected = 'mec_state';
        assert.equal(createRealm(machine, realm, { [MECID]: wanted }), expected);
        if (expected === undefined) owners.set(realm, wanted);
      } else if (owners.delete(realm)) destroy(machine, realm);
      for (const named of [0, 1, 2, 3]) {
        const used = users(named) > 0;
        assert.equal(stateOf(machine, named), named === shared ? 'shared' : used ? 'assigned' : 'free');
      }
    }
    checkInvariants(machine, AT.params, AT.params + REALMS * 0x10_0000);
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), fc.constantFrom('shared', 'private'), (steps, zero) =>
      run(steps as Step[], zero),
    ),
    { numRuns: 12 },
  );
});

describe('what lies behind a MECID', () => {
  const NON_SECURE = encryptionContext(Pas.NonSecure);
  const SECRET = new Uint8Array(4096).map((_, index) => (index * 7 + (index >> 8)) % 256);

  /** Blocks of 16 bytes, the unit of the cipher, that two pages have in common anywhere. */
  function commonBlocks(a: Uint8Array, b: Uint8Array): number {
    const blocks = (page: Uint8Array): string[] =>
      Array.from({ length: 256 }, (_, block) => page.subarray(block * 16, block * 16 + 16).join());
    const known = new Set(blocks(a));
    return blocks(b).filter((block) => known.has(block)).length;
  }

  test('accesses of a Realm carry its MECID, those of the RMM its own', () => {
    const machine = machineOf();
    buildRealm(machine, { mecid: 6 });
    let carried = -1n;
    rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe) => {
      carried = readSysreg(pe, 'VMECID_P_EL2');
      return { kind: 'fiq' };
    });
    assert.equal(carried, 7n, "the Host counts from 0, and MECID 0 is the RMM's");
    const inThe = (address: number): Uint8Array => peekBytes(machine.memory, 'bus', pa(address), 4096);
    const under = (context: EncryptionContext, address: number): Uint8Array =>
      peekBytes(machine.memory, context, pa(address), 4096);
    // The RMM's structures are legible under MECID 0, tables and DATA under the Realm's, nothing on the bus.
    const first = (bytes: Uint8Array): bigint => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    assert.equal(first(under(realmContext(7), AT.data)), 0x100n);
    assert.equal(first(under(realmContext(7), AT.level3)) & 0xffff_ffff_f000n, BigInt(AT.data));
    for (const granule of [AT.data, AT.level3, AT.level2, AT.rtt]) {
      assert.equal(commonBlocks(under(realmContext(7), granule), under(RMM_CONTEXT, granule)), 0);
    }
    for (const granule of [AT.rd, AT.rec]) {
      assert.equal(commonBlocks(under(RMM_CONTEXT, granule), under(realmContext(7), granule)), 0);
      assert.equal(commonBlocks(under(RMM_CONTEXT, granule), inThe(granule)), 0);
    }
  });

  test('stale and foreign MECIDs never reveal plaintext', () => {
    const mecid = fc.integer({ min: 1, max: MAX_MECID });
    const leave = fc.constantFrom('stay', 'another Realm', 'new key');
    fc.assert(
      fc.property(mecid, leave, (named, then) => {
        const machine = machineOf();
        buildRealm(machine, { mecid: named, pages: 1 });
        const page = pa(AT.data);
        const own = realmContext(readRealm(machine, pa(AT.rd)).mecid);
        must(machine, 'RMI_DATA_DESTROY', AT.rd, 0);
        must(machine, 'RMI_DATA_CREATE_UNKNOWN', AT.rd, page, 0);
        // The Realm writes its secret.
        rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], () => {
          machine.memory.bytes().set(SECRET, touchPage(machine.memory, own, granuleOf(page), true));
          return { kind: 'fiq' };
        });
        assert.deepEqual(peekBytes(machine.memory, own, page, 4096), SECRET);
        if (then === 'another Realm') {
          buildRealm(machine, { at: placesAfter(0x100_0000), vmid: 2, mecid: (named % MAX_MECID) + 1 });
        }
        if (then === 'new key') regenerateContext(machine.memory, named + 1);
        const readers: EncryptionContext[] = [NON_SECURE, encryptionContext(Pas.Root), RMM_CONTEXT];
        for (let other = 1; other <= MAX_MECID + 1; other++) {
          if (then === 'new key' || other !== named + 1) readers.push(realmContext(other));
        }
        assert.equal(commonBlocks(SECRET, peekBytes(machine.memory, 'bus', page, 4096)), 0, 'the bus');
        for (const reader of readers) {
          const seen = readBytes(machine.memory, reader, page, 4096);
          assert.equal(commonBlocks(SECRET, seen), 0, `context ${reader}`);
        }
      }),
      { numRuns: 8 },
    );
  });

  test('nothing of a destroyed Realm is left under its MECID, for whoever has it next', () => {
    const machine = machineOf();
    buildRealm(machine, { mecid: 2 });
    const before = [AT.data, AT.level3].map((granule) => peekBytes(machine.memory, realmContext(3), pa(granule), 4096));
    const bus = [AT.data, AT.level3].map((granule) => peekBytes(machine.memory, 'bus', pa(granule), 4096));
    destroyRealm(machine);
    buildRealm(machine, { mecid: 2 });
    const after = [AT.data, AT.level3].map((granule) => peekBytes(machine.memory, realmContext(3), pa(granule), 4096));
    assert.deepEqual(after, before, 'the same Realm again');
    for (const [index, granule] of [AT.data, AT.level3].entries()) {
      const now = peekBytes(machine.memory, 'bus', pa(granule), 4096);
      assert.equal(commonBlocks(bus[index] as Uint8Array, now), 0, 'under another key');
    }
  });
});

test('the token of 1.1 claims the MEC policy; that of 1.0 does not', () => {
  for (const [from, mecid, policy] of [
    [platform, 0, 'shared'],
    [platform, 4, 'private'],
    ['fvp', 0, undefined],
  ] as const) {
    const machine = newMachine(from);
    buildRealm(machine, { mecid });
    rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe, stay) => {
      if (stay === 0) return smc(pe, fidOfName('RSI_ATTESTATION_TOKEN_INIT'), 1, 2, 3, 4, 5, 6, 7, 8);
      return stay === 1 ? smc(pe, fidOfName('RSI_ATTESTATION_TOKEN_CONTINUE'), 0x1000, 0, 4096) : { kind: 'fiq' };
    });
    const length = recField(machine, pa(AT.rec), REC.attestSize);
    const own = realmContext(readRealm(machine, pa(AT.rd)).mecid);
    const token = decodeToken(readBytes(machine.memory, own, pa(AT.data + 4096), length));
    assert.equal(token.format, '1.0', 'profile and tag are those of 1.0');
    const claim = token.realm.claims.find(({ number }) => number === 44243);
    assert.equal(claim?.value.kind === 'text' ? claim.value.value : undefined, policy);
  }
});
