import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostRealmConfig } from '../../emulator/host/config';
import { shapeAt } from '../../emulator/host/shape';
import { startTables } from '../../emulator/rmm/rtt/geometry';
import { imageOf, segment } from './fake-rmm';
import { runRealms } from './guests';

const BASE = 0x4000_0000;

/** A guest low enough for 32 bits: touches memory it has not been given yet, and leaves by host call 3 with code 0. */
const PROGRAM = [
  0x1000_0002, // adr x2, .
  0xd2a0_0403, // mov x3, #0x200000
  0x8b03_0042, // add x2, x2, x3
  0xf900_0043, // str x3, [x2]
  0x1000_0781, // adr x1, .+0xf0
  0xd280_3320, // mov x0, #0x199
  0xf2b8_8000, // movk x0, #0xc400, lsl #16: RSI_HOST_CALL
  0xd400_0003, // smc #0
];
const bytes = new Uint8Array(0x200);
for (const [index, word] of PROGRAM.entries()) new DataView(bytes.buffer).setUint32(4 * index, word, true);
bytes[0x100] = 3;
const image = imageOf({ ...segment(BASE, 0x200), bytes });
const LEVELS = [-1, 0, 1, 2] as const;
const widths = Array.from({ length: 21 }, (_, index) => 32 + index);

/** Runs a Realm; everything it was given must be back afterwards. */
function live(realm: Partial<HostRealmConfig>, platform: string) {
  const ran = runRealms([{ name: 'shape', image, memorySize: 0x40_0000, ...realm }], platform);
  assert.equal(ran.texts[0], 'The guest exited with code 0.', JSON.stringify({ ...realm, image: undefined }));
  assert.equal(ran.ended, 'off');
  assert.equal(ran.kept.size, 0, 'granules are left');
  return ran;
}

test('the shapes of RTTs the Host knows are those the RMM accepts', () => {
  for (const lpa2 of [false, true])
    for (const paBits of [40, 48, 52])
      for (const width of lpa2 ? widths : widths.slice(0, 17))
        for (const level of LEVELS) {
          const count = shapeAt(width, level, lpa2, paBits)?.count ?? 0;
          assert.equal(count, startTables(width, level, lpa2, paBits), `${width} bits from level ${level}, ${lpa2}`);
        }
});

for (const [platform, lpa2] of [
  ['fvp', false],
  ['trace-c', true],
] as const) {
  test(`Realms of every IPA width and starting level live and leave nothing behind: ${platform}`, () => {
    let shapes = 0;
    for (const ipaWidth of lpa2 ? widths : widths.slice(0, 17))
      for (const levelStart of LEVELS) {
        if (shapeAt(ipaWidth, levelStart, lpa2) === undefined) continue;
        live({ ipaWidth, levelStart, lpa2 }, platform);
        shapes++;
      }
    assert.ok(shapes >= 24, `${shapes} shapes`);
  });
}
