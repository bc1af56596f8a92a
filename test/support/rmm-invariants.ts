/**
 * What must hold between any two commands of the RMM, whatever was asked of it: the whole state, read as a debugger reads
 * it. `rmm-watch.ts` checks the same of what a call changed, for sequences too long for this.
 */
import assert from 'node:assert/strict';
import { granuleOf, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { Gpi, gpiOf } from '../../emulator/memory/gpt';
import { peekBytes } from '../../emulator/memory/memory';
import { granuleOwner } from '../../emulator/rmm/granules/tracking';
import { granuleStateName, listContexts, listRealms, listRecs, readRttPage } from '../../emulator/rmm/inspect';
import type { RealmInfo, RtteInfo } from '../../emulator/rmm/inspect/types';
import { GLOBALS_LAYOUT, rmmRegions } from '../../emulator/rmm/layout';
import { mecEntry } from '../../emulator/rmm/mec/pool';
import { RMM_CONTEXT, readField } from '../../emulator/rmm/memory';
import { recIndex } from '../../emulator/rmm/rec/mpidr';
import { startTables } from '../../emulator/rmm/rtt/geometry';
import { RD_LAYOUT } from '../../emulator/rmm/structures/rd';

type Use = 'RD' | 'REC' | 'REC_AUX' | 'RTT' | 'DATA';

interface Claim {
  readonly use: Use;
  readonly rd: number;
}

/** One RTT entry by itself: right half of the IPA space, right level, aligned, no attributes of the other kind. */
function checkEntry(realm: RealmInfo, entry: RtteInfo): void {
  const { hipas, ripas, level } = entry;
  if (hipas === 'TABLE') {
    assert.ok(level < 3, 'no table at level 3');
    return;
  }
  const unprotected = entry.ipa >= 2 ** (realm.ipaWidth - 1);
  assert.equal(hipas.endsWith('_NS'), unprotected, `${hipas} at IPA 0x${entry.ipa.toString(16)}`);
  assert.equal(ripas === null, unprotected, 'RIPAS is defined for Protected IPAs');
  if (entry.pa === null) return;
  assert.ok(level >= 1, 'no block at level 0');
  assert.equal(entry.pa % entry.size, 0, 'the output address is aligned to the entry');
  const valid = entry.raw % 2n === 1n;
  assert.equal(valid, unprotected || ripas === 'RAM', 'the PE reaches RAM and what the Host shares');
  if (unprotected) assert.ok(entry.attributes.includes('NS') && entry.attributes.includes('XN'), 'NS, never executed');
}

/** Every granule that a Realm says is its own, and what as. Fails on a second claim. */
function claims(machine: Machine): Map<number, Claim> {
  const found = new Map<number, Claim>();
  for (const realm of listRealms(machine)) {
    const claim = (address: number, use: Use): void => {
      assert.equal(found.get(address), undefined, `0x${address.toString(16)} is used twice`);
      found.set(address, { use, rd: realm.rd });
    };
    claim(realm.rd, 'RD');
    for (const rec of listRecs(machine, realm.rd)) {
      claim(rec.rec, 'REC');
      for (const aux of rec.aux) claim(aux, 'REC_AUX');
    }
    const visit = (table: number, level: number, ipa: number): void => {
      claim(table, 'RTT');
      for (const entry of readRttPage(machine, realm.rd, pa(table), level, ipa as never)) {
        checkEntry(realm, entry);
        if (entry.hipas === 'TABLE') visit(entry.pa ?? 0, level + 1, entry.ipa);
        if (entry.hipas !== 'ASSIGNED') continue;
        for (let offset = 0; offset < entry.size; offset += 4096) claim((entry.pa ?? 0) + offset, 'DATA');
      }
    };
    const range = 2 ** (12 + 9 * (4 - realm.rttLevelStart));
    for (let index = 0; index < realm.rttNumStart; index++) {
      visit(realm.rttBase + index * 4096, realm.rttLevelStart, index * range);
    }
  }
  return found;
}

const numberOf = (machine: Machine, rd: number, field: keyof typeof RD_LAYOUT.fields): number =>
  readField(machine.memory, RMM_CONTEXT, pa(rd), RD_LAYOUT.fields[field]);

/** Realms and RECs by themselves: counts, indices, limits, the shape of the address space. */
function checkRealms(machine: Machine): void {
  const { platform } = machine;
  const realms = listRealms(machine);
  const { globals, vmids } = rmmRegions(platform);
  assert.equal(readField(machine.memory, RMM_CONTEXT, globals, GLOBALS_LAYOUT.fields.realmCount), realms.length);
  for (const realm of realms) {
    const { ipaWidth, rttLevelStart, lpa2, rttNumStart, rttBase } = realm;
    assert.equal(startTables(ipaWidth, rttLevelStart, lpa2, platform.features.paBits), rttNumStart);
    assert.equal(rttBase % (rttNumStart * 4096), 0);
    const recs = listRecs(machine, realm.rd);
    assert.equal(numberOf(machine, realm.rd, 'recCount'), recs.length, 'RECs counted');
    assert.ok(recs.length <= platform.rmm.maxRecs);
    let last = -1;
    for (const rec of recs) {
      assert.equal(rec.rd, realm.rd, 'the REC names its Realm');
      assert.equal(rec.index, recIndex(rec.mpidr), 'RecIndex');
      assert.ok(
        rec.index > last && rec.index < numberOf(machine, realm.rd, 'recIndex'),
        'indices in order, never again',
      );
      last = rec.index;
      assert.equal(rec.aux.length, platform.rmm.recAuxCount);
      if (rec.state === 'REC_READY') assert.equal(rec.runningOn, null);
      assert.ok(!(rec.psciPending && !rec.runnable), 'a REC that asked something is on');
    }
  }
  const used = realms.map(({ vmid }) => vmid);
  assert.equal(new Set(used).size, used.length, 'each Realm has a VMID of its own');
  const bits = peekBytes(machine.memory, RMM_CONTEXT, vmids, 2 ** platform.features.vmidBits / 8);
  const taken = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  assert.equal(taken, used.length, 'no VMID is taken for nobody');
  for (const vmid of used) assert.ok(((bits[vmid >> 3] ?? 0) >> (vmid % 8)) % 2 === 1, `VMID ${vmid} is taken`);
}

/** Granule states, owners, GPT, RTTs, VMIDs and MECIDs agree in [from, to); an idle granule is wiped. */
export function checkInvariants(machine: Machine, from: number, to: number): void {
  const used = claims(machine);
  checkRealms(machine);
  for (let address = pa(from); address < to; address = pa(address + 4096)) {
    const state = granuleStateName(machine, address);
    const gpi = gpiOf(machine.memory, machine.platform, address);
    assert.equal(gpi, state === 'UNDELEGATED' ? Gpi.NonSecure : Gpi.Realm, `GPT of ${state}`);
    const idle = state === 'UNDELEGATED' || state === 'DELEGATED';
    const claim = used.get(address);
    assert.equal(claim?.use, idle ? undefined : state, `use of 0x${address.toString(16)}`);
    assert.equal(granuleOwner(machine, address), claim?.rd ?? 0, `owner of 0x${address.toString(16)}`);
    if (state === 'DELEGATED') {
      const bytes = peekBytes(machine.memory, RMM_CONTEXT, address, 4096);
      assert.ok(
        bytes.every((byte) => byte === 0),
        `granule ${granuleOf(address)} is wiped`,
      );
    }
  }
  checkContexts(machine);
}

/** MECIDs: 0 for all without MEC; else a private one has one Realm, the Shared one any number, the others none. */
function checkContexts(machine: Machine): void {
  const { platform } = machine;
  const mecids = listRealms(machine).map(({ mecid }) => mecid);
  if (!platform.mec.enabled) {
    assert.ok(mecids.every((mecid) => mecid === 0));
    return;
  }
  const contexts = listContexts(machine);
  assert.ok(contexts.filter(({ state }) => state === 'shared').length <= (platform.rmm.versionSet === '1.0' ? 0 : 1));
  for (const { mecid, state, rd, members } of contexts) {
    const users = mecids.filter((used) => used === mecid).length;
    if (state === 'assigned') assert.deepEqual([users, members], [1, [rd]], `MECID ${mecid} is one Realm's own`);
    else if (state === 'shared') assert.equal(mecEntry(machine, mecid).members, users, 'members of the Shared MECID');
    else assert.equal(users, 0, `MECID ${mecid} is ${state}, and used`);
  }
  const known = new Set(contexts.map(({ mecid }) => mecid));
  assert.ok(mecids.every((mecid) => known.has(mecid)));
}
