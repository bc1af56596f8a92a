import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostRealmConfig } from '../../emulator/host/config';
import { readWord } from '../../emulator/host/memory';
import { shapeAt } from '../../emulator/host/shape';
import { startTables } from '../../emulator/rmm/rtt/geometry';
import { imageOf, segment } from './fake-rmm';
import { runRealms } from './guests';

const BASE = 0x4000_0000;

/** movz x<register>, of one bit. */
const movBit = (register: number, bit: number): number =>
  0xd280_0000 + (bit >> 4) * 0x20_0000 + 2 ** (bit & 15) * 0x20 + register;

/**
 * A guest low enough for 32 bits: adds two powers of two, stores one of them at the sum, and leaves by host call 3 with
 * code 0.
 */
function storeAt(first: number, second: number) {
  const program = [
    movBit(2, first),
    movBit(3, second),
    0x8b03_0042, // add x2, x2, x3
    0xf900_0043, // str x3, [x2]
    0x1000_0781, // adr x1, .+0xf0
    0xd280_3320, // mov x0, #0x199
    0xf2b8_8000, // movk x0, #0xc400, lsl #16: RSI_HOST_CALL
    0xd400_0003, // smc #0
  ];
  const bytes = new Uint8Array(0x200);
  for (const [index, word] of program.entries()) new DataView(bytes.buffer).setUint32(4 * index, word, true);
  bytes[0x100] = 3;
  return imageOf({ ...segment(BASE, 0x200), bytes });
}

/** Touches memory that the Realm has not been given yet. */
const image = storeAt(30, 21);
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

test('shared memory is where the Host says, at every level and in every kind of table', () => {
  for (const [ipaWidth, platform] of [
    [32, 'fvp'],
    [33, 'fvp'],
    [41, 'fvp'],
    [48, 'fvp'],
    [52, 'trace-c'],
  ] as const)
    for (const sharedLevel of platform === 'fvp' ? [1, 2, 3] : [2, 3]) {
      const sharedMemory = { 1: 2 ** 30, 2: 2 ** 21, 3: 2 ** 13 }[sharedLevel] ?? 0;
      const { machine } = live({ image: storeAt(ipaWidth - 1, 30), ipaWidth, sharedMemory, sharedLevel }, platform);
      const shared = machine.host.layout?.realms[0]?.shared ?? assert.fail('nothing is shared');
      assert.equal(readWord(machine, shared.pa), 1n << 30n, `${ipaWidth} bits, level ${sharedLevel}`);
    }
});

test('a block of an image that is all there is folded, and so is RAM without an image', () => {
  const program = storeAt(30, 30).segments[0]?.bytes ?? assert.fail('no program');
  const whole = imageOf({ ...segment(BASE, program.length, 0x20_0000 - program.length), bytes: program });
  const small = { image: whole, memorySize: 0x20_0000 * 1024 };
  const folded = live({ ...small, fold: true }, 'fvp').calls;
  // Level 3 of the image; level 2 of the second GiB. The guest writes into that: its tables come back.
  assert.equal(folded.get('RMI_RTT_FOLD'), 2);
  // Level 2 twice, level 3 of the image; then level 2 and 3 for the page, and level 3 to take the image apart.
  assert.equal(folded.get('RMI_RTT_CREATE'), 6);
  assert.equal(live(small, 'fvp').calls.get('RMI_RTT_FOLD'), undefined);
});
