/**
 * The description of a machine: everything that is fixed before the first step. Plain data, part of a recording's
 * identity. Presets are in `presets/`.
 */
import type { Pa } from '../address';
import type { VersionSet } from '../rmm/commands/row';
import type { ResetReason } from './reset';

/** A byte range of the physical address space; base and size are granule aligned. */
export interface AddressRange {
  readonly base: Pa;
  readonly size: number;
}

/** Memory that keeps what is written to it. Regions are disjoint and sorted by base. */
export interface RamRegion extends AddressRange {
  readonly name: string;
  /** `dram` can be given away by RMI_GRANULE_DELEGATE where it is Non-secure at reset; `firmware` never. */
  readonly kind: 'dram' | 'firmware';
}

/** The GPI of a range at reset (`memory/gpt.ts`, Gpi): one PAS, or all of them. Ranges not named are Non-secure. */
export interface InitialGpi extends AddressRange {
  readonly name: string;
  readonly gpi: number;
}

/** Models of devices (`devices/catalogue.ts`). */
export type DeviceKind =
  | 'pl011'
  | 'gicd'
  | 'gicr'
  | 'sp805'
  | 'generic-watchdog'
  | 'timer-frame'
  | 'timer-control'
  | 'counter-control'
  | 'counter-read'
  | 'sp804'
  | 'pl031'
  | 've-registers'
  | 'sp810'
  | 'power-controller'
  | 'nor-flash'
  | 'virtio'
  | 'bus-master'
  | 'ones'
  | 'zeros';

/**
 * A range of device registers. Anything that is neither RAM nor a device is a hole: an access aborts. Ranges of the same
 * name are parts of one device.
 */
export interface DeviceRegion extends AddressRange {
  readonly name: string;
  readonly kind: DeviceKind;
  /** Console channel of a PL011 (`console.ts`), else 0. */
  readonly channel: number;
  /** Where the range begins in the device's register space; 0 when absent. */
  readonly offset?: number;
  /** Its interrupt, where it has one. */
  readonly intid?: number;
  /** What a watchdog gives as the reason of a system reset. */
  readonly reset?: ResetReason;
}

/** Geometry of the granule protection table (Arm ARM, GPCCR_EL3 and GPTBR_EL3), derived from the memory map. */
export interface GptGeometry {
  /** Physical address bits protected, GPCCR_EL3.PPS decoded: 32, 36, 40, 42, 44, 48 or 52. */
  readonly ppsBits: number;
  /** log2 of the bytes an L0 entry covers, GPCCR_EL3.L0GPTSZ decoded: 30, 34, 36 or 39. */
  readonly l0Bits: number;
  /** The L0 table. */
  readonly l0Base: Pa;
  readonly l0Size: number;
  /** The L1 tables, one after another, each of `l1TableSize` bytes. */
  readonly l1Base: Pa;
  readonly l1TableSize: number;
  /** L0 indices that have an L1 table, in the order of the tables. */
  readonly l1Indices: readonly number[];
  /** Values of the two registers. */
  readonly gpccr: bigint;
  readonly gptbr: bigint;
}

/** What the ID registers and RmiFeatureRegister0 advertise, apart from instructions (`cpu/table/features.ts`). */
export interface Features {
  /** ID_AA64MMFR0_EL1.PARange decoded. */
  readonly paBits: number;
  /** FEAT_LPA2 at stage 1 and stage 2, 4 KiB granule. */
  readonly lpa2: boolean;
  /** 8 or 16. */
  readonly vmidBits: number;
  /** FEAT_HPMN0. */
  readonly hpmn0: boolean;
  /** ID_AA64DFR0_EL1.BRPs and WRPs: number of breakpoints and watchpoints, less one. */
  readonly numBps: number;
  readonly numWps: number;
  /** Event counters of the PMU (PMCR_EL0.N); 0 means no PMU. */
  readonly pmuCounters: number;
  /** GIC list registers. */
  readonly listRegisters: number;
  /** Floating point and AdvSIMD. */
  readonly fp: boolean;
  /**
   * Everything of the instruction set that is built (`cpu/table/features.ts`); else what the machines of recorded traces
   * have.
   */
  readonly general: boolean;
}

/** What an implementation of the RMM may choose, and where its memory lies. */
export interface RmmChoices {
  /** Which commands there are, and which of their conditions. */
  readonly versionSet: VersionSet;
  /** Realm PAS: RMM image, granule tracking and everything else it keeps for itself. */
  readonly memory: AddressRange;
  /** Buffer shared between EL3 and the RMM (Realm PAS). */
  readonly shared: AddressRange;
  /** RMI_FEATURES index 0. */
  readonly featureRegister0: bigint;
  /** RMI_REC_AUX_COUNT of every Realm. */
  readonly recAuxCount: number;
  readonly maxRecs: number;
  /**
   * Whether a Data Abort with a valid syndrome at an Unprotected IPA that is mapped (a permission fault) is emulatable,
   * as one at an unmapped IPA is.
   */
  readonly emulateMapped: boolean;
  /**
   * RMI_RTT_SET_RIPAS to EMPTY over DESTROYED when the Realm said RSI_NO_CHANGE_DESTROYED: stop there (RMM 1.0), or
   * change the entry (RMM 1.1 as of TF-RMM v0.8).
   */
  readonly ripasOverDestroyed: 'stop' | 'change';
  /**
   * RMM 1.1: what the Host's MECID 0 is at boot. Shared (TF-RMM v0.8), so that Realms whose parameters name no MECID can
   * live side by side; or private and unassigned like every other (the ACS).
   */
  readonly mecidZero: 'shared' | 'private';
}

export interface Platform {
  readonly name: string;
  readonly summary: string;
  readonly ram: readonly RamRegion[];
  /** Ranges that RMI_GRANULE_DELEGATE accepts: DRAM that is Non-secure at reset. Granule tracking covers exactly these. */
  readonly delegable: readonly AddressRange[];
  readonly initialGpi: readonly InitialGpi[];
  readonly devices: readonly DeviceRegion[];
  readonly gpt: GptGeometry;
  /** Root PAS: EL3's own memory, world-switch contexts included. */
  readonly root: AddressRange;
  /** Number of PEs, 1 to 8. */
  readonly pes: number;
  readonly features: Features;
  readonly rmm: RmmChoices;
  readonly mec: { readonly enabled: boolean; readonly mecidBits: number };
  /** Most bytes of page slots the machine may touch. */
  readonly memoryLimit: number;
  /** Steps a PE runs before the next one gets its turn, when there is more than one. */
  readonly quantum: number;
  /** Seeds MPE keys and entropy. Same seed, same machine. */
  readonly seed: bigint;
  /** The time of the real-time clock at power on, in seconds since 1970. */
  readonly epoch: number;
  /** Where a Non-secure EL2 payload is entered. */
  readonly payloadBase: Pa;
}

/** The same platform with another version set, and the choices that follow from it. */
export const withVersionSet = (platform: Platform, versionSet: VersionSet): Platform => ({
  ...platform,
  rmm: { ...platform.rmm, versionSet, ripasOverDestroyed: ripasOverDestroyed(versionSet) },
});

/** What a version set says about RIPAS changes over DESTROYED. */
export const ripasOverDestroyed = (versionSet: VersionSet): RmmChoices['ripasOverDestroyed'] =>
  versionSet === '1.0' ? 'stop' : 'change';

/** System counter frequency in Hz (CNTFRQ_EL0). */
export const COUNTER_FREQUENCY = 100_000_000;

/** MPIDR_EL1 of a PE: clusters of four, MT set, affinity 1 the core, affinity 2 the cluster. */
export const mpidrOf = (pe: number): bigint => 0x8100_0000n | BigInt(((pe >> 2) << 16) | ((pe & 3) << 8));

/** Number of a granule among the delegable ones (0-based, across ranges), or -1. Granule tracking is indexed by it. */
export function delegableIndex(platform: Platform, address: number): number {
  const { delegable } = platform;
  let before = 0;
  for (let order = 0; order < delegable.length; order++) {
    const { base, size } = delegable[order] as AddressRange;
    if (address >= base && address < base + size) return before + Math.floor((address - base) / 4096);
    before += size / 4096;
  }
  return -1;
}

/** How many granules are delegable. */
export function delegableCount(platform: Platform): number {
  return platform.delegable.reduce((sum, range) => sum + range.size / 4096, 0);
}

/** PA of the delegable granule with this number. */
export function delegableAddress(platform: Platform, index: number): Pa {
  let rest = index * 4096;
  for (const range of platform.delegable) {
    if (rest < range.size) return (range.base + rest) as Pa;
    rest -= range.size;
  }
  throw new RangeError(`No delegable granule ${index}.`);
}

/** The device an address is in. */
export function deviceRegionOf(platform: Platform, address: number): DeviceRegion | undefined {
  return platform.devices.find((region) => address >= region.base && address < region.base + region.size);
}
