/** EL2 and EL3 control registers. */
import { register, type SysregField } from '../row';

export const HCR_FIELDS: readonly SysregField[] = [
  ['GPF', 48, 48, 'granule protection faults of EL1 and EL0 go to EL2'],
  ['FWB', 46, 46, 'stage 2 forces write-back'],
  ['API', 41, 41, 'pointer authentication instructions do not trap'],
  ['APK', 40, 40, 'accesses to pointer authentication keys do not trap'],
  ['TEA', 37, 37, 'external aborts of EL1 and EL0 go to EL2'],
  ['TLOR', 35, 35, 'LORegion registers trap'],
  ['E2H', 34, 34, 'EL2 hosts an operating system'],
  ['ID', 33, 33, 'stage 2 instruction accesses are non-cacheable'],
  ['CD', 32, 32, 'stage 2 data accesses are non-cacheable'],
  ['RW', 31, 31, 'EL1 is AArch64'],
  ['TRVM', 30, 30, 'reads of virtual memory controls trap'],
  ['HCD', 29, 29, 'HVC is UNDEFINED'],
  ['TDZ', 28, 28, 'DC ZVA traps'],
  ['TGE', 27, 27, 'exceptions from EL0 go to EL2'],
  ['TVM', 26, 26, 'writes of virtual memory controls trap'],
  ['TTLB', 25, 25, 'TLB maintenance traps'],
  ['TPU', 24, 24, 'cache maintenance to the point of unification traps'],
  ['TPC', 23, 23, 'cache maintenance to the point of coherency traps'],
  ['TSW', 22, 22, 'cache maintenance by set/way traps'],
  ['TACR', 21, 21, 'auxiliary control registers trap'],
  ['TIDCP', 20, 20, 'implementation defined registers trap'],
  ['TSC', 19, 19, 'SMC traps'],
  ['TID3', 18, 18, 'ID group 3 traps'],
  ['TID2', 17, 17, 'ID group 2 traps'],
  ['TID1', 16, 16, 'ID group 1 traps'],
  ['TWE', 14, 14, 'WFE traps'],
  ['TWI', 13, 13, 'WFI traps'],
  ['DC', 12, 12, 'default cacheability'],
  ['VSE', 8, 8, 'virtual SError pending'],
  ['VI', 7, 7, 'virtual IRQ pending'],
  ['VF', 6, 6, 'virtual FIQ pending'],
  ['AMO', 5, 5, 'SError goes to EL2'],
  ['IMO', 4, 4, 'IRQ goes to EL2'],
  ['FMO', 3, 3, 'FIQ goes to EL2'],
  ['PTW', 2, 2, 'walks of Device memory fault'],
  ['SWIO', 1, 1, 'set/way invalidation override'],
  ['VM', 0, 0, 'stage 2 translation'],
];

export const SCR_FIELDS: readonly SysregField[] = [
  ['NSE', 62, 62, 'with NS: the Security state below EL3'],
  ['GPF', 48, 48, 'granule protection faults go to EL3'],
  ['TRNDR', 40, 40, 'reads of RNDR and RNDRRS trap'],
  ['HXEn', 38, 38, 'HCRX_EL2 is in use'],
  ['EEL2', 18, 18, 'Secure EL2'],
  ['API', 17, 17, 'pointer authentication instructions do not trap'],
  ['APK', 16, 16, 'accesses to pointer authentication keys do not trap'],
  ['TWE', 13, 13, 'WFE traps'],
  ['TWI', 12, 12, 'WFI traps'],
  ['ST', 11, 11, 'Secure EL1 may use the Secure timer'],
  ['RW', 10, 10, 'the next lower EL is AArch64'],
  ['SIF', 9, 9, 'no execution from Non-secure memory'],
  ['HCE', 8, 8, 'HVC enabled'],
  ['SMD', 7, 7, 'SMC is UNDEFINED'],
  ['EA', 3, 3, 'SError and external aborts go to EL3'],
  ['FIQ', 2, 2, 'FIQ goes to EL3'],
  ['IRQ', 1, 1, 'IRQ goes to EL3'],
  ['NS', 0, 0, 'with NSE: the Security state below EL3'],
];

const SCR_BASE = 0x501n;
/** API, APK and HXEn: what EL3 firmware sets where there is pointer authentication, and HCRX_EL2. */
const SCR_GENERAL = (3n << 16n) | (1n << 38n);

export const HYPERVISOR = [
  register('HCR_EL2', '3 4 1 1 0', 2, 'Hypervisor Configuration Register', {
    banked: true,
    reset: 0x8000_0000n,
    translation: 'stage2',
    fields: HCR_FIELDS,
  }),
  register('HCRX_EL2', '3 4 1 2 2', 2, 'Extended Hypervisor Configuration Register', {
    banked: true,
    writable: 0xc00n,
    traps: 'extended',
    advertised: ({ features }) => features.general,
    fields: [
      ['MSCEn', 11, 11, 'EL1 and EL0 may use memory copy and set instructions'],
      ['MCE2', 10, 10, 'memory copy exceptions of EL1 go to EL2'],
    ],
  }),
  register('MDCR_EL2', '3 4 1 1 1', 2, 'Monitor Debug Configuration Register (EL2)', {
    banked: true,
    reset: ({ features }) => BigInt(features.pmuCounters),
    writable: 0x2_0fffn,
    translation: 'debug',
    hook: 'debugControl',
    fields: [
      ['HPMD', 17, 17, 'event counting is prohibited at EL2'],
      ['TDRA', 11, 11, 'debug ROM registers trap'],
      ['TDOSA', 10, 10, 'OS lock registers trap'],
      ['TDA', 9, 9, 'debug registers trap'],
      ['TDE', 8, 8, 'debug exceptions go to EL2'],
      ['HPME', 7, 7, 'event counters of EL2 enabled'],
      ['TPM', 6, 6, 'PMU registers trap'],
      ['TPMCR', 5, 5, 'PMCR_EL0 traps'],
      ['HPMN', 4, 0, 'event counters of EL1 and EL0'],
    ],
  }),
  register('CPTR_EL2', '3 4 1 1 2', 2, 'Architectural Feature Trap Register (EL2)', {
    banked: true,
    reset: 0x33ffn,
    fields: [['TFP', 10, 10, 'FP and AdvSIMD trap']],
  }),
  register('HSTR_EL2', '3 4 1 1 3', 2, 'Hypervisor System Trap Register', { banked: true }),
  register('HACR_EL2', '3 4 1 1 7', 2, 'Hypervisor Auxiliary Control Register', { banked: true, writable: 0n }),
  // FEAT_RAS is not advertised: no instruction reaches it. The RMM sets it for the SError it injects.
  register('VSESR_EL2', '3 4 5 2 3', 2, 'Virtual SError Exception Syndrome Register', {
    banked: true,
    advertised: () => false,
  }),
  register('SCR_EL3', '3 6 1 1 0', 3, 'Secure Configuration Register', {
    reset: ({ features }) => (features.general ? SCR_BASE | SCR_GENERAL : SCR_BASE),
    translation: 'world',
    fields: SCR_FIELDS,
  }),
  register('SDER32_EL3', '3 6 1 1 1', 3, 'AArch32 Secure Debug Enable Register', { writable: 0n }),
  register('CPTR_EL3', '3 6 1 1 2', 3, 'Architectural Feature Trap Register (EL3)', {
    fields: [['TFP', 10, 10, 'FP and AdvSIMD trap']],
  }),
  register('MDCR_EL3', '3 6 1 3 1', 3, 'Monitor Debug Configuration Register (EL3)', {
    writable: 0x3_0640n,
    translation: 'debug',
    hook: 'debugControl',
    fields: [
      ['SPME', 17, 17, 'event counting in Secure state'],
      ['SDD', 16, 16, 'no debug exceptions in Secure state'],
      ['TDOSA', 10, 10, 'OS lock registers trap'],
      ['TDA', 9, 9, 'debug registers trap'],
      ['TPM', 6, 6, 'PMU registers trap'],
    ],
  }),
] as const;
