/**
 * A platform with given DRAM banks, all of them Non-secure and delegable, and firmware in a gap beside them: what a
 * recorded RMM trace was made on. No devices but timers; no floating point, SVE or FEAT_RNG.
 */
import { pa } from '../../address';
import { Gpi } from '../../memory/gpi';
import type { VersionSet } from '../../rmm/commands/row';
import type { AddressRange, Features, GptGeometry, InitialGpi, Platform, RamRegion } from '../platform';
import { gptGeometry } from './gpt-geometry';
import { noRoomForFirmware } from './problems';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const ROOT_SIZE = 3 * MIB;
const SECURE_SIZE = 2 * MIB;
/** Where firmware ends when nothing else is there: the top of an FVP's first DRAM bank. */
const USUAL_END = 4 * GIB;

export interface RecordedFigures {
  readonly name: string;
  readonly summary: string;
  /** Disjoint, sorted by base, granule aligned. */
  readonly dram: readonly AddressRange[];
  readonly paBits: number;
  readonly lpa2: boolean;
  readonly vmidBits: number;
  readonly hpmn0: boolean;
  /** RMI_FEATURES index 0, as it is answered; what hardware has follows from it. */
  readonly featureRegister0: bigint;
  readonly recAuxCount: number;
  readonly maxRecs: number;
  /** 0 without MEC. */
  readonly mecidBits: number;
  readonly versionSet: VersionSet;
  readonly ripasOverDestroyed: 'stop' | 'change';
}

/** Hardware that an RMM with this RmiFeatureRegister0 (RMM 1.0) has found. */
export function featuresOf(figures: Omit<RecordedFigures, 'name' | 'summary' | 'dram'>): Features {
  const field = (lsb: number, width: number): number =>
    Number((figures.featureRegister0 >> BigInt(lsb)) & ((1n << BigInt(width)) - 1n));
  return {
    paBits: figures.paBits,
    lpa2: figures.lpa2,
    vmidBits: figures.vmidBits,
    hpmn0: figures.hpmn0,
    numBps: field(14, 6),
    numWps: field(20, 6),
    pmuCounters: field(26, 1) === 0 ? 0 : field(27, 5),
    listRegisters: field(34, 4) + 1,
    fp: false,
    general: false,
  };
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
const roundDown = (value: number, unit: number): number => Math.floor(value / unit) * unit;

/** Base of `size` bytes, aligned, that no bank overlaps: below 4 GiB if they fit there, else wherever they do. */
function findGap(dram: readonly AddressRange[], size: number, unit: number, limit: number): number | undefined {
  const isFree = (base: number): boolean =>
    base >= 0 &&
    base + size <= limit &&
    dram.every((bank) => base + size <= bank.base || base >= bank.base + bank.size);
  const ends = [Math.min(USUAL_END, limit), ...dram.map(({ base }) => base), limit];
  const bases = ends.map((end) => roundDown(end - size, unit));
  const above = dram.map((bank) => roundUp(bank.base + bank.size, unit));
  return [...bases.slice(0, 1), ...above, ...bases.slice(1)].find(isFree);
}

interface Firmware {
  readonly secure: AddressRange;
  readonly rmm: AddressRange;
  readonly shared: AddressRange;
  readonly root: AddressRange;
  readonly tables: AddressRange;
  readonly gpt: GptGeometry;
}

const range = (base: number, size: number): AddressRange => ({ base: pa(base), size });

function placeFirmware(figures: RecordedFigures): Firmware {
  const { dram, paBits } = figures;
  const granules = dram.reduce((sum, bank) => sum + bank.size / 4096, 0);
  const rmmSize = roundUp(Math.max(32 * MIB, granules * 16 + 16 * MIB), MIB);
  const below = SECURE_SIZE + rmmSize + ROOT_SIZE;
  // The table grows with the address space that DRAM and firmware reach, and firmware lies where the table fits.
  const banks = dram.reduce((sum, bank) => sum + Math.ceil(bank.size / GIB) + 1, 0);
  const l0Size = 2 ** (Math.max(40, paBits) - 30) * 8;
  const unit = Math.max(MIB, l0Size);
  const tableSize = roundUp(l0Size + (banks + Math.ceil(below / GIB) + 3) * 128 * KIB, unit);
  const head = roundUp(below, unit);
  const base = findGap(dram, head + tableSize, unit, 2 ** paBits);
  if (base === undefined) throw noRoomForFirmware(head + tableSize, paBits);
  const tables = range(base + head, tableSize);
  const root = range(tables.base - ROOT_SIZE, ROOT_SIZE);
  const shared = range(root.base - 4 * KIB, 4 * KIB);
  const rmmBase = root.base - rmmSize;
  return {
    tables,
    root,
    shared,
    rmm: range(rmmBase, shared.base - rmmBase),
    secure: range(rmmBase - SECURE_SIZE, SECURE_SIZE),
    gpt: gptGeometry([...dram, range(base, head + tableSize)], () => tables.base),
  };
}

/**
 * @returns the platform these figures describe
 * @throws Problem `platform-no-room` when DRAM leaves no gap for firmware below 2^paBits
 */
export function recordedPlatform(figures: RecordedFigures): Platform {
  const { dram } = figures;
  const { secure, rmm, shared, root, tables, gpt } = placeFirmware(figures);
  const initial = (name: string, part: AddressRange, gpi: number): InitialGpi => ({ name, gpi, ...part });
  const firmware: RamRegion = {
    name: 'firmware',
    kind: 'firmware',
    ...range(secure.base, tables.base + tables.size - secure.base),
  };
  const banks = dram.map((bank, index): RamRegion => ({ name: `DRAM bank ${index + 1}`, kind: 'dram', ...bank }));
  return {
    name: figures.name,
    summary: figures.summary,
    ram: [...banks, firmware].sort((a, b) => a.base - b.base),
    delegable: dram,
    initialGpi: [
      initial('Secure memory', secure, Gpi.Secure),
      initial('RMM', rmm, Gpi.Realm),
      initial('EL3-RMM shared buffer', shared, Gpi.Realm),
      initial('EL3', root, Gpi.Root),
      initial('GPT', tables, Gpi.Root),
    ],
    devices: [],
    gpt,
    root,
    pes: 1,
    features: featuresOf(figures),
    rmm: {
      versionSet: figures.versionSet,
      memory: rmm,
      shared,
      featureRegister0: figures.featureRegister0,
      recAuxCount: figures.recAuxCount,
      maxRecs: figures.maxRecs,
      emulateMapped: true,
      ripasOverDestroyed: figures.ripasOverDestroyed,
      mecidZero: 'shared',
    },
    mec: { enabled: figures.mecidBits > 0, mecidBits: figures.mecidBits },
    memoryLimit: GIB,
    quantum: 10_000,
    seed: 0x5265_616c_6d73_636fn,
    epoch: 0,
    payloadBase: dram[0]?.base ?? pa(0),
  };
}
