import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../attestation/bytes';
import { Problem } from '../../attestation/problem';
import { LAUNCH_ATTRIBUTES } from '../../debug-adapter/protocol';
import { HOST_BEHAVIOURS } from '../../emulator/host/config';
import { createHost } from '../../emulator/host/create';
import { type HostRealmConfig, layOut, predictRim, predictSteps } from '../../emulator/host/host';
import { pageContent } from '../../emulator/host/image/pages';
import { placesOn } from '../../emulator/host/layout';
import { startOf } from '../../emulator/host/shape';
import { delegableIndex } from '../../emulator/machine/platform';
import { PRESET_NAMES, presetPlatform } from '../../emulator/machine/presets/presets';
import { imageOf, segment } from './fake-rmm';

const BASE = 0x8000_0000;
const code = (config: Omit<HostRealmConfig, 'image'> & { image?: HostRealmConfig['image'] }): string => {
  try {
    layOut({ realms: [{ image: imageOf(segment(BASE, 0x1000)), ...config }] });
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'none';
};

test('starting levels follow the rules of RMM 1.0', () => {
  for (let width = 32; width <= 48; width++) {
    const { level, count } = startOf(width);
    const n = 3 - level;
    assert.ok(width >= 9 * n + 13 && width <= 9 * n + 21 + 4, `level for ${width}`);
    assert.equal(count, width <= 9 * n + 21 ? 1 : 2 ** (width - (9 * n + 21)));
    assert.ok(count <= 16);
  }
});

test('no granule has two uses, and starting RTTs are aligned', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 32, max: 48 }),
      fc.integer({ min: 1, max: 0x4_0000 }),
      fc.integer({ min: 0, max: 0x4_0000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 0xffff }),
      (ipaWidth, length, zero, recs, offset) => {
        const image = imageOf(segment(0x1000_0000 + offset, length, zero));
        const { realms } = layOut({ realms: [{ image, ipaWidth, recs }, { image }] });
        const seen = new Set<number>();
        const take = (at: number, count = 1): void => {
          for (let i = 0; i < count; i++) {
            assert.equal(at % 0x1000, 0);
            assert.ok(!seen.has(at + i * 0x1000), `0x${at.toString(16)} twice`);
            seen.add(at + i * 0x1000);
          }
        };
        for (const realm of realms) {
          take(realm.rd);
          assert.equal(realm.rttBase % (realm.rttCount * 0x1000), 0);
          take(realm.rttBase, realm.rttCount);
          for (const place of [...realm.upperTables, ...realm.leafTables, ...realm.filePages, ...realm.zeroPages])
            take(place.pa);
          for (const rec of realm.recs) {
            take(rec.pa);
            take(rec.aux, 16);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('pages hold the bytes of every segment that touches them', () => {
  const image = imageOf(segment(BASE + 0x800, 0x1000, 0x100, 7), segment(BASE + 0x1900, 0x10, 0, 99));
  const realm = layOut({ realms: [{ image }] }).realms[0] ?? assert.fail('realm');
  assert.deepEqual(
    realm.filePages.map(({ ipa }) => ipa),
    [BASE, BASE + 0x1000],
  );
  const second = pageContent(realm, BASE + 0x1000);
  assert.deepEqual([second[0x7ff], second[0x800], second[0x900], second[0x910]], [(0xfff + 7) % 256, 0, 99, 0]);
});

test('bad configurations are refused by name', () => {
  assert.equal(code({ ipaWidth: 31 }), 'host-ipa-width');
  assert.equal(code({ ipaWidth: 33.5 }), 'host-ipa-width');
  assert.equal(code({ ipaWidth: 53 }), 'host-ipa-width');
  assert.equal(code({ ipaWidth: 50, lpa2: false }), 'host-ipa-width');
  assert.equal(code({ levelStart: -1 }), 'host-level-start');
  assert.equal(code({ levelStart: 0 }), 'host-level-start');
  assert.equal(code({ ipaWidth: 40, levelStart: 2 }), 'host-level-start');
  assert.equal(code({ breakpoints: 1 }), 'host-counters');
  assert.equal(code({ watchpoints: 65 }), 'host-counters');
  assert.equal(code({ pmuCounters: 32 }), 'host-counters');
  assert.equal(code({ sharedMemory: 0x1800 }), 'host-shared-memory');
  assert.equal(code({ sharedMemory: 2 ** 31 }), 'host-shared-memory');
  assert.equal(code({ sharedMemory: 0x1000, sharedLevel: 2 }), 'host-shared-memory');
  assert.equal(code({ behaviour: ['generous' as 'inject-sea'] }), 'host-behaviour');
  assert.equal(code({ memorySize: 0 }), 'host-memory-size');
  assert.equal(code({ memorySize: 2 ** 40 }), 'host-image-outside');
  assert.equal(code({ ipaWidth: 32 }), 'host-image-outside');
  assert.equal(code({ recs: 0 }), 'host-rec-count');
  assert.equal(code({ recs: 513 }), 'host-rec-count');
  assert.equal(code({ rpv: new Uint8Array(65) }), 'host-rpv');
  assert.equal(code({ hashAlgorithm: 'sha-384' }), 'host-hash-algorithm');
  assert.equal(code({}), 'none');
  assert.throws(() => layOut({ realms: [] }), /no Realm/);
  assert.throws(
    () => layOut({ realms: [{ image: imageOf(segment(BASE, 1)) }], challenge: new Uint8Array(65) }),
    Problem,
  );
});

test('the predicted RIM depends on content, order and place, not on the RPV', () => {
  const rim = (config: Partial<HostRealmConfig>, seed = 1): string =>
    toHex(predictRim({ realms: [{ image: imageOf(segment(BASE, 0x2000, 0, seed)), ...config }] }));
  const plain = rim({});
  assert.equal(rim({ rpv: Uint8Array.of(1) }), plain);
  assert.equal(rim({ name: 'other' }), plain);
  for (const other of [rim({}, 2), rim({ ipaWidth: 34 }), rim({ memorySize: 2 ** 25 }), rim({ measured: false })]) {
    assert.notEqual(other, plain);
  }
  assert.equal(rim({ hashAlgorithm: 'sha-512' }).length, 128);
});

test('the steps of a prediction name every measured command', () => {
  const realm = layOut({ realms: [{ image: imageOf(segment(BASE, 0x2000)), memorySize: 2 ** 22 }] }).realms[0];
  assert.deepEqual(
    predictSteps(realm ?? assert.fail('realm')).map(({ text }) => text),
    [
      'RMI_REALM_CREATE',
      'RMI_RTT_INIT_RIPAS 0x80000000',
      'RMI_RTT_INIT_RIPAS 0x80200000',
      'RMI_DATA_CREATE 0x80000000',
      'RMI_DATA_CREATE 0x80001000',
      'RMI_REC_CREATE 0',
    ],
  );
});

test('the places of the Host are Non-secure memory that can be delegated, the usual ones wherever they are', () => {
  for (const name of PRESET_NAMES) {
    const platform = presetPlatform(name);
    const places = placesOn(platform);
    assert.equal(places.pool, name.startsWith('trace-') ? 0x8010_0000 : 0x9000_0000, name);
    assert.equal(places.code, name.startsWith('trace-') ? 0x8000_0000 : 0x8800_0000, name);
    const realms = Array.from({ length: 20 }, () => ({ image: imageOf(segment(BASE, 0x1000)), recs: 16 }));
    const layout = layOut({ realms }, places);
    const runs = layout.realms.flatMap(({ recs }) => recs.map(({ run }) => run));
    const own = [places.code, places.params, places.source, ...runs];
    assert.equal(new Set(own).size, own.length);
    for (const page of own) {
      assert.ok(delegableIndex(platform, page) >= 0, `0x${page.toString(16)} on ${name}`);
      assert.ok(page < (layout.realms[0]?.rd ?? 0));
    }
    assert.ok(delegableIndex(platform, layout.demandBase) >= 0 && layout.demandBase < places.end);
  }
});

test('what a platform does not offer is refused by name', () => {
  const made = (
    config: Omit<HostRealmConfig, 'image'>,
    platform: 'fvp' | 'trace-a' | 'trace-b' | 'trace-c',
  ): string => {
    try {
      createHost(presetPlatform(platform), { realms: [{ image: imageOf(segment(BASE, 0x1000)), ...config }] });
    } catch (error) {
      if (error instanceof Problem) return error.code;
      throw error;
    }
    return 'none';
  };
  assert.equal(made({ lpa2: true }, 'fvp'), 'host-lpa2');
  assert.equal(made({ ipaWidth: 50 }, 'fvp'), 'host-ipa-width');
  assert.equal(made({ ipaWidth: 50 }, 'trace-c'), 'none');
  assert.equal(made({ ipaWidth: 41 }, 'trace-b'), 'host-ipa-width');
  assert.equal(made({ ipaWidth: 40, levelStart: 0 }, 'trace-b'), 'host-level-start');
  assert.equal(made({ pmuCounters: 7 }, 'fvp'), 'host-counters');
  assert.equal(made({ pmuCounters: 4 }, 'trace-a'), 'none');
  assert.equal(made({ pmuCounters: 0 }, 'trace-a'), 'host-counters');
  assert.equal(made({ pmuCounters: 0 }, 'trace-b'), 'none');
  assert.equal(made({ breakpoints: 7 }, 'fvp'), 'host-counters');
  assert.equal(made({ breakpoints: 6, watchpoints: 4 }, 'fvp'), 'none');
  assert.equal(made({ sharedMemory: 2 ** 30 }, 'fvp'), 'none');
  assert.equal(made({ sharedMemory: 2 ** 30 }, 'trace-a'), 'host-no-memory');
});

test('the launch configuration offers the behaviours the Host has', () => {
  const attribute = LAUNCH_ATTRIBUTES.find(({ name }) => name === 'hostBehaviour');
  assert.deepEqual(attribute?.values, HOST_BEHAVIOURS);
});
