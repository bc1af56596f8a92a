import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../attestation/bytes';
import type { CborItem } from '../../attestation/cbor/scan';
import { decodeSign1, refuseSign1 } from '../../attestation/cose/sign1';
import type { DecodedClaim } from '../../attestation/token/claims';
import { checkPlatformClaims, decodeToken, listPlatformClaims } from '../../attestation/token/decode';
import { CHECKS, verifyToken } from '../../attestation/verify/verify';
import { nodeSignatureCheck } from '../../cli/services';
import { cpakOf, index, readJson, readVector } from './vectors';

const tokens = index.tokens.filter(({ format }) => !format.startsWith('platform'));

test('the checks begin with those of the vectors, in their order', () => {
  const order = (readJson('index.json') as { checks_in_order: readonly string[] }).checks_in_order;
  assert.deepEqual(CHECKS.map(({ id }) => id as string).slice(0, order.length), order);
});

for (const vector of tokens) {
  test(`verdict of ${vector.file}`, () => {
    const challenge = vector.challenge === undefined ? undefined : fromHex(vector.challenge);
    const report = verifyToken(readVector(vector.file), {
      cpak: cpakOf(vector),
      ...(challenge === undefined ? {} : { challenge }),
    });
    const failed = report.checks.find(({ verdict }) => verdict === 'fail');
    assert.equal(report.accepted ? 'accept' : 'reject', vector.expected.verdict, report.verdict);
    assert.equal(failed?.id ?? null, vector.expected.first_failure);
    assert.equal(report.checks.length, CHECKS.length);
    if (!report.accepted) assert.match(report.verdict, /^Refused at "/);
  });
}

test('a challenge other than the one sent is refused as stale', () => {
  const vector = tokens.find(({ file }) => file === 'tokens/v1.0-example.cbor');
  assert.ok(vector);
  const report = verifyToken(readVector(vector.file), { cpak: cpakOf(vector), challenge: new Uint8Array(64) });
  assert.equal(report.accepted, false);
  assert.equal(report.checks.find(({ verdict }) => verdict === 'fail')?.id, 'freshness');
});

test('a short challenge is compared zero-padded', () => {
  const vector = tokens.find(({ file }) => file === 'tokens/v1.0-example.cbor');
  assert.ok(vector?.challenge);
  const short = fromHex(vector.challenge)?.subarray(0, 32);
  assert.ok(short);
  assert.equal(verifyToken(readVector(vector.file), { cpak: cpakOf(vector), challenge: short }).accepted, false);
});

test('expected RIM, RPV and REMs are compared', () => {
  const vector = tokens.find(({ file }) => file === 'tokens/v1.0-tf-rmm-sha256.cbor');
  assert.ok(vector?.decoded);
  const { realm } = readJson(vector.decoded) as { realm: { claims: Record<string, string> } };
  const bytes = readVector(vector.file);
  const rim = fromHex(realm.claims['44238'] ?? '') ?? new Uint8Array();
  const rpv = fromHex(realm.claims['44235'] ?? '') ?? new Uint8Array();
  const good = verifyToken(bytes, { cpak: cpakOf(vector), rim, rpv });
  assert.equal(good.accepted, true);
  assert.equal(good.checks.find(({ id }) => id === 'rim')?.verdict, 'pass');
  const wrong = Uint8Array.from(rim, (byte) => byte ^ 1);
  const bad = verifyToken(bytes, { cpak: cpakOf(vector), rim: wrong, rpv });
  assert.equal(bad.accepted, false);
  assert.match(bad.verdict, /RIM is/);
  assert.equal(verifyToken(bytes, { cpak: cpakOf(vector), rems: [new Uint8Array(32)] }).accepted, false);
});

/** A value in the notation of the `decoded` files. */
function plain(item: CborItem): unknown {
  if (item.kind === 'bytes') return toHex(item.value);
  if (item.kind === 'integer') return Number(item.value);
  if (item.kind === 'array') return item.items.map(plain);
  if (item.kind === 'map')
    return Object.fromEntries(item.entries.map(({ key, value }) => [String(plain(key)), plain(value)]));
  if (item.kind === 'tag') return plain(item.item);
  return item.value;
}
const plainClaims = (claims: readonly DecodedClaim[]): unknown =>
  Object.fromEntries(claims.map(({ number, name, value }) => [String(number ?? name), plain(value)]));

for (const vector of tokens) {
  if (vector.decoded === undefined) continue;
  const path = vector.decoded;
  test(`claims of ${vector.file}`, () => {
    const bytes = readVector(vector.file);
    const token = decodeToken(bytes);
    const expected = readJson(path) as { outer_tag: number; platform: { claims: unknown }; realm: { claims: unknown } };
    assert.equal(token.wrapper.tag, expected.outer_tag);
    assert.deepEqual(plainClaims(token.platform.claims), expected.platform.claims);
    assert.deepEqual(plainClaims(token.realm.claims), expected.realm.claims);
    for (const claim of [...token.platform.claims, ...token.realm.claims]) {
      if (claim.value.kind !== 'bytes') continue;
      const { content, value } = claim.value;
      assert.deepEqual(bytes.subarray(content, content + value.length), value, `place of ${claim.name}`);
    }
    const legacy = vector.format === 'legacy-907' ? 'legacy' : vector.format;
    assert.equal(token.format, legacy);
  });
}

for (const vector of tokens) {
  test(`the check by Node's crypto agrees on ${vector.file}`, () => {
    const bytes = readVector(vector.file);
    const cpak = cpakOf(vector);
    assert.deepEqual(verifyToken(bytes, { cpak, check: nodeSignatureCheck }), verifyToken(bytes, { cpak }));
  });
}

test('the platform token alone is signed by the sample CPAK', () => {
  const vector = index.tokens.find(({ format }) => format.startsWith('platform'));
  assert.ok(vector);
  const sign1 = decodeSign1(readVector(vector.file), 'platform');
  assert.equal(refuseSign1(sign1, cpakOf(vector)), undefined);
  checkPlatformClaims(listPlatformClaims(sign1.payload));
});
