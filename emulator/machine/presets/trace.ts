/**
 * The platforms the recorded RMM traces were made on: one DRAM bank of 64 MiB, nothing else a granule. Firmware memory
 * lies at the place it has on `fvp`, outside that bank. No SVE, no MEC.
 */
import type { Features, Platform } from '../platform';
import { layOut } from './layout';

const common = { fp: false, rng: false } as const;

function tracePlatform(letter: string, ipaBits: number, features: Features): Platform {
  return layOut({
    name: `trace-${letter}`,
    summary: `Platform ${letter.toUpperCase()} of the recorded RMM traces: 64 MiB of DRAM`,
    delegableEnd: 0x8400_0000,
    bank2Size: 0,
    features,
    ipaBits,
    maxRecsOrder: 10,
    mecidBits: 0,
    devices: false,
    emulateMapped: true,
  });
}

export const traceA = () =>
  tracePlatform('a', 48, {
    ...common,
    paBits: 48,
    lpa2: false,
    vmidBits: 8,
    hpmn0: false,
    numBps: 5,
    numWps: 3,
    pmuCounters: 6,
    listRegisters: 4,
  });

export const traceB = () =>
  tracePlatform('b', 40, {
    ...common,
    paBits: 40,
    lpa2: false,
    vmidBits: 16,
    hpmn0: true,
    numBps: 1,
    numWps: 1,
    pmuCounters: 31,
    listRegisters: 16,
  });

export const traceC = () =>
  tracePlatform('c', 52, {
    ...common,
    paBits: 52,
    lpa2: true,
    vmidBits: 16,
    hpmn0: false,
    numBps: 5,
    numWps: 3,
    pmuCounters: 8,
    listRegisters: 4,
  });
