/**
 * From a few figures to a whole platform: the memory map of an FVP-Base-RevC-like machine with RME. The top of DRAM
 * bank 1 holds, from above: the granule protection table, EL3, the buffer shared by EL3 and RMM, the RMM, and Secure
 * memory. With 4 GiB of DRAM the addresses are those of Arm's model; larger tables push the rest down.
 */
import { pa } from '../../address';
import { Gpi } from '../../memory/gpi';
import {
  type AddressRange,
  type Features,
  type InitialGpi,
  type Platform,
  type RamRegion,
  ripasOverDestroyed,
} from '../platform';
import { boardDevices, DEVICE_GPI } from './board';
import { gptGeometry } from './gpt-geometry';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** 1 January 2026, 00:00 UTC. */
const EPOCH = 1_767_225_600;

/** End of DRAM bank 1: everything firmware keeps in DRAM lies right below. */
const BANK1_BASE = 0x8000_0000;
const BANK1_END = 0x1_0000_0000;

export interface PlatformFigures {
  readonly name: string;
  readonly summary: string;
  /** Bytes of DRAM bank 2 at 0x8_8000_0000; 0 for none. */
  readonly bank2Size: number;
  readonly features: Features;
  /** Largest IPA width, RmiFeatureRegister0.S2SZ. */
  readonly ipaBits: number;
  readonly maxRecsOrder: number;
  readonly pes?: number;
  readonly mecidBits: number;
}

const range = (base: number, size: number): AddressRange => ({ base: pa(base), size });
const ram = (name: string, base: number, size: number, kind: RamRegion['kind']): RamRegion => ({
  name,
  kind,
  ...range(base, size),
});
const initial = (name: string, base: number, size: number, gpi: number): InitialGpi => ({
  name,
  gpi,
  ...range(base, size),
});
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** RmiFeatureRegister0 (RMM 1.0, RmiFeatureRegister0): no SVE, both hash algorithms. */
export function featureRegister0(features: Features, ipaBits: number, maxRecsOrder: number): bigint {
  const field = (value: number | boolean, lsb: number): bigint => BigInt(Number(value)) << BigInt(lsb);
  return (
    field(ipaBits, 0) |
    field(features.lpa2, 8) |
    field(features.numBps, 14) |
    field(features.numWps, 20) |
    field(features.pmuCounters > 0, 26) |
    field(features.pmuCounters, 27) |
    field(1, 32) |
    field(1, 33) |
    field(features.listRegisters - 1, 34) |
    field(maxRecsOrder, 38)
  );
}

/** @returns the platform these figures describe. */
export function layOut(figures: PlatformFigures): Platform {
  const dram = [range(BANK1_BASE, BANK1_END - BANK1_BASE)];
  if (figures.bank2Size > 0) dram.push(range(0x8_8000_0000, figures.bank2Size));
  const low: InitialGpi[] = [
    initial('trusted SRAM', 0x0400_0000, 256 * KIB, Gpi.Root),
    initial('trusted DRAM', 0x0600_0000, 32 * MIB, Gpi.Secure),
    ...DEVICE_GPI,
  ];
  const geometry = gptGeometry([...dram, ...low], (size) => BANK1_END - roundUp(Math.max(size, MIB), MIB));
  const gptBase = geometry.l0Base;
  const rootBase = gptBase - 3 * MIB;
  const sharedBase = rootBase - 4 * KIB;
  const granules = dram.reduce((sum, bank) => sum + bank.size / 4096, 0);
  const rmmBase = rootBase - roundUp(Math.max(32 * MIB, granules * 16 + 16 * MIB), MIB);
  const secureBase = rmmBase - 28 * MIB;
  const bank1Delegable = range(BANK1_BASE, secureBase - BANK1_BASE);
  const delegable = [bank1Delegable, ...dram.slice(1)];
  return {
    name: figures.name,
    summary: figures.summary,
    ram: [
      ram('trusted SRAM', 0x0400_0000, 256 * KIB, 'firmware'),
      ram('trusted DRAM', 0x0600_0000, 32 * MIB, 'firmware'),
      ram('PSRAM', 0x1400_0000, 64 * MIB, 'firmware'),
      ram('VRAM', 0x1800_0000, 32 * MIB, 'firmware'),
      ram('Non-trusted SRAM', 0x2e00_0000, 64 * KIB, 'firmware'),
      ram('DRAM bank 1', bank1Delegable.base, bank1Delegable.size, 'dram'),
      ram('firmware', secureBase, BANK1_END - secureBase, 'firmware'),
      ...dram.slice(1).map((bank) => ram('DRAM bank 2', bank.base, bank.size, 'dram')),
    ],
    delegable,
    initialGpi: [
      ...low,
      initial('Secure memory', secureBase, rmmBase - secureBase, Gpi.Secure),
      initial('RMM', rmmBase, sharedBase - rmmBase, Gpi.Realm),
      initial('EL3-RMM shared buffer', sharedBase, 4 * KIB, Gpi.Realm),
      initial('EL3', rootBase, 3 * MIB, Gpi.Root),
      initial('GPT', gptBase, BANK1_END - gptBase, Gpi.Root),
    ],
    devices: boardDevices(figures.pes ?? 1),
    gpt: geometry,
    root: range(rootBase, 3 * MIB),
    pes: figures.pes ?? 1,
    features: figures.features,
    rmm: {
      versionSet: '1.0',
      memory: range(rmmBase, sharedBase - rmmBase),
      shared: range(sharedBase, 4 * KIB),
      featureRegister0: featureRegister0(figures.features, figures.ipaBits, figures.maxRecsOrder),
      recAuxCount: 16,
      maxRecs: 2 ** figures.maxRecsOrder - 1,
      emulateMapped: false,
      ripasOverDestroyed: ripasOverDestroyed('1.0'),
      mecidZero: 'shared',
    },
    mec: { enabled: figures.mecidBits > 0, mecidBits: figures.mecidBits },
    memoryLimit: GIB,
    quantum: 10_000,
    seed: 0x5265_616c_6d73_636fn,
    epoch: EPOCH,
    payloadBase: pa(0x8800_0000),
  };
}
