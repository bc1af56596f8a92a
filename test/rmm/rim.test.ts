/** Measurement vectors, produced by the commands themselves: RMI_REALM_CREATE to RSI_MEASUREMENT_EXTEND. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { writeBytes } from '../../emulator/memory/memory';
import { readRealm } from '../../emulator/rmm/inspect';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import { REC, setRecField } from '../../emulator/rmm/rec/rec';
import { entrySize, startTables } from '../../emulator/rmm/rtt/geometry';
import { delegate, must, newMachine, rmi, smc, writePage } from './support';

interface Content {
  readonly kind: 'zero' | 'fill' | 'linear' | 'words' | 'text';
  readonly byte?: number;
  readonly mul?: number;
  readonly add?: number;
  readonly start?: number;
  readonly step?: number;
  readonly text?: string;
}

type Operation =
  | { readonly op: 'rtt_init_ripas'; readonly base: string; readonly top: string; readonly entry_size: string }
  | { readonly op: 'data_create'; readonly ipa: string; readonly flags: number; readonly content: Content }
  | {
      readonly op: 'rec_create';
      readonly flags: string;
      readonly pc: string;
      readonly mpidr: string;
      readonly gprs: readonly string[];
    }
  | { readonly op: 'measurement_extend'; readonly index: number; readonly size: number; readonly value: string };

interface Vector {
  readonly name: string;
  readonly rmm: string;
  readonly realm_params: Readonly<Record<string, unknown>>;
  readonly operations: readonly Operation[];
  readonly expected: Readonly<
    Record<string, { readonly hash_algo: number; readonly rim: string; readonly rem: readonly string[] }>
  >;
}

const { vectors } = JSON.parse(readFileSync('test/vectors/rim.json', 'utf8')) as { vectors: readonly Vector[] };

const RD = 0x8010_0000;
const RTT = 0x8020_0000;
const PARAMS = 0x8000_1000;
const SOURCE = 0x8000_2000;
const RUN = 0x8000_3000;

/** A platform that offers everything the vectors ask for: LPA2, SVE, 5 breakpoints and so on. */
function generousMachine(): Machine {
  const platform = presetPlatform('trace-c');
  const sve = (1n << 9n) | (0xfn << 10n);
  const watchpoints = 0xfn << 20n;
  const { rmm } = platform;
  return newMachine({ ...platform, rmm: { ...rmm, featureRegister0: rmm.featureRegister0 | sve | watchpoints } });
}

function pageOf(content: Content): Uint8Array {
  const bytes = new Uint8Array(4096);
  const { byte = 0, mul = 0, add = 0, start = 0, step = 0, text = '' } = content;
  if (content.kind === 'fill') bytes.fill(Number(byte));
  if (content.kind === 'linear') for (let i = 0; i < 4096; i++) bytes[i] = (i * Number(mul) + Number(add)) % 256;
  if (content.kind === 'text') bytes.set(new TextEncoder().encode(text));
  if (content.kind === 'words') {
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < 1024; i++) view.setUint32(i * 4, (Number(start) + i * Number(step)) % 2 ** 32, true);
  }
  return bytes;
}

/** Drives one vector; granules are taken one after another from `next`. */
class Driver {
  private next = 0x8040_0000;
  /** The REC that extends, once there is one. */
  private extender = 0;
  constructor(
    private readonly machine: Machine,
    private readonly level: number,
  ) {}

  private granule(): number {
    const address = this.next;
    this.next += 4096;
    delegate(this.machine, address);
    return address;
  }

  /** Makes tables down to the level whose entries have this size. */
  private tables(ipa: number, size: number): void {
    for (let level = this.level + 1; entrySize(level - 1) > size; level++) {
      const base = ipa - (ipa % entrySize(level - 1));
      const [status = 0n] = rmi(this.machine, 'RMI_RTT_READ_ENTRY', [RD, base, level - 1]);
      assert.equal(status, 0n);
      const result = rmi(this.machine, 'RMI_RTT_CREATE', [RD, this.granule(), base, level]);
      // Index of the parent's level: there is a table already.
      assert.ok(result[0] === 0n || result[0] === BigInt((level - 1) * 256 + 4), `RTT_CREATE level ${level}`);
    }
  }

  run(operation: Operation): void {
    const { machine } = this;
    switch (operation.op) {
      case 'rtt_init_ripas': {
        const top = Number(operation.top);
        for (let base = Number(operation.base); base < top; ) {
          this.tables(base, Number(operation.entry_size));
          base = Number(must(machine, 'RMI_RTT_INIT_RIPAS', RD, base, top)[1]);
        }
        return;
      }
      case 'data_create': {
        const ipa = Number(operation.ipa);
        this.tables(ipa, 4096);
        writeBytes(machine.memory, HOST_CONTEXT, pa(SOURCE), pageOf(operation.content));
        must(machine, 'RMI_DATA_CREATE', RD, this.granule(), ipa, SOURCE, operation.flags);
        return;
      }
      case 'rec_create':
        this.createRec(operation);
        return;
      default:
        this.extend(operation);
    }
  }

  private createRec(operation: Extract<Operation, { op: 'rec_create' }>): number {
    const aux = Array.from({ length: 16 }, () => this.granule());
    writePage(this.machine, PARAMS, {
      0: BigInt(operation.flags),
      256: BigInt(operation.mpidr),
      512: BigInt(operation.pc),
      ...Object.fromEntries(operation.gprs.map((value, index) => [0x300 + index * 8, BigInt(value)])),
      2048: 16,
      ...Object.fromEntries(aux.map((address, index) => [0x808 + index * 8, address])),
    });
    const rec = this.granule();
    must(this.machine, 'RMI_REC_CREATE', RD, rec, PARAMS);
    return rec;
  }

  /** Extending is the Realm's business, but no REC may be measured: one is made that is not runnable, then let run. */
  private extend({ index, size, value }: Extract<Operation, { op: 'measurement_extend' }>): void {
    const { machine } = this;
    if (this.extender === 0) {
      this.extender = this.createRec({ op: 'rec_create', flags: '0x0', pc: '0x0', mpidr: '0x0', gprs: [] });
      must(machine, 'RMI_REALM_ACTIVATE', RD);
      setRecField(machine, pa(this.extender), REC.runnable, 1);
    }
    writePage(machine, RUN, {});
    const bytes = Buffer.from(value, 'hex');
    const words = Array.from({ length: 8 }, (_, word) => bytes.readBigUInt64LE(word * 8));
    const result = rmi(machine, 'RMI_REC_ENTER', [this.extender, RUN], (pe, stay) =>
      stay === 0 ? smc(pe, 0xc400_0193, index, size, ...words) : { kind: 'fiq' },
    );
    assert.equal(result[0], 0n);
  }
}

describe('rim.json', () => {
  for (const vector of vectors.filter(({ rmm }) => rmm === '1.0')) {
    for (const [algorithm, expected] of Object.entries(vector.expected)) {
      test(`${vector.name}, ${algorithm}`, () => {
        const machine = generousMachine();
        const params = vector.realm_params;
        const ipaWidth = Number(params['s2sz']);
        const lpa2 = (Number(params['flags']) & 1) === 1;
        const level = [1, 0, -1].find((start) => startTables(ipaWidth, start, lpa2, 52) > 0) ?? 0;
        const tables = startTables(ipaWidth, level, lpa2, 52);
        delegate(machine, RD);
        delegate(machine, RTT, tables);
        const rpv = (params['unmeasured'] as { rpv?: string }).rpv ?? '';
        writePage(machine, PARAMS, {
          0: BigInt(String(params['flags'])),
          8: ipaWidth,
          16: Number(params['sve_vl']),
          24: Number(params['num_bps']),
          32: Number(params['num_wps']),
          40: Number(params['pmu_num_ctrs']),
          48: expected.hash_algo,
          2048: 7,
          2056: RTT,
          2064: level,
          2072: tables,
        });
        writeBytes(machine.memory, HOST_CONTEXT, pa(PARAMS + 0x400), new Uint8Array(Buffer.from(rpv, 'hex')));
        must(machine, 'RMI_REALM_CREATE', RD, PARAMS);
        const driver = new Driver(machine, level);
        for (const operation of vector.operations) driver.run(operation);
        const realm = readRealm(machine, pa(RD));
        assert.equal(realm.hashAlgorithm, algorithm);
        assert.equal(realm.rim, expected.rim);
        assert.deepEqual(realm.rems, expected.rem);
      });
    }
  }
});

test('what a Realm asks for and does not use is measured as wide as it is read', () => {
  const machine = newMachine('trace-a');
  delegate(machine, RD);
  delegate(machine, RTT, 4);
  // No PMU flag: pmu_num_ctrs is not checked. The RIM is what a TF-RMM v0.8.0 answered to the same page.
  writePage(machine, PARAMS, { 8: 41, 24: 5, 32: 3, 40: 0x8001, 2048: 7, 2056: RTT, 2064: 1, 2072: 4 });
  must(machine, 'RMI_REALM_CREATE', RD, PARAMS);
  const { rim } = readRealm(machine, pa(RD));
  assert.equal(rim, '7a06b2123b7c2c534fb018529cd67e1ab24bbf60d7db29b1dfc62cf8ebe70cea');
});
