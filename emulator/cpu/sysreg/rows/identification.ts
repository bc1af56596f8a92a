/** Identification registers. They tell the truth about the platform: software branches on them. */
import { type Features, mpidrOf, type Platform } from '../../../machine/platform';
import { advertisedFeatures } from '../../table/features';
import { register, type SysregOptions } from '../row';

const at = (value: number, low: number): bigint => BigInt(value) << BigInt(low);
const sum = (...parts: readonly bigint[]): bigint => parts.reduce((total, part) => total | part, 0n);
const readOnly = (options: SysregOptions): SysregOptions => ({ ...options, write: undefined, writable: 0n });
const id3 = (reset: SysregOptions['reset'] = 0n, fields: SysregOptions['fields'] = []): SysregOptions =>
  readOnly({ reset: reset ?? 0n, fields, traps: 'id3' });

/** ID_AA64MMFR0_EL1.PARange of a number of physical address bits. */
export const PA_RANGE_BITS = [32, 36, 40, 42, 44, 48, 52] as const;
const paRange = (features: Features): number => {
  const found = PA_RANGE_BITS.findIndex((bits) => bits >= features.paBits);
  return found < 0 ? PA_RANGE_BITS.length - 1 : found;
};

const pfr0 = ({ features }: Platform): bigint =>
  sum(
    at(0x1111, 0),
    features.fp ? advertisedFeatures('ID_AA64PFR0_EL1', features) : at(0xff, 16),
    at(1, 24),
    at(1, 36),
    at(1, 48),
    at(1, 52),
    at(1, 56),
    at(1, 60),
  );
const dfr0 = ({ features }: Platform): bigint =>
  sum(
    at(6, 0),
    at(features.pmuCounters > 0 ? 6 : 0, 8),
    at(features.numBps, 12),
    at(features.numWps, 20),
    at(features.hpmn0 ? 1 : 0, 60),
  );
const isar0 = ({ features }: Platform): bigint => sum(advertisedFeatures('ID_AA64ISAR0_EL1', features), at(2, 56));
const isar1 = ({ features }: Platform): bigint => advertisedFeatures('ID_AA64ISAR1_EL1', features);
const isar2 = ({ features }: Platform): bigint => advertisedFeatures('ID_AA64ISAR2_EL1', features);
const pfr1 = ({ features }: Platform): bigint => advertisedFeatures('ID_AA64PFR1_EL1', features);
const mmfr0 = ({ features }: Platform): bigint =>
  sum(
    at(paRange(features), 0),
    at(2, 4),
    at(1, 12),
    at(features.lpa2 ? 2 : 1, 20),
    at(features.lpa2 ? 1 : 0, 28),
    at(features.lpa2 ? 3 : 2, 32),
    at(2, 36),
    at(features.lpa2 ? 3 : 2, 40),
  );
const mmfr1 = ({ features }: Platform): bigint =>
  sum(
    at(2, 0),
    at(features.vmidBits === 16 ? 2 : 0, 4),
    at(1, 8),
    at(1, 12),
    advertisedFeatures('ID_AA64MMFR1_EL1', features),
    at(features.general ? 3 : 1, 20),
    at(1, 28),
  );
const mmfr2 = ({ features }: Platform): bigint =>
  sum(
    at(1, 0),
    at(1, 4),
    at(1, 28),
    at(1, 36),
    at(1, 40),
    at(1, 48),
    at(2, 52),
    advertisedFeatures('ID_AA64MMFR2_EL1', features),
    at(features.general ? 0x12 : 0, 56),
  );
const mmfr3 = ({ mec }: Platform): bigint => at(mec.enabled ? 1 : 0, 28);

const reserved = <N extends string>(name: N, crm: number, op2: number) =>
  register(name, `3 0 0 ${crm} ${op2}`, 1, 'AArch32 feature register: no EL offers AArch32', id3());

export const IDENTIFICATION = [
  register('MIDR_EL1', '3 0 0 0 0', 1, 'Main ID Register', readOnly({ reset: 0x410f_d0f0n, hook: 'midr' })),
  register('MPIDR_EL1', '3 0 0 0 5', 1, 'Multiprocessor Affinity Register', {
    ...readOnly({ reset: (_platform, pe) => mpidrOf(pe), hook: 'mpidr' }),
    fields: [
      ['Aff3', 39, 32, 'affinity 3'],
      ['MT', 24, 24, 'affinity 0 is a thread'],
      ['Aff2', 23, 16, 'cluster'],
      ['Aff1', 15, 8, 'core'],
      ['Aff0', 7, 0, 'thread'],
    ],
  }),
  register('REVIDR_EL1', '3 0 0 0 6', 1, 'Revision ID Register', readOnly({ traps: 'id1' })),
  register('AIDR_EL1', '3 1 0 0 7', 1, 'Auxiliary ID Register', readOnly({ traps: 'id1' })),
  register(
    'ID_AA64PFR0_EL1',
    '3 0 0 4 0',
    1,
    'Processor Feature Register 0',
    id3(pfr0, [
      ['RME', 55, 52, 'Realm Management Extension'],
      ['DIT', 51, 48, 'data independent timing'],
      ['SEL2', 39, 36, 'Secure EL2'],
      ['SVE', 35, 32, 'Scalable Vector Extension'],
      ['GIC', 27, 24, 'system register interface to the GIC'],
      ['AdvSIMD', 23, 20, '0xf: absent, 1: half precision too'],
      ['FP', 19, 16, '0xf: absent, 1: half precision too'],
      ['EL3', 15, 12, '1: AArch64 only'],
      ['EL2', 11, 8, '1: AArch64 only'],
      ['EL1', 7, 4, '1: AArch64 only'],
      ['EL0', 3, 0, '1: AArch64 only'],
    ]),
  ),
  register('ID_AA64PFR1_EL1', '3 0 0 4 1', 1, 'Processor Feature Register 1', id3(pfr1)),
  register('ID_AA64PFR2_EL1', '3 0 0 4 2', 1, 'Processor Feature Register 2', id3()),
  register('ID_AA64ZFR0_EL1', '3 0 0 4 4', 1, 'SVE Feature Register 0', id3()),
  register('ID_AA64SMFR0_EL1', '3 0 0 4 5', 1, 'SME Feature Register 0', id3()),
  register(
    'ID_AA64DFR0_EL1',
    '3 0 0 5 0',
    1,
    'Debug Feature Register 0',
    id3(dfr0, [
      ['HPMN0', 63, 60, 'guests may have no event counter'],
      ['WRPs', 23, 20, 'watchpoints less one'],
      ['BRPs', 15, 12, 'breakpoints less one'],
      ['PMUVer', 11, 8, 'version of the PMU, 0: none'],
      ['DebugVer', 3, 0, 'version of the debug architecture'],
    ]),
  ),
  register('ID_AA64DFR1_EL1', '3 0 0 5 1', 1, 'Debug Feature Register 1', id3()),
  register('ID_AA64AFR0_EL1', '3 0 0 5 4', 1, 'Auxiliary Feature Register 0', id3()),
  register('ID_AA64AFR1_EL1', '3 0 0 5 5', 1, 'Auxiliary Feature Register 1', id3()),
  register(
    'ID_AA64ISAR0_EL1',
    '3 0 0 6 0',
    1,
    'Instruction Set Attribute Register 0',
    id3(isar0, [
      ['RNDR', 63, 60, 'random number registers'],
      ['TLB', 59, 56, 'TLBI outer shareable and by range'],
      ['TS', 55, 52, 'flag manipulation'],
      ['FHM', 51, 48, 'half-precision products added to single precision'],
      ['DP', 47, 44, 'dot products'],
      ['SHA3', 35, 32, 'SHA-3 instructions'],
      ['RDM', 31, 28, 'rounding doubling multiply accumulate'],
      ['Atomic', 23, 20, 'LSE atomics'],
      ['CRC32', 19, 16, 'CRC32 instructions'],
      ['SHA2', 15, 12, '1: SHA-256, 2: SHA-512 too'],
      ['SHA1', 11, 8, 'SHA-1 instructions'],
      ['AES', 7, 4, '1: AES, 2: 64-bit polynomial products too'],
    ]),
  ),
  register(
    'ID_AA64ISAR1_EL1',
    '3 0 0 6 1',
    1,
    'Instruction Set Attribute Register 1',
    id3(isar1, [
      ['I8MM', 55, 52, 'products of 8-bit integer matrices'],
      ['BF16', 47, 44, 'BFloat16 instructions'],
      ['SB', 39, 36, 'speculation barrier'],
      ['FRINTTS', 35, 32, 'rounding to integers of 32 or 64 bits'],
      ['LRCPC', 23, 20, 'load-acquire RCpc instructions'],
      ['FCMA', 19, 16, 'complex multiplications and additions'],
      ['JSCVT', 15, 12, 'FJCVTZS'],
      ['DPB', 3, 0, 'DC CVAP'],
    ]),
  ),
  register('ID_AA64ISAR2_EL1', '3 0 0 6 2', 1, 'Instruction Set Attribute Register 2', id3(isar2)),
  register(
    'ID_AA64MMFR0_EL1',
    '3 0 0 7 0',
    1,
    'Memory Model Feature Register 0',
    id3(mmfr0, [
      ['TGran4_2', 43, 40, '4 KiB granule at stage 2'],
      ['TGran64_2', 39, 36, '64 KiB granule at stage 2'],
      ['TGran16_2', 35, 32, '16 KiB granule at stage 2'],
      ['TGran4', 31, 28, '4 KiB granule: 0 yes, 1 with 52-bit addresses'],
      ['TGran64', 27, 24, '64 KiB granule'],
      ['TGran16', 23, 20, '16 KiB granule'],
      ['ASIDBits', 7, 4, '2: 16 bits'],
      ['PARange', 3, 0, 'physical address size'],
    ]),
  ),
  register(
    'ID_AA64MMFR1_EL1',
    '3 0 0 7 1',
    1,
    'Memory Model Feature Register 1',
    id3(mmfr1, [
      ['XNX', 31, 28, 'stage 2 execute-never by EL'],
      ['PAN', 23, 20, 'privileged access never; 2: AT that honours it, 3: for execute-only, too'],
      ['LO', 19, 16, 'limited ordering regions'],
      ['HPDS', 15, 12, 'hierarchical permission disables'],
      ['VH', 11, 8, 'virtualization host extensions'],
      ['VMIDBits', 7, 4, '2: 16 bits'],
      ['HAFDBS', 3, 0, '2: Access flag and dirty state by hardware'],
    ]),
  ),
  register(
    'ID_AA64MMFR2_EL1',
    '3 0 0 7 2',
    1,
    'Memory Model Feature Register 2',
    id3(mmfr2, [
      ['E0PD', 63, 60, 'EL0 can be kept from a half of the address space'],
      ['EVT', 59, 56, 'traps of single groups of maintenance instructions'],
      ['BBM', 55, 52, 'break-before-make level'],
      ['TTL', 51, 48, 'TLBI level hint'],
      ['FWB', 43, 40, 'stage 2 forced write-back'],
      ['IDS', 39, 36, 'ID registers trap at EL0'],
      ['ST', 31, 28, 'small translation tables'],
      ['UAO', 7, 4, 'user access override'],
      ['CnP', 3, 0, 'common not private'],
    ]),
  ),
  register(
    'ID_AA64MMFR3_EL1',
    '3 0 0 7 3',
    1,
    'Memory Model Feature Register 3',
    id3(mmfr3, [['MEC', 31, 28, 'memory encryption contexts']]),
  ),
  register('ID_AA64MMFR4_EL1', '3 0 0 7 4', 1, 'Memory Model Feature Register 4', id3()),
  reserved('ID_PFR0_EL1', 1, 0),
  reserved('ID_PFR1_EL1', 1, 1),
  reserved('ID_DFR0_EL1', 1, 2),
  reserved('ID_AFR0_EL1', 1, 3),
  reserved('ID_MMFR0_EL1', 1, 4),
  reserved('ID_MMFR1_EL1', 1, 5),
  reserved('ID_MMFR2_EL1', 1, 6),
  reserved('ID_MMFR3_EL1', 1, 7),
  reserved('ID_ISAR0_EL1', 2, 0),
  reserved('ID_ISAR1_EL1', 2, 1),
  reserved('ID_ISAR2_EL1', 2, 2),
  reserved('ID_ISAR3_EL1', 2, 3),
  reserved('ID_ISAR4_EL1', 2, 4),
  reserved('ID_ISAR5_EL1', 2, 5),
  reserved('ID_MMFR4_EL1', 2, 6),
  reserved('ID_ISAR6_EL1', 2, 7),
  reserved('MVFR0_EL1', 3, 0),
  reserved('MVFR1_EL1', 3, 1),
  reserved('MVFR2_EL1', 3, 2),
  reserved('ID_PFR2_EL1', 3, 4),
  reserved('ID_DFR1_EL1', 3, 5),
  reserved('ID_MMFR5_EL1', 3, 6),
  register('CCSIDR_EL1', '3 1 0 0 0', 1, 'Current Cache Size ID Register', {
    ...readOnly({ hook: 'cacheSize', traps: 'id2Cache' }),
    fields: [
      ['NumSets', 27, 13, 'sets less one'],
      ['Associativity', 12, 3, 'ways less one'],
      ['LineSize', 2, 0, 'log2 of the bytes of a line, less 4'],
    ],
  }),
  register(
    'CLIDR_EL1',
    '3 1 0 0 1',
    1,
    'Cache Level ID Register',
    readOnly({ reset: 0x0920_0023n, traps: 'id2Cache' }),
  ),
  register('CSSELR_EL1', '3 2 0 0 0', 1, 'Cache Size Selection Register', {
    banked: true,
    writable: 0xfn,
    traps: 'id2Cache',
  }),
  register('CTR_EL0', '3 3 0 0 1', 0, 'Cache Type Register', {
    ...readOnly({ reset: 0x8444_c004n | at(3, 28), traps: 'id2' }),
    fields: [
      ['DIC', 29, 29, 'no invalidation of instruction caches needed'],
      ['IDC', 28, 28, 'no clean of data caches needed'],
      ['CWG', 27, 24, 'cache write-back granule'],
      ['ERG', 23, 20, 'exclusives reservation granule'],
      ['DminLine', 19, 16, 'log2 of the words of the smallest data line'],
      ['IminLine', 3, 0, 'log2 of the words of the smallest instruction line'],
    ],
  }),
  register('DCZID_EL0', '3 3 0 0 7', 0, 'Data Cache Zero ID Register', {
    ...readOnly({ reset: 4n, hook: 'zeroBlockSize' }),
    fields: [
      ['DZP', 4, 4, 'DC ZVA prohibited'],
      ['BS', 3, 0, 'log2 of the words of a block'],
    ],
  }),
  register('VPIDR_EL2', '3 4 0 0 0', 2, 'Virtualization Processor ID Register', { reset: 0x410f_d0f0n, banked: true }),
  register('VMPIDR_EL2', '3 4 0 0 5', 2, 'Virtualization Multiprocessor ID Register', {
    reset: (_platform, pe) => mpidrOf(pe),
    banked: true,
  }),
] as const;
