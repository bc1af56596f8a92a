import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, padBytes, toHex, utf8 } from '../../attestation/bytes';
import { type HashAlgorithm, isHashAlgorithm } from '../../attestation/hash';
import {
  extendRem,
  initialRem,
  measureData,
  measureRealmCreate,
  measureRec,
  measureRipas,
} from '../../attestation/measurement/measurement';
import { readJson } from './vectors';

interface Content {
  readonly kind: string;
  readonly byte?: number | string;
  readonly mul?: number;
  readonly add?: number;
  readonly start?: number | string;
  readonly step?: number | string;
  readonly text?: string;
}
type Operation = Record<string, unknown> & { readonly op: string };
interface Vector {
  readonly name: string;
  readonly rmm: string;
  readonly realm_params: Record<string, number | string>;
  readonly operations: readonly Operation[];
  readonly expected: Record<string, { rim: string; rem: readonly string[]; rim_after_each_step: readonly string[] }>;
}

function page(content: Content): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  if (content.kind === 'fill') bytes.fill(Number(content.byte));
  else if (content.kind === 'linear') {
    for (let i = 0; i < 4096; i++) bytes[i] = (i * (content.mul ?? 0) + (content.add ?? 0)) % 256;
  } else if (content.kind === 'words') {
    for (let i = 0; i < 1024; i++)
      view.setUint32(4 * i, (Number(content.start) + i * Number(content.step)) % 2 ** 32, true);
  } else if (content.kind === 'text') bytes.set(padBytes(utf8(content.text ?? ''), 4096));
  else assert.equal(content.kind, 'zero');
  return bytes;
}

const { vectors } = readJson('rim.json') as { vectors: readonly Vector[] };

for (const vector of vectors.filter(({ rmm }) => rmm === '1.0')) {
  for (const [algorithm, expected] of Object.entries(vector.expected)) {
    test(`${vector.name}, ${algorithm}`, () => {
      assert.ok(isHashAlgorithm(algorithm));
      const measurer: { algorithm: HashAlgorithm } = { algorithm };
      const params = vector.realm_params;
      let rim = measureRealmCreate(measurer, {
        flags: BigInt(params['flags'] ?? 0),
        s2sz: Number(params['s2sz']),
        sveVl: Number(params['sve_vl']),
        numBps: Number(params['num_bps']),
        numWps: Number(params['num_wps']),
        pmuNumCtrs: Number(params['pmu_num_ctrs']),
      });
      const rems = Array.from({ length: 4 }, () => initialRem(measurer));
      const steps = [toHex(rim)];
      for (const operation of vector.operations) {
        const value = (name: string): bigint => BigInt(operation[name] as string | number);
        if (operation.op === 'rtt_init_ripas') {
          for (const [base, top] of operation['entries'] as readonly [string, string][]) {
            rim = measureRipas(measurer, rim, BigInt(base), BigInt(top));
          }
        } else if (operation.op === 'data_create') {
          const measured = value('flags') % 2n === 1n;
          rim = measureData(measurer, rim, value('ipa'), measured ? page(operation['content'] as Content) : undefined);
        } else if (operation.op === 'rec_create') {
          const gprs = (operation['gprs'] as readonly string[]).map(BigInt);
          if (value('flags') % 2n === 1n)
            rim = measureRec(measurer, rim, { flags: value('flags'), pc: value('pc'), gprs });
        } else {
          assert.equal(operation.op, 'measurement_extend');
          const at = Number(value('index')) - 1;
          const bytes = fromHex(operation['value'] as string) ?? assert.fail('value');
          rems[at] = extendRem(measurer, rems[at] ?? assert.fail('index'), bytes, Number(value('size')));
          continue;
        }
        steps.push(toHex(rim));
      }
      assert.equal(toHex(rim), expected.rim);
      assert.deepEqual(rems.map(toHex), expected.rem);
      const wanted = expected.rim_after_each_step;
      assert.deepEqual(steps, wanted.slice(0, steps.length));
    });
  }
}
