/** The machine of a trace is what its header says: any header with sense in it boots, the others are refused by name. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../../attestation/problem';
import { delegableCount } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { Gpi, walkGpt } from '../../emulator/memory/gpt';
import { decodeHeader } from '../../emulator/rmm/replay/header';
import { replayText } from '../../emulator/rmm/replay/session';
import { begin, traceLines } from '../support/rmm-traces';

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const headerOf = (platform: Record<string, unknown>, rest: Record<string, unknown> = {}): string =>
  JSON.stringify({ spec: 'RMM-1.0', format: 1, oracle: 'x', name: 'n', kind: 'random', platform, ...rest });

const MIB = 2 ** 20;

/** Banks one after another with gaps between, in a space of 2^bits. */
const banks = (bits: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 600 })), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => {
      const unit = 2 ** Math.max(12, Math.min(24, bits - 16));
      let at = 0;
      return parts.map(([gap, pages]) => {
        const base = at + gap * unit;
        at = base + pages * 4096;
        at += (unit - (at % unit)) % unit;
        return { base: hex(base), size: hex(pages * 4096) };
      });
    });

const platforms = fc.constantFrom(32, 36, 40, 42, 44, 48, 52).chain((paBits) =>
  fc.record({
    id: fc.string(),
    dram: banks(paBits),
    pa_bits: fc.constant(paBits),
    lpa2: fc.constant(paBits === 52),
    vmid_bits: fc.constantFrom(8, 16),
    hpmn0: fc.boolean(),
    s2sz: fc.integer({ min: 32, max: paBits }),
    bps: fc.integer({ min: 1, max: 63 }),
    wps: fc.integer({ min: 1, max: 63 }),
    ctrs: fc.integer({ min: 0, max: 31 }),
    hashes: fc.integer({ min: 1, max: 3 }),
    lrs: fc.integer({ min: 0, max: 15 }),
    recs: fc.integer({ min: 1, max: 15 }),
    rec_aux: fc.integer({ min: 2, max: 16 }),
  }),
);

describe('any platform that a header can describe', () => {
  test('boots, answers RMI_VERSION and RMI_FEATURES, and gives away its DRAM and nothing else', () => {
    fc.assert(
      fc.property(platforms, ({ s2sz, bps, wps, ctrs, hashes, lrs, recs, ...platform }) => {
        const register =
          BigInt(s2sz) |
          (platform.lpa2 ? 1n << 8n : 0n) |
          (BigInt(bps) << 14n) |
          (BigInt(wps) << 20n) |
          (1n << 26n) |
          (BigInt(ctrs) << 27n) |
          (BigInt(hashes) << 32n) |
          (BigInt(lrs) << 34n) |
          (BigInt(recs) << 38n);
        const header = headerOf({ ...platform, feature_reg0: hex(register), max_recs: 2 ** recs - 1 });
        const replay = begin('random', header);
        const call = (fid: string, x: string[], ret: string[]) =>
          assert.deepEqual(replayText(replay, JSON.stringify({ fid, x, ret })), [], `${fid} ${x.join()}`);
        call('0xc4000150', ['0x10000'], ['0x0', '0x10000', '0x10000']);
        call('0xc4000165', [], ['0x0', hex(register)]);
        const { machine } = replay;
        const { features, rmm } = machine.platform;
        assert.equal(features.listRegisters, lrs + 1);
        assert.equal(features.numBps, bps);
        assert.equal(rmm.recAuxCount, platform.rec_aux);
        for (const { base, size } of platform.dram) {
          const last = Number(base) + Number(size) - 4096;
          call('0xc4000151', [base], ['0x0']);
          if (last !== Number(base)) call('0xc4000151', [hex(last)], ['0x0']);
          call('0xc4000152', [base], ['0x0']);
          const after = Number(base) + Number(size);
          if (!platform.dram.some((bank) => Number(bank.base) === after)) call('0xc4000151', [hex(after)], ['0x1']);
        }
        for (const part of [rmm.memory, rmm.shared, machine.platform.root]) {
          call('0xc4000151', [hex(part.base)], ['0x1']);
          assert.notEqual(walkGpt(machine.memory, machine.platform, part.base).gpi, Gpi.NonSecure);
          assert.ok(part.base + part.size <= 2 ** platform.pa_bits);
        }
        const granules = platform.dram.reduce((sum, { size }) => sum + Number(size) / 4096, 0);
        assert.equal(delegableCount(machine.platform), granules);
        assert.equal(replay.mismatches, 0);
      }),
      { numRuns: 60 },
    );
  });

  for (const name of ['directed/granule-a', 'directed/rec-a']) {
    test(`${name} replays the same in another bank of another DRAM`, () => {
      const [header = '', ...lines] = traceLines(name);
      const parsed = JSON.parse(header) as { platform: Record<string, unknown> };
      const base = 0x21_0400_0000;
      const dram = [
        { base: hex(base), size: '0x4000000' },
        { base: '0x1000000000', size: '0x3000' },
      ];
      const platform = { ...parsed.platform, dram, granules: 16387, id: 'elsewhere' };
      const replay = begin(name, JSON.stringify({ ...parsed, platform }));
      const move = (_: string, value: unknown): unknown => {
        const address = typeof value === 'string' && value.startsWith('0x') ? Number(value) : Number.NaN;
        return address >= 0x8000_0000 && address < 0x8400_0000 ? hex(address - 0x8000_0000 + base) : value;
      };
      for (const line of lines) replayText(replay, JSON.stringify(JSON.parse(line, move)));
      assert.equal(replay.mismatches, 0, JSON.stringify(replay.first));
      assert.ok(replay.calls > 100);
    });
  }
});

test('the named platforms are what the headers of their traces describe', () => {
  for (const [name, preset] of [
    ['directed/granule-a', 'trace-a'],
    ['random/random-b-101', 'trace-b'],
    ['directed/lpa2-lifecycle-44-sl0', 'trace-c'],
  ] as const) {
    const { name: _, summary: __, rmm, ...here } = decodeHeader(traceLines(name)[0] ?? '', name).platform;
    const { name: ___, summary: ____, rmm: known, ...there } = presetPlatform(preset);
    assert.deepEqual(here, there);
    assert.deepEqual({ ...rmm, ripasOverDestroyed: 'stop' }, known);
  }
});

const GOOD = {
  id: 'Z',
  dram: [{ base: '0x80000000', size: '0x4000000' }],
  granules: 16384,
  pa_bits: 48,
  lpa2: false,
  vmid_bits: 8,
  hpmn0: false,
  feature_reg0: '0x28f34314030',
  feature_reg1: '0x0',
  rec_aux: 16,
  max_recs: 1023,
};

describe('a header without sense is refused by name', () => {
  const bank = (base: unknown, size: unknown) => ({ dram: [{ base, size }] });
  const REFUSED: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ['no DRAM', { dram: [] }, /platform\.dram = \[\]/],
    ['a bank that is none', { dram: ['0x80000000'] }, /dram\[0\]/],
    ['an odd base', bank('0x80000800', '0x1000'), /dram\[0\].*multiples of 0x1000/],
    ['an empty bank', bank('0x80000000', '0x0'), /dram\[0\]/],
    ['a bank beyond the PA space', bank('0xffffffff0000', '0x100000'), /end at 2\^48/],
    ['a negative base', bank(-4096, '0x1000'), /dram\[0\]/],
    ['too much of it', { ...bank('0x80000000', hex(2 ** 40)), granules: 2 ** 28 }, /256 GiB/],
    [
      'banks that overlap',
      { dram: [...GOOD.dram, { base: '0x83000000', size: '0x4000000' }], granules: 32768 },
      /do not overlap/,
    ],
    ['another number of granules', { granules: 16383 }, /granules = 16383.*16384/],
    ['a PA width that is none', { pa_bits: 41 }, /pa_bits = 41.*one of 32/],
    ['no PA width', { pa_bits: undefined }, /pa_bits = nothing/],
    ['a VMID width that is none', { vmid_bits: 9 }, /vmid_bits = 9/],
    ['LPA2 that is no truth value', { lpa2: 1 }, /lpa2 = 1/],
    ['LPA2 offered and not there', { feature_reg0: '0x28f34314130' }, /feature_reg0 offers LPA2/],
    ['no feature register', { feature_reg0: undefined }, /feature_reg0 = nothing/],
    ['a feature register in words', { feature_reg0: 'all' }, /feature_reg0 = "all"/],
    ['too few auxiliary granules', { rec_aux: 1 }, /rec_aux = 1.*from 2 to 16/],
    ['no RECs', { max_recs: 0 }, /max_recs = 0/],
  ];
  for (const [title, change, message] of REFUSED) {
    test(title, () => {
      assert.throws(
        () => decodeHeader(headerOf({ ...GOOD, ...change }), 'file:1'),
        (error: unknown) => {
          assert.ok(error instanceof Problem, String(error));
          assert.equal(error.where, 'file:1');
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test('DRAM that leaves no room for firmware', () => {
    const full = { dram: [{ base: '0x0', size: hex(4096 * MIB) }], granules: 2 ** 20, pa_bits: 32 };
    assert.throws(() => decodeHeader(headerOf({ ...GOOD, ...full }), 'file:1'), /free for firmware/);
  });

  const REST: readonly (readonly [string, string, RegExp])[] = [
    ['another format', headerOf(GOOD, { format: 2 }), /format 2/],
    ['another specification', headerOf(GOOD, { spec: 'RMM-2.0' }), /a trace of RMM-2\.0/],
    ['a call', JSON.stringify({ fid: '0xc4000150', ret: ['0x0'] }), /not the header/],
    ['no JSON', '{"spec":', /not JSON/],
    ['a list', '[]', /not a JSON object/],
  ];
  for (const [title, text, message] of REST) {
    test(title, () => assert.throws(() => decodeHeader(text, 'file:1'), message));
  }
});

test('MECIDs follow from feature_reg1 under RMM 1.1', () => {
  const bits = (change: Record<string, unknown>, spec = 'RMM-1.1') =>
    decodeHeader(headerOf({ ...GOOD, ...change }, { spec }), 'file:1').platform.mec;
  assert.deepEqual(bits({ feature_reg1: '0xff' }), { enabled: true, mecidBits: 8 });
  assert.deepEqual(bits({ feature_reg1: '0x0' }), { enabled: false, mecidBits: 0 });
  assert.equal(bits({ feature_reg1: '0xff' }, 'RMM-1.0').enabled, false);
  assert.throws(() => bits({ feature_reg1: '0xfe' }), /feature_reg1.*MAX_MECID/);
});
