import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeSysreg } from '../../emulator/cpu/pe';
import { zeroBlock } from '../../emulator/translation/bus';
import { regimeOf } from '../../emulator/translation/regime';
import { translateForDebugger } from '../../emulator/translation/translation';
import { AF, BLOCK, get, PAGE, put, RAM, type Space, space, tables, tcrEl1, translate } from './support';

const AP = (bits: number): bigint => BigInt(bits) << 6n;
const UXN = 1n << 54n;
const PXN = 1n << 53n;

function el1(bits: number, more = 0n): Space {
  const it = space(1);
  writeSysreg(it.pe, 'MAIR_EL1', 0x44_04_ffn);
  writeSysreg(it.pe, 'TCR_EL1', tcrEl1(bits, more));
  writeSysreg(it.pe, 'TTBR0_EL1', BigInt(RAM));
  writeSysreg(it.pe, 'SCTLR_EL1', 0x30d0_0981n);
  return it;
}

/** A naive walk of 4 KiB tables, written from the figures of the Arm ARM and independent of the code under test. */
function naive(on: Space, root: number, bits: number, va: bigint): bigint | string {
  if (va >> BigInt(bits) !== 0n) return 'translation 0';
  let level = bits > 39 ? 0 : bits > 30 ? 1 : 2;
  let table = BigInt(root);
  for (;;) {
    const low = 39n - 9n * BigInt(level);
    const entry = get(on, Number(table + ((va >> low) & 511n) * 8n));
    const type = entry & 3n;
    if ((type & 1n) === 0n || (type === 1n && (level === 0 || level === 3))) return `translation ${level}`;
    if (type === 3n && level < 3) {
      table = entry & 0xffff_ffff_f000n;
      level++;
      continue;
    }
    if ((entry & AF) === 0n) return `accessFlag ${level}`;
    const offset = (1n << low) - 1n;
    return (entry & 0xffff_ffff_f000n & ~offset) | (va & offset);
  }
}

test('random tables translate as a naive walker says', () => {
  const bitsOf = fc.constantFrom(32, 36, 39, 40, 48);
  const leaf = fc.record({
    page: fc.nat({ max: 0xffff }),
    level: fc.constantFrom(1, 2, 3),
    flag: fc.boolean(),
    target: fc.nat({ max: 0xfff }),
  });
  fc.assert(
    fc.property(bitsOf, fc.array(leaf, { minLength: 1, maxLength: 8 }), (bits, leaves) => {
      const it = shared;
      for (let page = 0; page < 64; page++) {
        for (let at = 0; at < 4096; at += 8)
          if (get(it, RAM + page * 4096 + at) !== 0n) put(it, RAM + page * 4096 + at, 0n);
      }
      writeSysreg(it.pe, 'TCR_EL1', tcrEl1(bits));
      const start = bits > 39 ? 0 : bits > 30 ? 1 : 2;
      const build = tables(it, RAM, start);
      const inputs: bigint[] = [];
      for (const { page, level, flag, target } of leaves) {
        const va = BigInt(page) << BigInt(bits - 16);
        inputs.push(va & ~0xfffn);
        const output = 0x8000_0000n + (BigInt(target) << 12n);
        const size = 1n << BigInt(39 - 9 * level);
        const descriptor = (output & ~(size - 1n)) | (level === 3 ? PAGE : BLOCK) | (flag ? AF : 0n) | AP(1);
        if (level >= start) build.map(va, level, descriptor);
      }
      for (const base of inputs) {
        for (const va of [base, base + 0x123n * 8n, base + 0x20_0000n, base + (1n << 40n)]) {
          const expected = naive(it, RAM, bits, va);
          const result = translate(it, { va, kind: 'read', el: 1 });
          const actual = result.ok ? BigInt(result.pa) : `${result.kind} ${result.level}`;
          if (!result.ok && result.kind === 'granule') continue;
          assert.equal(actual, expected, `VA 0x${va.toString(16)} of ${bits} bits`);
        }
      }
    }),
    { numRuns: 60 },
  );
});
const shared = el1(39);

test('permissions: AP, UXN, PXN, PAN and WXN at EL1 and EL0', () => {
  const it = el1(39);
  const build = tables(it, RAM, 1);
  for (let ap = 0; ap < 4; ap++) {
    for (let xn = 0; xn < 4; xn++) {
      const uxn = (xn & 1) !== 0;
      const pxn = (xn & 2) !== 0;
      const va = 0x40_0000n;
      build.map(va, 3, 0x8200_0000n | PAGE | AF | AP(ap) | (uxn ? UXN : 0n) | (pxn ? PXN : 0n));
      const user = (ap & 1) !== 0;
      const writable = (ap & 2) === 0;
      for (const wxn of [false, true]) {
        writeSysreg(it.pe, 'SCTLR_EL1', 0x30d0_0981n | (wxn ? 1n << 19n : 0n));
        const allowed = (kind: 'read' | 'write' | 'fetch', el: number, pan = false): boolean => {
          const result = translate(it, { va, kind, el, pan }, 1);
          if (!result.ok) assert.equal(result.kind, 'permission');
          return result.ok;
        };
        const label = `AP ${ap} XN ${xn} WXN ${wxn}`;
        assert.equal(allowed('read', 0), user, label);
        assert.equal(allowed('write', 0), user && writable, label);
        assert.equal(allowed('fetch', 0), !uxn && !(wxn && user && writable), label);
        assert.equal(allowed('read', 1), true, label);
        assert.equal(allowed('write', 1), writable, label);
        assert.equal(allowed('fetch', 1), !pxn && !(user && writable) && !(wxn && writable), label);
        assert.equal(allowed('read', 1, true), !user, `${label} PAN`);
      }
    }
  }
});

test('hierarchical permissions take away, unless HPD', () => {
  const it = el1(39);
  const build = tables(it, RAM, 1);
  build.map(0n, 3, 0x8200_0000n | PAGE | AF | AP(1));
  const entry = RAM;
  put(it, entry, get(it, entry) | (1n << 62n));
  assert.equal(translate(it, { va: 0n, kind: 'write', el: 1 }).ok, false);
  writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39, 1n << 41n));
  assert.equal(translate(it, { va: 0n, kind: 'write', el: 1 }).ok, true);
});

test('hardware sets the Access flag and the dirty state, and only where TCR asks for it', () => {
  const DBM = 1n << 51n;
  const it = el1(39);
  const build = tables(it, RAM, 1);
  const entry = build.map(0n, 3, 0x8200_0000n | PAGE | AP(2) | DBM);
  const plain = translate(it, { va: 0n, kind: 'read', el: 1 });
  assert.ok(!plain.ok && plain.kind === 'accessFlag' && plain.level === 3);
  writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39, 1n << 39n));
  const before = get(it, entry);
  const looked = translateForDebugger(it.machine, regimeOf(it.pe, it.machine.platform, 1), 0n, { explain: true });
  assert.ok(
    looked.ok && looked.steps !== undefined && looked.steps.filter((step) => step.stage === 'stage 1').length === 3,
  );
  assert.equal(get(it, entry), before, 'the debugger leaves the Access flag alone');
  assert.equal(translate(it, { va: 0n, kind: 'read', el: 1 }).ok, true);
  assert.equal(get(it, entry), before | AF);
  assert.equal(translate(it, { va: 0n, kind: 'write', el: 1 }).ok, false);
  writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39, 3n << 39n));
  assert.equal(translate(it, { va: 0n, kind: 'write', el: 1 }).ok, true);
  assert.equal(get(it, entry), (before | AF) & ~(1n << 7n));
});

test('the two halves, the top byte, and a disabled half', () => {
  const it = el1(39);
  const upper = tables(it, RAM + 0x10_0000, 1);
  upper.map(0n, 3, 0x8300_0000n | PAGE | AF);
  writeSysreg(it.pe, 'TTBR1_EL1', BigInt(upper.root));
  const base = 25n | (2n << 30n) | (25n << 16n) | (5n << 32n);
  writeSysreg(it.pe, 'TCR_EL1', base);
  const high = 0xffff_ff80_0000_0000n;
  const found = translate(it, { va: high, kind: 'read', el: 1 });
  assert.ok(found.ok && found.pa === 0x8300_0000);
  assert.equal(translate(it, { va: high & 0xff_ffff_ffff_ffffn, kind: 'read', el: 1 }).ok, false);
  writeSysreg(it.pe, 'TCR_EL1', base | (1n << 38n));
  assert.equal(translate(it, { va: high & 0xff_ffff_ffff_ffffn, kind: 'read', el: 1 }).ok, true);
  writeSysreg(it.pe, 'TCR_EL1', base | (1n << 23n));
  assert.equal(translate(it, { va: high, kind: 'read', el: 1 }).ok, false);
});

test('stage 1 off is flat Device memory', () => {
  const it = space(2);
  const data = translate(it, { va: 0x8200_0004n, kind: 'read', el: 2 });
  assert.ok(data.ok && data.device && data.pa === 0x8200_0004);
  const unaligned = translate(it, { va: 0x8200_0001n, kind: 'read', el: 2, unaligned: true });
  assert.ok(!unaligned.ok && unaligned.kind === 'alignment');
  const beyond = translate(it, { va: 1n << 50n, kind: 'read', el: 2 });
  assert.ok(!beyond.ok && beyond.kind === 'addressSize');
});

test('AT and cache maintenance make no page dirty; DC ZVA is refused by Device memory', () => {
  const it = el1(39, 3n << 39n);
  const build = tables(it, RAM, 1);
  const DBM = 1n << 51n;
  const at = build.map(0x40_0000n, 3, BigInt(RAM + 0x10_0000) | PAGE | AP(2) | DBM);
  const probe = { va: 0x40_0000n, kind: 'write', el: 1 } as const;
  assert.equal(translate(it, { ...probe, maintenance: true }).ok, true);
  assert.equal(get(it, at) & AP(2), AP(2));
  assert.equal(get(it, at) & AF, AF);
  assert.equal(translate(it, probe).ok, true);
  assert.equal(get(it, at) & AP(2), 0n);

  build.map(0x40_1000n, 3, BigInt(RAM + 0x10_1000) | PAGE | AF);
  build.map(0x40_2000n, 3, BigInt(RAM + 0x10_1000) | PAGE | AF | (1n << 2n));
  put(it, RAM + 0x10_1040, 5n);
  const refused = zeroBlock(it.machine, it.pe, 0x40_2047n);
  assert.equal(refused?.kind, 'alignment');
  assert.equal(refused?.access.va, 0x40_2047n);
  assert.equal(get(it, RAM + 0x10_1040), 5n);
  assert.equal(zeroBlock(it.machine, it.pe, 0x40_1047n), undefined);
  assert.equal(get(it, RAM + 0x10_1040), 0n);
});
