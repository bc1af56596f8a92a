/** Registers of exception entry and return. */
import { register, type SysregField } from '../row';

export const ESR_FIELDS: readonly SysregField[] = [
  ['ISS2', 55, 32, 'instruction specific syndrome 2'],
  ['EC', 31, 26, 'exception class'],
  ['IL', 25, 25, '32-bit instruction'],
  ['ISS', 24, 0, 'instruction specific syndrome'],
];
export const PSTATE_FIELDS: readonly SysregField[] = [
  ['N', 31, 31, 'negative'],
  ['Z', 30, 30, 'zero'],
  ['C', 29, 29, 'carry'],
  ['V', 28, 28, 'overflow'],
  ['DIT', 24, 24, 'data independent timing'],
  ['UAO', 23, 23, 'user access override'],
  ['PAN', 22, 22, 'privileged access never'],
  ['SS', 21, 21, 'software step'],
  ['IL', 20, 20, 'illegal execution state'],
  ['D', 9, 9, 'debug exceptions masked'],
  ['A', 8, 8, 'SError masked'],
  ['I', 7, 7, 'IRQ masked'],
  ['F', 6, 6, 'FIQ masked'],
  ['EL', 3, 2, 'Exception level'],
  ['SP', 0, 0, 'stack pointer: 0 SP_EL0, 1 SP_ELx'],
];
const banked = { banked: true } as const;
const syndrome = { banked: true, fields: ESR_FIELDS } as const;
const saved = { banked: true, fields: PSTATE_FIELDS } as const;

export const EXCEPTIONS = [
  register('SPSR_EL1', '3 0 4 0 0', 1, 'Saved Program Status Register (EL1)', saved),
  register('ELR_EL1', '3 0 4 0 1', 1, 'Exception Link Register (EL1)', banked),
  register('SPSR_EL2', '3 4 4 0 0', 2, 'Saved Program Status Register (EL2)', saved),
  register('ELR_EL2', '3 4 4 0 1', 2, 'Exception Link Register (EL2)', banked),
  register('SPSR_EL3', '3 6 4 0 0', 3, 'Saved Program Status Register (EL3)', { fields: PSTATE_FIELDS }),
  register('ELR_EL3', '3 6 4 0 1', 3, 'Exception Link Register (EL3)'),
  register('AFSR0_EL1', '3 0 5 1 0', 1, 'Auxiliary Fault Status Register 0 (EL1)', { ...banked, traps: 'vm' }),
  register('AFSR1_EL1', '3 0 5 1 1', 1, 'Auxiliary Fault Status Register 1 (EL1)', { ...banked, traps: 'vm' }),
  register('ESR_EL1', '3 0 5 2 0', 1, 'Exception Syndrome Register (EL1)', { ...syndrome, traps: 'vm' }),
  register('FAR_EL1', '3 0 6 0 0', 1, 'Fault Address Register (EL1)', { ...banked, traps: 'vm' }),
  register('VBAR_EL1', '3 0 12 0 0', 1, 'Vector Base Address Register (EL1)', {
    ...banked,
    writable: ~0x7ffn & 0xffff_ffff_ffff_ffffn,
  }),
  register('ISR_EL1', '3 0 12 1 0', 1, 'Interrupt Status Register', {
    write: undefined,
    hook: 'interruptStatus',
    fields: [
      ['A', 8, 8, 'SError pending'],
      ['I', 7, 7, 'IRQ pending'],
      ['F', 6, 6, 'FIQ pending'],
    ],
  }),
  register('AFSR0_EL2', '3 4 5 1 0', 2, 'Auxiliary Fault Status Register 0 (EL2)', banked),
  register('AFSR1_EL2', '3 4 5 1 1', 2, 'Auxiliary Fault Status Register 1 (EL2)', banked),
  register('ESR_EL2', '3 4 5 2 0', 2, 'Exception Syndrome Register (EL2)', syndrome),
  register('FAR_EL2', '3 4 6 0 0', 2, 'Fault Address Register (EL2)', banked),
  register('HPFAR_EL2', '3 4 6 0 4', 2, 'Hypervisor IPA Fault Address Register', {
    ...banked,
    fields: [
      ['NS', 63, 63, 'faulting IPA is in the Non-secure space'],
      ['FIPA', 47, 4, 'faulting IPA, bits 55 to 12'],
    ],
  }),
  register('VBAR_EL2', '3 4 12 0 0', 2, 'Vector Base Address Register (EL2)', {
    ...banked,
    writable: ~0x7ffn & 0xffff_ffff_ffff_ffffn,
  }),
  register('AFSR0_EL3', '3 6 5 1 0', 3, 'Auxiliary Fault Status Register 0 (EL3)'),
  register('AFSR1_EL3', '3 6 5 1 1', 3, 'Auxiliary Fault Status Register 1 (EL3)'),
  register('ESR_EL3', '3 6 5 2 0', 3, 'Exception Syndrome Register (EL3)', { fields: ESR_FIELDS }),
  register('FAR_EL3', '3 6 6 0 0', 3, 'Fault Address Register (EL3)'),
  register('MFAR_EL3', '3 6 6 0 5', 3, 'PA Fault Address Register', {
    fields: [
      ['NS', 63, 63, 'with NSE: the PAS of the access'],
      ['NSE', 62, 62, 'with NS: the PAS of the access'],
      ['FPA', 51, 12, 'faulting PA'],
    ],
  }),
  register('VBAR_EL3', '3 6 12 0 0', 3, 'Vector Base Address Register (EL3)', {
    writable: ~0x7ffn & 0xffff_ffff_ffff_ffffn,
  }),
  register('RVBAR_EL3', '3 6 12 0 1', 3, 'Reset Vector Base Address Register', { write: undefined }),
  register('RMR_EL3', '3 6 12 0 2', 3, 'Reset Management Register', { reset: 1n, writable: 0n }),
] as const;
