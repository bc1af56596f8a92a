/** The worlds that are fuzzed: a Host that is real code, and a Realm of the built-in Host with another one beside it. */
import assert from 'node:assert/strict';
import { pa } from '../../../emulator/address';
import { peOf, securityState } from '../../../emulator/cpu/pe';
import { SYSREG_ROWS } from '../../../emulator/cpu/sysreg/sysreg';
import { createMachine } from '../../../emulator/machine/create';
import type { Machine } from '../../../emulator/machine/machine';
import { presetPlatform } from '../../../emulator/machine/presets/presets';
import { run } from '../../../emulator/machine/run-loop';
import { saveMachine } from '../../../emulator/machine/snapshot';
import { Gpi, setGpi } from '../../../emulator/memory/gpt';
import { peekBytes, writeBytes } from '../../../emulator/memory/memory';
import { type EncryptionContext, encryptionContext, Pas } from '../../../emulator/memory/pas';
import { listRealms } from '../../../emulator/rmm/inspect';
import { realmContext } from '../../../emulator/rmm/memory';
import { BASE, fastHashes, imageOf } from '../support';
import type { Neighbour, Page, World } from './world';

/** Turns of a few instructions, so that PEs mix. */
const platform = { ...presetPlatform('fvp'), quantum: 37 };

const pages = (base: number, count: number): Page[] =>
  Array.from({ length: count }, (_, index) => ({ address: base + index * 4096, pa: base + index * 4096 }));

/** A granule full of a pattern of its own. */
function plant(machine: Machine, what: string, address: number, context: EncryptionContext): Neighbour {
  const content = Uint8Array.from({ length: 4096 }, (_, at) => (at * 7 + address / 4096) & 255);
  writeBytes(machine.memory, context, pa(address), content);
  return { what, address, context, content };
}

function keep(machine: Machine, what: string, address: number, context: EncryptionContext): Neighbour {
  return { what, address, context, content: peekBytes(machine.memory, context, pa(address), 4096) };
}

const writableAt = (el: number): World['registers'] =>
  SYSREG_ROWS.filter(
    ({ write, of, hook }) => write !== undefined && write <= el && of === undefined && hook === undefined,
  ).map(({ name }) => name);

/** Non-secure code at EL2, EL1 and EL0 on several PEs; neighbours are Root, Secure and Realm memory. */
export function nonSecureWorld(): World {
  const machine = createMachine({ platform, pes: 3, services: fastHashes });
  const { gpt, initialGpi } = machine.platform;
  const realmGranule = 0x9000_0000;
  setGpi(machine.memory, machine.platform, (realmGranule / 4096) as Parameters<typeof setGpi>[2], Gpi.Realm);
  const secure = initialGpi.find(({ name }) => name === 'Secure memory')!.base;
  const root = Pas.Root;
  const neighbours = [
    plant(machine, 'Realm memory', realmGranule, encryptionContext(Pas.Realm)),
    plant(machine, 'Secure memory', secure + 0x1000, encryptionContext(Pas.Secure)),
    plant(machine, 'trusted SRAM', 0x0400_1000, encryptionContext(root)),
    keep(machine, 'GPT level 0', gpt.l0Base, encryptionContext(root)),
    keep(machine, 'GPT level 1', gpt.l1Base, encryptionContext(root)),
  ];
  const base = machine.platform.payloadBase;
  return {
    name: 'non-secure',
    machine,
    start: saveMachine(machine),
    pes: 3,
    els: [0, 1, 1, 2, 2],
    code: pages(base, 4),
    data: pages(base + 0x10_0000, 4),
    tables: pages(base + 0x20_0000, 8),
    context: encryptionContext(Pas.NonSecure),
    pas: Pas.NonSecure,
    places: [
      ...neighbours.map(({ address }) => address),
      ...machine.platform.devices.map((device) => device.base),
      ...machine.platform.devices.map((device) => device.base + device.size - 16),
      ...machine.platform.ram.flatMap((region) => [region.base, region.base + region.size - 8]),
      machine.platform.rmm.memory.base,
      machine.platform.rmm.shared.base,
    ],
    neighbours,
    registers: writableAt(2),
  };
}

const PAGES = 24;

/** A Realm at EL1 and EL0; its neighbour is another Realm, and what EL3 and the RMM keep. */
export function realmWorld(): World {
  const image = imageOf(BASE, new Uint8Array(PAGES * 4096));
  const loop = new Uint8Array(4096);
  new DataView(loop.buffer).setUint32(0, 0x1400_0000, true);
  const machine = createMachine({
    platform,
    services: fastHashes,
    host: {
      realms: [
        { name: 'victim', image: imageOf(BASE, loop), measured: false },
        { name: 'hostile', image, measured: false },
      ],
    },
  });
  const pe = peOf(machine, 0);
  const hostile = (): boolean =>
    listRealms(machine).length === 2 && pe.runner === 'a64' && securityState(pe) === Pas.Realm;
  for (let steps = 0; !hostile(); steps++) {
    assert.ok(steps < 2_000_000, 'the Realms do not start');
    run(machine, { steps: 1 });
  }
  const realms = listRealms(machine);
  const [victim, mine] = machine.host.layout?.realms ?? [];
  assert.ok(victim !== undefined && mine !== undefined);
  const at = (offset: number, count: number): Page[] =>
    Array.from({ length: count }, (_, index) => {
      const ipa = BASE + offset + index * 4096;
      return { address: ipa, pa: mine.filePages.find((page) => page.ipa === ipa)!.pa };
    });
  const victimContext = realmContext(realms[0]?.mecid ?? 0);
  const { gpt, initialGpi } = machine.platform;
  const secure = initialGpi.find(({ name }) => name === 'Secure memory')!.base;
  const neighbours = [
    ...victim.filePages.map(({ pa: page }) => keep(machine, 'the other Realm', page, victimContext)),
    plant(machine, 'Secure memory', secure + 0x1000, encryptionContext(Pas.Secure)),
    plant(machine, 'trusted SRAM', 0x0400_1000, encryptionContext(Pas.Root)),
    keep(machine, 'GPT level 0', gpt.l0Base, encryptionContext(Pas.Root)),
  ];
  return {
    name: 'realm',
    machine,
    start: saveMachine(machine),
    pes: 1,
    els: [0, 1, 1],
    code: at(0, 4),
    data: at(0x4000, 4),
    tables: at(0x8000, 8),
    context: realmContext(realms[1]?.mecid ?? 0),
    pas: Pas.Realm,
    places: [...neighbours.map(({ address }) => address), 0x1_0000_0000, 0x1_1c09_0000, BASE + PAGES * 4096, 0],
    neighbours,
    registers: writableAt(1),
  };
}
