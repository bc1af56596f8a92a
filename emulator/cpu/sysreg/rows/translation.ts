/** Registers of address translation, the granule protection table and memory encryption contexts. */
import { register, type SysregField, type SysregOptions } from '../row';

export const TCR_EL1_FIELDS: readonly SysregField[] = [
  ['DS', 59, 59, '52-bit descriptors'],
  ['HPD1', 42, 42, 'TTBR1 tables have no hierarchical permissions'],
  ['HPD0', 41, 41, 'TTBR0 tables have no hierarchical permissions'],
  ['HD', 40, 40, 'hardware management of dirty state'],
  ['HA', 39, 39, 'hardware management of the Access flag'],
  ['TBI1', 38, 38, 'TTBR1 top byte ignored'],
  ['TBI0', 37, 37, 'TTBR0 top byte ignored'],
  ['AS', 36, 36, '16-bit ASID'],
  ['IPS', 34, 32, 'output address size'],
  ['TG1', 31, 30, 'TTBR1 granule: 1 16K, 2 4K, 3 64K'],
  ['EPD1', 23, 23, 'no walks from TTBR1'],
  ['A1', 22, 22, 'the ASID is in TTBR1'],
  ['T1SZ', 21, 16, '64 less the VA bits of TTBR1'],
  ['TG0', 15, 14, 'TTBR0 granule: 0 4K, 1 64K, 2 16K'],
  ['EPD0', 7, 7, 'no walks from TTBR0'],
  ['T0SZ', 5, 0, '64 less the VA bits of TTBR0'],
];
const TCR_EL23_FIELDS: readonly SysregField[] = [
  ['DS', 32, 32, '52-bit descriptors'],
  ['HPD', 24, 24, 'no hierarchical permissions'],
  ['HD', 22, 22, 'hardware management of dirty state'],
  ['HA', 21, 21, 'hardware management of the Access flag'],
  ['TBI', 20, 20, 'top byte ignored'],
  ['PS', 18, 16, 'output address size'],
  ['TG0', 15, 14, 'granule: 0 4K, 1 64K, 2 16K'],
  ['T0SZ', 5, 0, '64 less the VA bits'],
];
const TTBR_FIELDS: readonly SysregField[] = [
  ['ASID', 63, 48, 'address space identifier'],
  ['BADDR', 47, 1, 'table address'],
  ['CnP', 0, 0, 'common not private'],
];
const MAIR_FIELDS: readonly SysregField[] = Array.from(
  { length: 8 },
  (_, index) => [`Attr${7 - index}`, 63 - 8 * index, 56 - 8 * index, 'memory attributes'] as const,
);
const el1 = (fields: readonly SysregField[] = []): SysregOptions => ({
  banked: true,
  traps: 'vm',
  translation: 'el1',
  fields,
});
const el2 = (fields: readonly SysregField[] = []): SysregOptions => ({ banked: true, translation: 'el2', fields });
const el3 = (fields: readonly SysregField[] = []): SysregOptions => ({ translation: 'el3', fields });
const mec = (translation: 'stage2' | 'el2' | 'el3', banked: boolean): SysregOptions => ({
  translation,
  banked,
  writable: 0xffffn,
  advertised: (platform) => platform.mec.enabled,
  fields: [['MECID', 15, 0, 'memory encryption context']],
});

/** There are no LORegions: LDLAR and STLLR order everything, and the registers are RES0. */
const lor = { writable: 0n, traps: 'lor' } as const;

export const TRANSLATION = [
  register('TTBR0_EL1', '3 0 2 0 0', 1, 'Translation Table Base Register 0 (EL1)', el1(TTBR_FIELDS)),
  register('TTBR1_EL1', '3 0 2 0 1', 1, 'Translation Table Base Register 1 (EL1)', el1(TTBR_FIELDS)),
  register('TCR_EL1', '3 0 2 0 2', 1, 'Translation Control Register (EL1)', el1(TCR_EL1_FIELDS)),
  register('MAIR_EL1', '3 0 10 2 0', 1, 'Memory Attribute Indirection Register (EL1)', el1(MAIR_FIELDS)),
  register('AMAIR_EL1', '3 0 10 3 0', 1, 'Auxiliary Memory Attribute Indirection Register (EL1)', {
    banked: true,
    traps: 'vm',
  }),
  register('LORSA_EL1', '3 0 10 4 0', 1, 'LORegion Start Address', lor),
  register('LOREA_EL1', '3 0 10 4 1', 1, 'LORegion End Address', lor),
  register('LORN_EL1', '3 0 10 4 2', 1, 'LORegion Number', lor),
  register('LORC_EL1', '3 0 10 4 3', 1, 'LORegion Control', lor),
  register('LORID_EL1', '3 0 10 4 7', 1, 'LORegion ID: there are none', { ...lor, write: undefined }),
  register('CONTEXTIDR_EL1', '3 0 13 0 1', 1, 'Context ID Register (EL1)', { banked: true, traps: 'vm' }),
  register('PAR_EL1', '3 0 7 4 0', 1, 'Physical Address Register', {
    banked: true,
    fields: [
      ['ATTR', 63, 56, 'memory attributes, when F is 0'],
      ['PA', 51, 12, 'address, when F is 0'],
      ['NSE', 11, 11, 'with NS: the PAS, when F is 0'],
      ['NS', 9, 9, 'with NSE: the PAS, when F is 0'],
      ['S', 9, 9, 'fault at stage 2, when F is 1'],
      ['PTW', 8, 8, 'stage 2 fault on a stage 1 walk, when F is 1'],
      ['FST', 6, 1, 'fault status code, when F is 1'],
      ['F', 0, 0, 'the translation failed'],
    ],
  }),
  register('TTBR0_EL2', '3 4 2 0 0', 2, 'Translation Table Base Register 0 (EL2)', el2(TTBR_FIELDS)),
  register('TTBR1_EL2', '3 4 2 0 1', 2, 'Translation Table Base Register 1 (EL2)', el2(TTBR_FIELDS)),
  register('TCR_EL2', '3 4 2 0 2', 2, 'Translation Control Register (EL2)', el2(TCR_EL23_FIELDS)),
  register('MAIR_EL2', '3 4 10 2 0', 2, 'Memory Attribute Indirection Register (EL2)', el2(MAIR_FIELDS)),
  register('AMAIR_EL2', '3 4 10 3 0', 2, 'Auxiliary Memory Attribute Indirection Register (EL2)', { banked: true }),
  register('CONTEXTIDR_EL2', '3 4 13 0 1', 2, 'Context ID Register (EL2)', { banked: true }),
  register('VTTBR_EL2', '3 4 2 1 0', 2, 'Virtualization Translation Table Base Register', {
    banked: true,
    translation: 'stage2',
    fields: [
      ['VMID', 63, 48, 'virtual machine identifier'],
      ['BADDR', 47, 1, 'stage 2 table address'],
      ['CnP', 0, 0, 'common not private'],
    ],
  }),
  register('VTCR_EL2', '3 4 2 1 2', 2, 'Virtualization Translation Control Register', {
    banked: true,
    reset: 0x8000_0000n,
    translation: 'stage2',
    fields: [
      ['SL2', 33, 33, 'start level bit 2'],
      ['DS', 32, 32, '52-bit descriptors'],
      ['HD', 22, 22, 'hardware management of dirty state'],
      ['HA', 21, 21, 'hardware management of the Access flag'],
      ['VS', 19, 19, '16-bit VMID'],
      ['PS', 18, 16, 'output address size'],
      ['TG0', 15, 14, 'granule: 0 4K, 1 64K, 2 16K'],
      ['SL0', 7, 6, 'start level'],
      ['T0SZ', 5, 0, '64 less the IPA bits'],
    ],
  }),
  register('VSTTBR_EL2', '3 4 2 6 0', 2, 'Virtualization Secure Translation Table Base Register', {
    banked: true,
    translation: 'stage2',
  }),
  register('VSTCR_EL2', '3 4 2 6 2', 2, 'Virtualization Secure Translation Control Register', {
    banked: true,
    translation: 'stage2',
  }),
  register('TTBR0_EL3', '3 6 2 0 0', 3, 'Translation Table Base Register 0 (EL3)', el3(TTBR_FIELDS)),
  register('TCR_EL3', '3 6 2 0 2', 3, 'Translation Control Register (EL3)', el3(TCR_EL23_FIELDS)),
  register('MAIR_EL3', '3 6 10 2 0', 3, 'Memory Attribute Indirection Register (EL3)', el3(MAIR_FIELDS)),
  register('AMAIR_EL3', '3 6 10 3 0', 3, 'Auxiliary Memory Attribute Indirection Register (EL3)'),
  register('GPTBR_EL3', '3 6 2 1 4', 3, 'Granule Protection Table Base Register', {
    reset: ({ gpt }) => gpt.gptbr,
    translation: 'world',
    fields: [['BADDR', 39, 0, 'level 0 table address, bits 51 to 12']],
  }),
  register('GPCCR_EL3', '3 6 2 1 6', 3, 'Granule Protection Check Control Register', {
    reset: ({ gpt }) => gpt.gpccr,
    translation: 'world',
    fields: [
      ['L0GPTSZ', 23, 20, 'log2 of the bytes of a level 0 entry, less 30'],
      ['GPCP', 17, 17, 'priority of granule protection checks'],
      ['GPC', 16, 16, 'granule protection checks'],
      ['PGS', 15, 14, 'granule size: 0 4K'],
      ['SH', 13, 12, 'shareability of table walks'],
      ['ORGN', 11, 10, 'outer cacheability of table walks'],
      ['IRGN', 9, 8, 'inner cacheability of table walks'],
      ['PPS', 2, 0, 'protected physical address size'],
    ],
  }),
  register('MECIDR_EL2', '3 4 10 8 7', 2, 'MEC Identification Register', {
    write: undefined,
    reset: (platform) => BigInt(platform.mec.mecidBits - 1),
    advertised: (platform) => platform.mec.enabled,
    fields: [['MECIDWidthm1', 3, 0, 'bits of a MECID less one']],
  }),
  register('MECID_P0_EL2', '3 4 10 8 0', 2, 'Primary MECID for EL2 and EL2&0, TTBR0', mec('el2', true)),
  register('MECID_A0_EL2', '3 4 10 8 1', 2, 'Alternate MECID for EL2 and EL2&0, TTBR0', mec('el2', true)),
  register('MECID_P1_EL2', '3 4 10 8 2', 2, 'Primary MECID for EL2&0, TTBR1', mec('el2', true)),
  register('MECID_A1_EL2', '3 4 10 8 3', 2, 'Alternate MECID for EL2&0, TTBR1', mec('el2', true)),
  register('VMECID_P_EL2', '3 4 10 9 0', 2, 'Primary MECID for stage 2', mec('stage2', true)),
  register('VMECID_A_EL2', '3 4 10 9 1', 2, 'Alternate MECID for stage 2', mec('stage2', true)),
  register('MECID_RL_A_EL3', '3 6 10 10 1', 3, 'Alternate MECID for EL3 accesses to the Realm PAS', mec('el3', false)),
] as const;
