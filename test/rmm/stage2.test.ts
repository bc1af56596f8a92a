/** RTTs as hardware sees them: the PE's own stage 2 walk finds what the RMM mapped, for every shape of starting table. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entrySize, startTables } from '../../emulator/rmm/rtt/geometry';
import { currentRegime, translateForDebugger } from '../../emulator/translation/translation';
import { delegate, must, newMachine, rmi, writePage } from './support';

const RD = 0x8010_0000;
const RTT = 0x8020_0000;
const PARAMS = 0x8000_1000;
const RUN = 0x8000_3000;
const SOURCE = 0x8000_5000;
const SHARED = 0x8000_6000;

const SHAPES: readonly (readonly [ipaWidth: number, level: number, lpa2: boolean])[] = [
  [32, 2, false],
  [34, 2, false],
  [33, 1, false],
  [39, 1, false],
  [43, 1, false],
  [48, 0, false],
  [44, 0, true],
  [52, 0, true],
  [52, -1, true],
];

describe('stage 2 of a Realm', () => {
  for (const [ipaWidth, level, lpa2] of SHAPES) {
    test(`${ipaWidth} bits from level ${level}${lpa2 ? ', LPA2' : ''}`, () => {
      const machine = newMachine('trace-c');
      const tables = startTables(ipaWidth, level, lpa2, 52);
      delegate(machine, RD);
      delegate(machine, RTT, tables);
      writePage(machine, PARAMS, {
        0: lpa2 ? 1 : 0,
        8: ipaWidth,
        24: 1,
        32: 1,
        2048: 3,
        2056: RTT,
        2064: level,
        2072: tables,
      });
      must(machine, 'RMI_REALM_CREATE', RD, PARAMS);
      let next = 0x8040_0000;
      const granule = (): number => {
        delegate(machine, next);
        next += 4096;
        return next - 4096;
      };
      /** The last pages of the Protected and of the Unprotected half. */
      const ipas = [2 ** (ipaWidth - 1) - 4096, 2 ** ipaWidth - 4096] as const;
      for (const ipa of ipas) {
        for (let below = level + 1; below <= 3; below++) {
          must(machine, 'RMI_RTT_CREATE', RD, granule(), ipa - (ipa % entrySize(below - 1)), below);
        }
      }
      const data = granule();
      must(machine, 'RMI_DATA_CREATE', RD, data, ipas[0], SOURCE, 1);
      must(machine, 'RMI_RTT_MAP_UNPROTECTED', RD, ipas[1], 3, SHARED + 0xd8);
      const aux = Array.from({ length: 16 }, granule);
      writePage(machine, PARAMS, {
        0: 1,
        2048: 16,
        ...Object.fromEntries(aux.map((address, index) => [0x808 + index * 8, address])),
      });
      const rec = granule();
      must(machine, 'RMI_REC_CREATE', RD, rec, PARAMS);
      must(machine, 'RMI_REALM_ACTIVATE', RD);
      const result = rmi(machine, 'RMI_REC_ENTER', [rec, RUN], (pe) => {
        const regime = currentRegime(machine, pe, 1);
        const found = ipas.map((va) => translateForDebugger(machine, regime, BigInt(va)));
        assert.deepEqual(
          found.map((translated) => (translated.ok ? translated.pa : translated.kind)),
          [data, SHARED],
        );
        assert.deepEqual(
          found.map((translated) => (translated.ok ? translated.pas : -1)),
          [3, 1],
          'Realm PAS, then Non-secure PAS by the NS bit',
        );
        const unmapped = translateForDebugger(machine, regime, BigInt(ipas[0] - 4096));
        assert.equal(unmapped.ok ? unmapped.pa : unmapped.kind, 'translation');
        return { kind: 'irq' };
      });
      assert.equal(result[0], 0n);
    });
  }
});
