import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../attestation/bytes';
import { decodeCoseKey, encodeCoseKey, pointOf, publicKeyOf, type SigningKey } from '../../attestation/cose/key';
import { portableHash } from '../../attestation/hash';
import { Problem } from '../../attestation/problem';
import { bytesOf, claimOf } from '../../attestation/token/claims';
import {
  checkPlatformClaims,
  checkRealmClaims,
  decodeToken,
  formatOf,
  listPlatformClaims,
  listRealmClaims,
} from '../../attestation/token/decode';
import { encodeRak, makeCcaToken, makePlatformToken, makeRealmToken } from '../../attestation/token/make';
import { CLAIM } from '../../attestation/token/numbers';
import { TEST_CPAK, TEST_RAK } from '../../attestation/token/test-keys';
import { testPlatformClaims } from '../../attestation/token/test-platform';
import type { RealmClaims } from '../../attestation/token/types';
import { verifyToken } from '../../attestation/verify/verify';
import { index, readJson, readVector } from './vectors';

const fill = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);

function realmClaims(rak: Uint8Array): RealmClaims {
  return {
    format: '1.0',
    challenge: fill(0xab, 64),
    rpv: fill(0x11, 64),
    hashAlgorithm: 'sha-256',
    rak,
    rakHashAlgorithm: 'sha-256',
    rim: fill(0x22, 32),
    rems: [1, 2, 3, 4].map((byte) => fill(byte, 32)),
  };
}

function makeToken(): Uint8Array {
  const rak = encodeRak('1.0', TEST_RAK);
  const platform = makePlatformToken(testPlatformClaims(portableHash('sha-256', rak)), TEST_CPAK);
  return makeCcaToken('1.0', platform, makeRealmToken(realmClaims(rak), TEST_RAK));
}

test('a token of our own is accepted by the verifier with everything compared', () => {
  const report = verifyToken(makeToken(), {
    cpak: publicKeyOf(TEST_CPAK),
    challenge: fill(0xab, 64),
    rim: fill(0x22, 32),
    rpv: fill(0x11, 64),
    rems: [1, 2, 3, 4].map((byte) => fill(byte, 32)),
  });
  assert.deepEqual(
    report.checks.filter(({ verdict }) => verdict !== 'pass'),
    [],
  );
  assert.equal(report.format, '1.0');
  assert.match(report.verdict, /^Accepted/);
});

test('the same claims give the same bytes', () => {
  assert.deepEqual(makeToken(), makeToken());
});

test('a token signed by the sample CPAK is refused under our own, and the other way round', () => {
  const sample = readVector('tokens/v1.0-example.cbor');
  const report = verifyToken(sample, { cpak: publicKeyOf(TEST_CPAK) });
  assert.equal(report.checks.find(({ verdict }) => verdict === 'fail')?.id, 'platform-signature');
  assert.equal(report.checks.find(({ id }) => id === 'binding')?.verdict, 'unreached');
});

/** A private sample key of the vectors. */
function privateKey(file: string): SigningKey {
  const jwk = readJson(file) as { d: string };
  return { curve: 'P-384', d: Uint8Array.from(Buffer.from(jwk.d, 'base64url')) };
}

test('the Realm claims of TF-RMM are made again to the byte', () => {
  const bytes = readVector('tokens/v1.0-tf-rmm-sha256.cbor');
  const { realm } = decodeToken(bytes);
  const rems = claimOf(realm.claims, CLAIM.rems);
  assert.ok(rems?.kind === 'array');
  const rak = privateKey('keys/rak-tf-private.jwk.json');
  const made = makeRealmToken(
    {
      format: '1.0',
      challenge: bytesOf(realm.claims, CLAIM.challenge),
      rpv: bytesOf(realm.claims, CLAIM.rpv),
      hashAlgorithm: 'sha-256',
      rak: encodeRak('1.0', rak),
      rakHashAlgorithm: 'sha-256',
      rim: bytesOf(realm.claims, CLAIM.rim),
      rems: rems.items.map((rem) => (rem.kind === 'bytes' ? rem.value : assert.fail('REM'))),
    },
    rak,
  );
  const original = decodeToken(bytes).wrapper.realm.bytes;
  const signature = 96;
  assert.equal(toHex(made.subarray(0, -signature)), toHex(original.subarray(0, -signature)));
});

test('the RAK encodings have the published hashes', () => {
  const rak = privateKey('keys/rak-tf-private.jwk.json');
  const key = encodeRak('1.0', rak);
  assert.equal(key.length, 107);
  assert.equal(toHex(portableHash('sha-256', key)), '0d22e08a98469058486318283489bdb36f09dbefeb1864df433fa6e54ea2d711');
  assert.equal(
    toHex(portableHash('sha-256', encodeRak('legacy', rak))),
    'b5973cb68baa9fc55558786b7ec67f69e40df5ba5aa921cd0c27f40587a011ea',
  );
});

test('a COSE_Key is read back', () => {
  const key = publicKeyOf(TEST_RAK);
  assert.deepEqual(pointOf(decodeCoseKey(encodeCoseKey(key))), pointOf(key));
});

for (const vector of index.claims.filter(({ encoding }) => encoding !== 'json')) {
  test(`claims set ${vector.file}`, () => {
    const bytes = readVector(vector.file);
    const check = (): void => {
      if (vector.kind.startsWith('platform')) checkPlatformClaims(listPlatformClaims(bytes));
      else {
        const claims = listRealmClaims(bytes);
        checkRealmClaims(claims, formatOf(claims, 399));
      }
    };
    if (vector.valid) check();
    else assert.throws(check, Problem);
  });
}

test('hexadecimal is read strictly', () => {
  assert.equal(fromHex('0'), undefined);
  assert.equal(fromHex('0g'), undefined);
  assert.deepEqual(fromHex('00fF'), Uint8Array.of(0, 255));
});
