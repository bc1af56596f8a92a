/** The GIC CPU interface, physical (ICC) and virtual (ICV behind the same encodings, ICH for EL2). */
import { register, type SysregField, type SysregOptions } from '../row';

const icc: SysregOptions = { hook: 'gicCpu', traps: 'gic' };
/** The physical interface keeps it; Non-secure and Realm world share it. */
const stored: SysregOptions = icc;
const readOnly: SysregOptions = { ...icc, write: undefined };
const writeOnly: SysregOptions = { ...icc, read: undefined };
const sgi: SysregOptions = { hook: 'gicCpu', traps: 'gicSgi', read: undefined };
const SRE_FIELDS: readonly SysregField[] = [
  ['Enable', 3, 3, 'lower ELs may use ICC_SRE'],
  ['DIB', 2, 2, 'IRQ bypass disabled'],
  ['DFB', 1, 1, 'FIQ bypass disabled'],
  ['SRE', 0, 0, 'system register interface'],
];
export const LIST_REGISTER_FIELDS: readonly SysregField[] = [
  ['State', 63, 62, '0 invalid, 1 pending, 2 active, 3 both'],
  ['HW', 61, 61, 'backed by a physical interrupt'],
  ['Group', 60, 60, 'interrupt group'],
  ['Priority', 55, 48, 'priority'],
  ['pINTID', 44, 32, 'physical INTID, or bit 41: EOI maintenance interrupt'],
  ['vINTID', 31, 0, 'virtual INTID'],
];
const listRegister = <N extends string>(name: N, index: number) =>
  register(name, `3 4 12 ${index < 8 ? 12 : 13} ${index % 8}`, 2, `List register ${index}`, {
    banked: true,
    fields: LIST_REGISTER_FIELDS,
    advertised: ({ features }) => index < features.listRegisters,
  });

export const GIC = [
  register('ICC_PMR_EL1', '3 0 4 6 0', 1, 'Interrupt Priority Mask Register', { ...stored, reset: 0xf8n }),
  register('ICC_IAR0_EL1', '3 0 12 8 0', 1, 'Interrupt Acknowledge Register 0', readOnly),
  register('ICC_EOIR0_EL1', '3 0 12 8 1', 1, 'End Of Interrupt Register 0', writeOnly),
  register('ICC_HPPIR0_EL1', '3 0 12 8 2', 1, 'Highest Priority Pending Interrupt Register 0', readOnly),
  register('ICC_BPR0_EL1', '3 0 12 8 3', 1, 'Binary Point Register 0', { ...stored, reset: 2n, writable: 7n }),
  register('ICC_AP0R0_EL1', '3 0 12 8 4', 1, 'Active Priorities Group 0 Register', stored),
  register('ICC_AP1R0_EL1', '3 0 12 9 0', 1, 'Active Priorities Group 1 Register', stored),
  register('ICC_DIR_EL1', '3 0 12 11 1', 1, 'Deactivate Interrupt Register', writeOnly),
  register('ICC_RPR_EL1', '3 0 12 11 3', 1, 'Running Priority Register', { ...readOnly, reset: 0xffn }),
  register('ICC_SGI1R_EL1', '3 0 12 11 5', 1, 'SGI Group 1 Register', sgi),
  register('ICC_ASGI1R_EL1', '3 0 12 11 6', 1, 'Alias SGI Group 1 Register', sgi),
  register('ICC_SGI0R_EL1', '3 0 12 11 7', 1, 'SGI Group 0 Register', sgi),
  register('ICC_IAR1_EL1', '3 0 12 12 0', 1, 'Interrupt Acknowledge Register 1', readOnly),
  register('ICC_EOIR1_EL1', '3 0 12 12 1', 1, 'End Of Interrupt Register 1', writeOnly),
  register('ICC_HPPIR1_EL1', '3 0 12 12 2', 1, 'Highest Priority Pending Interrupt Register 1', readOnly),
  register('ICC_BPR1_EL1', '3 0 12 12 3', 1, 'Binary Point Register 1', { ...stored, reset: 3n, writable: 7n }),
  register('ICC_CTLR_EL1', '3 0 12 12 4', 1, 'Interrupt Controller Control Register', {
    ...stored,
    reset: 0x8400n,
    writable: 3n,
    fields: [
      ['PRIbits', 10, 8, 'priority bits less one'],
      ['EOImode', 1, 1, 'EOI only drops the priority'],
      ['CBPR', 0, 0, 'common binary point'],
    ],
  }),
  register('ICC_SRE_EL1', '3 0 12 12 5', 1, 'System Register Enable (EL1)', {
    reset: 7n,
    writable: 0n,
    fields: SRE_FIELDS,
  }),
  register('ICC_IGRPEN0_EL1', '3 0 12 12 6', 1, 'Interrupt Group 0 Enable', {
    ...stored,
    reset: 1n,
    writable: 1n,
  }),
  register('ICC_IGRPEN1_EL1', '3 0 12 12 7', 1, 'Interrupt Group 1 Enable', { ...stored, writable: 1n }),
  register('ICC_SRE_EL2', '3 4 12 9 5', 2, 'System Register Enable (EL2)', {
    reset: 15n,
    writable: 0n,
    fields: SRE_FIELDS,
  }),
  register('ICC_CTLR_EL3', '3 6 12 12 4', 3, 'Interrupt Controller Control Register (EL3)', {
    reset: 0x8400n,
    writable: 0x7fn,
  }),
  register('ICC_SRE_EL3', '3 6 12 12 5', 3, 'System Register Enable (EL3)', {
    reset: 15n,
    writable: 0n,
    fields: SRE_FIELDS,
  }),
  register('ICC_IGRPEN1_EL3', '3 6 12 12 7', 3, 'Interrupt Group 1 Enable (EL3)', { writable: 3n }),
  register('ICH_AP0R0_EL2', '3 4 12 8 0', 2, 'Virtual active priorities, group 0', { banked: true }),
  register('ICH_AP1R0_EL2', '3 4 12 9 0', 2, 'Virtual active priorities, group 1', { banked: true }),
  register('ICH_HCR_EL2', '3 4 12 11 0', 2, 'Virtual interface control', {
    banked: true,
    fields: [
      ['EOIcount', 31, 27, 'EOIs without a list register'],
      ['TDIR', 14, 14, 'ICC_DIR_EL1 traps'],
      ['TALL1', 12, 12, 'group 1 registers trap'],
      ['TALL0', 11, 11, 'group 0 registers trap'],
      ['TC', 10, 10, 'common registers trap'],
      ['VGrp1DIE', 7, 7, 'maintenance when group 1 is disabled'],
      ['VGrp1EIE', 6, 6, 'maintenance when group 1 is enabled'],
      ['VGrp0DIE', 5, 5, 'maintenance when group 0 is disabled'],
      ['VGrp0EIE', 4, 4, 'maintenance when group 0 is enabled'],
      ['NPIE', 3, 3, 'maintenance when nothing is pending'],
      ['LRENPIE', 2, 2, 'maintenance when an EOI had no list register'],
      ['UIE', 1, 1, 'maintenance on underflow'],
      ['En', 0, 0, 'virtual interface on'],
    ],
  }),
  register('ICH_VTR_EL2', '3 4 12 11 1', 2, 'Virtual interface type', {
    write: undefined,
    reset: ({ features }) => BigInt(0x9008_0000 + Math.max(0, features.listRegisters - 1)),
    fields: [
      ['PRIbits', 31, 29, 'priority bits less one'],
      ['PREbits', 28, 26, 'preemption bits less one'],
      ['ListRegs', 4, 0, 'list registers less one'],
    ],
  }),
  register('ICH_MISR_EL2', '3 4 12 11 2', 2, 'Maintenance interrupt state', { write: undefined, hook: 'listStatus' }),
  register('ICH_EISR_EL2', '3 4 12 11 3', 2, 'List registers with an EOI', { write: undefined, hook: 'listStatus' }),
  register('ICH_ELRSR_EL2', '3 4 12 11 5', 2, 'Empty list registers', { write: undefined, hook: 'listStatus' }),
  register('ICH_VMCR_EL2', '3 4 12 11 7', 2, 'Virtual machine control', {
    banked: true,
    hook: 'virtualControl',
    fields: [
      ['VPMR', 31, 24, 'priority mask'],
      ['VBPR0', 23, 21, 'binary point 0'],
      ['VBPR1', 20, 18, 'binary point 1'],
      ['VEOIM', 9, 9, 'EOI mode'],
      ['VCBPR', 4, 4, 'common binary point'],
      ['VENG1', 1, 1, 'group 1 enabled'],
      ['VENG0', 0, 0, 'group 0 enabled'],
    ],
  }),
  listRegister('ICH_LR0_EL2', 0),
  listRegister('ICH_LR1_EL2', 1),
  listRegister('ICH_LR2_EL2', 2),
  listRegister('ICH_LR3_EL2', 3),
  listRegister('ICH_LR4_EL2', 4),
  listRegister('ICH_LR5_EL2', 5),
  listRegister('ICH_LR6_EL2', 6),
  listRegister('ICH_LR7_EL2', 7),
  listRegister('ICH_LR8_EL2', 8),
  listRegister('ICH_LR9_EL2', 9),
  listRegister('ICH_LR10_EL2', 10),
  listRegister('ICH_LR11_EL2', 11),
  listRegister('ICH_LR12_EL2', 12),
  listRegister('ICH_LR13_EL2', 13),
  listRegister('ICH_LR14_EL2', 14),
  listRegister('ICH_LR15_EL2', 15),
] as const;
