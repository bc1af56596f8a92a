/** RSI commands that the recorded traces do not cover, called by a scripted Realm. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fromHex, toHex } from '../../attestation/bytes';
import { pa } from '../../emulator/address';
import { readX } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { readBytes, readU64, writeU64 } from '../../emulator/memory/memory';
import { readRealm, readRec } from '../../emulator/rmm/inspect';
import { HOST_CONTEXT, realmContext } from '../../emulator/rmm/memory';
import { AT, bootPe, buildRealm, fidOfName, must, newMachine, type RealmScript, rmi, smc, writePage } from './support';

const REC_ENTER = 'RMI_REC_ENTER';
const EXIT = 0x800;

/** Enters the REC; the Realm makes these calls one after another, then an FIQ ends it. Returns X0.. after each. */
function callAll(machine: Machine, ...calls: readonly (readonly [string, ...(bigint | number)[]])[]): bigint[][] {
  const results: bigint[][] = [];
  const script: RealmScript = (pe, stay) => {
    if (stay > 0) results.push(Array.from({ length: 10 }, (_, register) => readX(pe, register)));
    const call = calls[stay];
    return call === undefined ? { kind: 'fiq' } : smc(pe, fidOfName(call[0]), ...call.slice(1).map(BigInt));
  };
  assert.equal(rmi(machine, REC_ENTER, [AT.rec, AT.run], script)[0], 0n);
  return results;
}

const runWord = (machine: Machine, offset: number): bigint =>
  readU64(machine.memory, HOST_CONTEXT, pa(AT.run + offset));

/** DATA page at IPA page * 4096, as the Realm sees it. */
const realmBytes = (machine: Machine, page: number, offset: number, length: number): Uint8Array =>
  readBytes(
    machine.memory,
    realmContext(readRealm(machine, pa(AT.rd)).mecid),
    pa(AT.data + page * 4096 + offset),
    length,
  );

test('RSI_REALM_CONFIG writes IPA width, hash algorithm and RPV', () => {
  const machine = newMachine();
  buildRealm(machine, { hashAlgo: 1 });
  const [result] = callAll(machine, ['RSI_REALM_CONFIG', 0x1000]);
  assert.equal(result?.[0], 0n);
  assert.equal(toHex(realmBytes(machine, 1, 0, 16)), '21000000000000000100000000000000');
  assert.equal(toHex(realmBytes(machine, 1, 0x200, 8)), '4433221100000000');
});

test('RSI_REALM_CONFIG refuses a bad address and leaves for a page that is not there', () => {
  const machine = newMachine();
  buildRealm(machine);
  const results = callAll(
    machine,
    ['RSI_REALM_CONFIG', 0x1008],
    ['RSI_REALM_CONFIG', 0x1_0000_0000],
    ['RSI_REALM_CONFIG', 0x10_0000],
  );
  assert.deepEqual(
    results.map(([x0]) => x0),
    [1n, 1n, 1n],
    'unaligned, Unprotected, RIPAS EMPTY',
  );
  // RAM without a page: the REC exits as a Data Abort at the level of the walk, and the SMC is executed again.
  must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x1000);
  const before = readRec(machine, pa(AT.rec)).pc;
  assert.deepEqual(callAll(machine, ['RSI_REALM_CONFIG', 0x1000]), []);
  assert.equal(runWord(machine, EXIT), 0n);
  assert.equal(runWord(machine, EXIT + 0x100), (0x24n << 26n) | 7n);
  assert.equal(runWord(machine, EXIT + 0x110), 0x10n);
  assert.equal(readRec(machine, pa(AT.rec)).pc, before);
});

test('RSI_MEASUREMENT_READ and RSI_MEASUREMENT_EXTEND', () => {
  const machine = newMachine();
  buildRealm(machine);
  const [rim, extended, rem, badRead, badExtend, tooLong] = callAll(
    machine,
    ['RSI_MEASUREMENT_READ', 0],
    ['RSI_MEASUREMENT_EXTEND', 2, 3, 0x0000_0000_0033_2211n],
    ['RSI_MEASUREMENT_READ', 2],
    ['RSI_MEASUREMENT_READ', 5],
    ['RSI_MEASUREMENT_EXTEND', 0, 3, 1],
    ['RSI_MEASUREMENT_EXTEND', 1, 65, 1],
  );
  const hexOf = (registers: readonly bigint[] | undefined, words: number): string =>
    Array.from({ length: words }, (_, word) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, registers?.[word + 1] ?? 0n, true);
      return toHex(bytes);
    }).join('');
  const realm = readRealm(machine, pa(AT.rd));
  assert.equal(hexOf(rim, 8), realm.rim.padEnd(128, '0'));
  assert.equal(extended?.[0], 0n);
  const expected = createHash('sha256')
    .update(new Uint8Array(32))
    .update(Uint8Array.of(0x11, 0x22, 0x33))
    .digest('hex');
  assert.equal(hexOf(rem, 4), expected);
  assert.equal(realm.rems[1], expected);
  assert.deepEqual([badRead?.[0], badExtend?.[0], tooLong?.[0]], [1n, 1n, 1n]);
});

test('RSI_HOST_CALL takes a message to the Host and the answer back', () => {
  const machine = newMachine();
  buildRealm(machine);
  const context = realmContext(readRealm(machine, pa(AT.rd)).mecid);
  const at = pa(AT.data + 0x100);
  writeU64(machine.memory, context, at, 0x2an);
  for (let index = 0; index < 31; index++) {
    writeU64(machine.memory, context, pa(at + 8 + index * 8), BigInt(index + 1));
  }
  assert.deepEqual(callAll(machine, ['RSI_HOST_CALL', 0x100]), []);
  assert.equal(runWord(machine, EXIT), 5n);
  assert.equal(runWord(machine, EXIT + 0x600), 0x2an);
  assert.equal(runWord(machine, EXIT + 0x200 + 30 * 8), 31n);
  assert.equal(readRec(machine, pa(AT.rec)).hostCallPending, true);
  writePage(machine, AT.run, { 512: 0xabcd, 752: 0x1234 });
  const pc = readRec(machine, pa(AT.rec)).pc;
  rmi(machine, REC_ENTER, [AT.rec, AT.run], (pe) => {
    assert.equal(readX(pe, 0), 0n, 'RSI_SUCCESS');
    return { kind: 'fiq' };
  });
  assert.equal(readU64(machine.memory, context, pa(at + 8)), 0xabcdn);
  assert.equal(readU64(machine.memory, context, pa(at + 8 + 30 * 8)), 0x1234n);
  assert.equal(readRec(machine, pa(AT.rec)).pc, pc, 'the SMC was retired at the exit');
});

test('a host call whose page is gone ends the entry at once and stays pending', () => {
  const machine = newMachine();
  buildRealm(machine);
  callAll(machine, ['RSI_HOST_CALL', 0x1000]);
  must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x1000);
  writePage(machine, AT.run, {});
  const result = rmi(machine, REC_ENTER, [AT.rec, AT.run], () => assert.fail('the Realm must not run'));
  assert.equal(result[0], 0n);
  assert.equal(runWord(machine, EXIT + 0x100), (0x24n << 26n) | 7n);
  assert.equal(readRec(machine, pa(AT.rec)).hostCallPending, true);
});

test('the token comes in pieces and names the Realm', () => {
  const machine = newMachine();
  buildRealm(machine);
  const none = callAll(machine, ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 0, 4096]);
  assert.equal(none[0]?.[0], 2n, 'RSI_ERROR_STATE');
  const [begun] = callAll(machine, ['RSI_ATTESTATION_TOKEN_INIT', 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(begun?.slice(0, 2), [0n, 4096n]);
  const bad = callAll(
    machine,
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1001, 0, 16],
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 4096, 0],
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 8, 4089],
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 8, -1n & 0xffff_ffff_ffff_ffffn],
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1_0000_0000, 0, 16],
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 0, 0],
  );
  assert.deepEqual(
    bad.map((registers) => registers.slice(0, 2)),
    [
      [1n, 0n],
      [1n, 0n],
      [1n, 0n],
      [1n, 0n],
      [1n, 0n],
      [3n, 0n],
    ],
  );
  // An extension after the beginning is not in the token.
  const remBefore = readRealm(machine, pa(AT.rd)).rems[0];
  callAll(machine, ['RSI_MEASUREMENT_EXTEND', 1, 8, 1]);
  const pieces: string[] = [];
  for (let status = 3n; status === 3n; ) {
    const [piece] = callAll(machine, ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 0x100, 0x100]);
    status = piece?.[0] ?? -1n;
    assert.ok(status === 0n || status === 3n);
    pieces.push(toHex(realmBytes(machine, 1, 0x100, Number(piece?.[1]))));
  }
  const token = pieces.join('');
  assert.ok(pieces.length > 3);
  assert.match(token, /^d9018f/, 'CBOR tag 399');
  const realm = readRealm(machine, pa(AT.rd));
  assert.ok(token.includes(realm.rim), 'RIM');
  assert.ok(token.includes(`8458 20${remBefore}`.replace(' ', '')), 'REM as captured');
  assert.ok(token.includes('0100000000000000020000000000000003000000000000000400000000000000'), 'challenge');
  assert.equal(readRec(machine, pa(AT.rec)).attestInProgress, false);
  const after = callAll(machine, ['RSI_ATTESTATION_TOKEN_CONTINUE', 0x1000, 0, 4096]);
  assert.equal(after[0]?.[0], 2n);
  assert.ok(fromHex(token));
});

test('FP registers and stack pointers of a REC survive another world', () => {
  const machine = newMachine();
  buildRealm(machine);
  const pe = bootPe(machine);
  const view = () => machine.memory.view();
  const v5 = 0x1000 + 0x200 + 5 * 16;
  rmi(machine, REC_ENTER, [AT.rec, AT.run], () => {
    view().setBigUint64(v5, 0x1111_2222_3333_4444n, true);
    return { kind: 'irq' };
  });
  view().setBigUint64(v5, 0n, true);
  rmi(machine, REC_ENTER, [AT.rec, AT.run], () => {
    assert.equal(view().getBigUint64(v5, true), 0x1111_2222_3333_4444n);
    return { kind: 'irq' };
  });
  assert.equal(view().getBigUint64(v5, true), 0n, "the Host's register is its own");
  assert.equal(pe.index, 0);
});
