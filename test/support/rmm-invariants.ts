/** What must hold between any two commands of the RMM, whatever was asked of it. */
import assert from 'node:assert/strict';
import { granuleOf, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { Gpi, gpiOf } from '../../emulator/memory/gpt';
import { peekBytes } from '../../emulator/memory/memory';
import { granuleStateName, listContexts, listRealms, listRecs, readRttPage } from '../../emulator/rmm/inspect';
import { RMM_CONTEXT } from '../../emulator/rmm/memory';

type Use = 'RD' | 'REC' | 'REC_AUX' | 'RTT' | 'DATA';

/** Every granule that a Realm says is its own, and what as. Fails on a second claim. */
function claims(machine: Machine): Map<number, Use> {
  const found = new Map<number, Use>();
  const claim = (address: number, use: Use): void => {
    assert.equal(found.get(address), undefined, `0x${address.toString(16)} is used twice`);
    found.set(address, use);
  };
  for (const realm of listRealms(machine)) {
    claim(realm.rd, 'RD');
    for (const rec of listRecs(machine, realm.rd)) {
      claim(rec.rec, 'REC');
      for (const aux of rec.aux) claim(aux, 'REC_AUX');
    }
    const visit = (table: number, level: number, ipa: number): void => {
      claim(table, 'RTT');
      for (const entry of readRttPage(machine, realm.rd, pa(table), level, ipa as never)) {
        if (entry.hipas === 'TABLE') visit(entry.pa ?? 0, level + 1, entry.ipa);
        if (entry.hipas !== 'ASSIGNED') continue;
        for (let offset = 0; offset < entry.size; offset += 4096) claim((entry.pa ?? 0) + offset, 'DATA');
      }
    };
    for (let index = 0; index < realm.rttNumStart; index++) {
      visit(realm.rttBase + index * 4096, realm.rttLevelStart, 0);
    }
  }
  return found;
}

/** Granule states, GPT, RTTs and MECIDs agree in [from, to); nothing is claimed twice; an idle granule is wiped. */
export function checkInvariants(machine: Machine, from: number, to: number): void {
  const used = claims(machine);
  for (let address = pa(from); address < to; address = pa(address + 4096)) {
    const state = granuleStateName(machine, address);
    const gpi = gpiOf(machine.memory, machine.platform, address);
    assert.equal(gpi, state === 'UNDELEGATED' ? Gpi.NonSecure : Gpi.Realm, `GPT of ${state}`);
    const idle = state === 'UNDELEGATED' || state === 'DELEGATED';
    assert.equal(used.get(address), idle ? undefined : state, `use of 0x${address.toString(16)}`);
    if (state === 'DELEGATED') {
      const bytes = peekBytes(machine.memory, RMM_CONTEXT, address, 4096);
      assert.ok(
        bytes.every((byte) => byte === 0),
        `granule ${granuleOf(address)} is wiped`,
      );
    }
  }
  const mecids = listRealms(machine).map(({ mecid }) => mecid);
  assert.equal(new Set(mecids).size, mecids.length, 'each Realm has a context of its own');
  const assigned = listContexts(machine).filter(({ state }) => state === 'assigned');
  assert.deepEqual(assigned.map(({ mecid }) => mecid).sort(), [...mecids].sort());
}
