/** The platforms that the recorded RMM traces of `test/vectors/rmm` were made on: one DRAM bank of 64 MiB. */
import { pa } from '../../address';
import type { Platform } from '../platform';
import { type RecordedFigures, recordedPlatform } from './recorded';

type Varying = Pick<RecordedFigures, 'paBits' | 'lpa2' | 'vmidBits' | 'hpmn0' | 'featureRegister0'>;

const tracePlatform = (letter: string, varying: Varying): Platform =>
  recordedPlatform({
    name: `trace-${letter}`,
    summary: `Platform ${letter.toUpperCase()} of the recorded RMM traces: 64 MiB of DRAM`,
    dram: [{ base: pa(0x8000_0000), size: 0x400_0000 }],
    recAuxCount: 16,
    maxRecs: 1023,
    mecidBits: 0,
    versionSet: '1.0',
    ripasOverDestroyed: 'stop',
    ...varying,
  });

export const traceA = () =>
  tracePlatform('a', { paBits: 48, lpa2: false, vmidBits: 8, hpmn0: false, featureRegister0: 0x28f_3431_4030n });

export const traceB = () =>
  tracePlatform('b', { paBits: 40, lpa2: false, vmidBits: 16, hpmn0: true, featureRegister0: 0x2bf_fc10_4028n });

export const traceC = () =>
  tracePlatform('c', { paBits: 52, lpa2: true, vmidBits: 16, hpmn0: false, featureRegister0: 0x28f_4431_4134n });
