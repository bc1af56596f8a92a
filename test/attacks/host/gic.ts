/** Virtual interrupt state that the Host may not give at REC entry. */
import type { Attack, AttackGroup } from '../attack';
import { enter } from '../fixtures';

const GIC = 'the RMM judges ICH_HCR_EL2 and every list register before entry (RMM 1.0, virtual GIC state: `rec_gicv3`)';

const forged = (name: string, fields: Readonly<Record<string, string | number>>): Attack => ({
  name,
  defence: GIC,
  from: 'bank',
  actions: [
    { write: 'bank.run0', struct: 'RmiRecRun', fields },
    { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'bank.run0' }, because: 'rec_gicv3' },
    { read: 'bank.run0 + 0x800', size: 2048, byte: 0 },
  ],
});

const PENDING = '0x5000_0000_0000_0000';

export const FORGED_GIC: AttackGroup = {
  title: 'Hostile Host: forged interrupt state',
  attacks: [
    forged('the enable bit in gicv3_hcr', { 'enter.gicv3_hcr': 1 }),
    forged('a reserved bit in gicv3_hcr', { 'enter.gicv3_hcr': '0x8000_0000_0000_0000' }),
    forged('traps of the virtual interface in gicv3_hcr', { 'enter.gicv3_hcr': 0x400 }),
    forged('EOIcount in gicv3_hcr', { 'enter.gicv3_hcr': '0x800_0000' }),
    forged('a list register tied to a physical interrupt', {
      'enter.gicv3_lrs[0]': `${PENDING} + 0x2000_0000_0000_0028`,
    }),
    forged('a physical INTID in a list register', { 'enter.gicv3_lrs[0]': `${PENDING} + 0x30_0000_0028` }),
    forged('the same vINTID in two list registers', {
      'enter.gicv3_lrs[0]': `${PENDING} + 40`,
      'enter.gicv3_lrs[3]': `${PENDING} + 40`,
    }),
    forged('the same vINTID pending and active', {
      'enter.gicv3_lrs[1]': `${PENDING} + 27`,
      'enter.gicv3_lrs[2]': '0x9000_0000_0000_001b',
    }),
    forged('a special vINTID', { 'enter.gicv3_lrs[0]': `${PENDING} + 1023` }),
    forged('a vINTID between SPIs and LPIs', { 'enter.gicv3_lrs[0]': `${PENDING} + 8191` }),
    forged('a vINTID beyond LPIs', { 'enter.gicv3_lrs[0]': `${PENDING} + 0x1_0000` }),
    forged('a priority of more bits than there are', { 'enter.gicv3_lrs[0]': '0x5001_0000_0000_0028' }),
    {
      name: 'list registers that do not exist',
      defence: 'the RMM loads only the list registers there are (RMM 1.0, virtual GIC state)',
      from: 'bank',
      actions: enter('bank', [{ see: { ICH_LR0_EL2: 0, ICH_LR3_EL2: 0 } }], {
        'enter.gicv3_lrs[4]': `${PENDING} + 1023`,
        'enter.gicv3_lrs[15]': `${PENDING} + 0x2000_0000_0000_0028`,
      }),
    },
  ],
};
