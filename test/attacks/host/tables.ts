/** Surgery on RTTs: creating, folding and destroying where it must not be. */
import type { HostAction, Value, Values } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { enter, UNPROTECTED } from '../fixtures';

const one = (
  name: string,
  call: string,
  operands: Values,
  because: string,
  defence: string,
  index?: Value,
  from = 'bank',
): Attack => ({
  name,
  defence,
  from,
  actions: [{ call, with: operands, because, ...(index === undefined ? {} : { index }) }],
});

const create = (name: string, ipa: string, level: Value, because: string, defence: string, index?: Value): Attack =>
  one(name, 'RMI_RTT_CREATE', { rd: 'bank.rd', rtt: 'spare', ipa, level }, because, defence, index);

const LEVEL = 'tables exist below the starting level, down to 3 (RMM 1.0, RMI_RTT_CREATE: `level_bound`)';
const ALIGN = 'an IPA names an entry: it is aligned to what the entry covers (RMM 1.0, RMI_RTT_CREATE: `ipa_align`)';

const read = (ipa: string, level: Value, returns: Values): HostAction => ({
  call: 'RMI_RTT_READ_ENTRY',
  with: { rd: 'bank.rd', ipa, level },
  returns,
});

export const TABLES: AttackGroup = {
  title: 'Hostile Host: RTT surgery',
  attacks: [
    create(
      'a table over a table',
      '0x0',
      3,
      'rtte_state',
      'an entry that is TABLE takes no other (RMM 1.0, RMI_RTT_CREATE)',
      2,
    ),
    create('a table at the starting level', '0x0', 1, 'level_bound', LEVEL),
    create('a table above the starting level', '0x0', 0, 'level_bound', LEVEL),
    create('a table at level -1', '0x0', -1, 'level_bound', LEVEL),
    create('a table below level 3', '0x0', 4, 'level_bound', LEVEL),
    create('a table at an absurd level', '0x0', '0x8000_0000_0000_0003', 'level_bound', LEVEL),
    create('a table for an IPA off its boundary', '0x20_1000', 3, 'ipa_align', ALIGN),
    create(
      'a table beyond the IPA space',
      '0x2_0000_0000',
      2,
      'ipa_bound',
      'IPAs end at the width of the Realm (RMM 1.0, IPA width)',
    ),
    create(
      'a table whose parent is missing',
      '0x4000_0000',
      3,
      'rtt_walk',
      'the walk must reach the parent (RMM 1.0, RMI_RTT_CREATE)',
      1,
    ),
    one(
      'a table is destroyed that is not there',
      'RMI_RTT_DESTROY',
      { rd: 'bank.rd', ipa: '0x20_0000', level: 3 },
      'rtte_state',
      'the parent entry must be TABLE (RMM 1.0, RMI_RTT_DESTROY: `rtte_state`)',
      2,
    ),
    one(
      'a table of differing entries is folded',
      'RMI_RTT_FOLD',
      { rd: 'bank.rd', ipa: '0x0', level: 3 },
      'rtt_homo',
      'only homogeneous tables are folded (RMM 1.0, RTT folding: `rtt_homo`)',
      3,
    ),
    one(
      'a table of tables is folded',
      'RMI_RTT_FOLD',
      { rd: 'bank.rd', ipa: '0x0', level: 2 },
      'rtt_homo',
      'only homogeneous tables are folded (RMM 1.0, RTT folding: `rtt_homo`)',
      2,
    ),
    one(
      'an entry is folded that is no table',
      'RMI_RTT_FOLD',
      { rd: 'bank.rd', ipa: '0x20_0000', level: 3 },
      'rtte_state',
      'the parent entry must be TABLE (RMM 1.0, RMI_RTT_FOLD: `rtte_state`)',
      2,
    ),
    {
      name: 'pages are folded whose addresses are not contiguous',
      defence: 'a block is one range of addresses (RMM 1.0, RTT folding: `rtt_homo`)',
      from: 'bank',
      actions: [
        {
          call: 'RMI_RTT_FOLD',
          with: { rd: 'bank.rd', ipa: UNPROTECTED, level: 3 },
          because: 'rtt_homo',
          index: 3,
        },
      ],
    },
    {
      name: 'RAM is lost and comes back as if it were fresh',
      defence: 'the RIPAS of a destroyed table is DESTROYED, and stays so in a new one (RMM 1.0, RTT destruction)',
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x0' } },
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: '0x0', level: 3 }, returns: { rtt: 'bank.level3' } },
        { rtt: '0x1000', rd: 'bank.rd', ends: 2, hipas: 'UNASSIGNED', ripas: 'DESTROYED' },
        { call: 'RMI_RTT_CREATE', with: { rd: 'bank.rd', rtt: 'spare', ipa: '0x0', level: 3 } },
        read('0x1000', 3, { state: 'RMI_UNASSIGNED', ripas: 'RMI_DESTROYED' }),
        read('0x8000', 3, { state: 'RMI_UNASSIGNED', ripas: 'RMI_DESTROYED' }),
        ...enter('bank', [{ fetch: '0x0', exits: true }]),
        ...enter('bank', [{ load: '0x8000', exits: true }]),
      ],
    },
    {
      name: 'a table of Unprotected mappings is destroyed under the Realm',
      defence: 'nothing of the mapping survives: the access leaves to the Host (RMM 1.0, RTT destruction)',
      from: 'bank',
      actions: [
        ...enter('bank', [{ load: UNPROTECTED }]),
        { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: UNPROTECTED, level: 3 } },
        ...enter('bank', [{ load: UNPROTECTED, exits: true }]),
      ],
    },
    {
      name: 'an Unprotected mapping is taken away under the Realm',
      defence: 'nothing of the mapping survives: the access leaves to the Host (RMM 1.0, RMI_RTT_UNMAP_UNPROTECTED)',
      from: 'bank',
      actions: [
        ...enter('bank', [{ load: UNPROTECTED }]),
        { call: 'RMI_RTT_UNMAP_UNPROTECTED', with: { rd: 'bank.rd', ipa: UNPROTECTED, level: 3 } },
        ...enter('bank', [{ load: UNPROTECTED, exits: true }]),
      ],
    },
    one(
      'an entry is read beyond the IPA space',
      'RMI_RTT_READ_ENTRY',
      { rd: 'bank.rd', ipa: '0x2_0000_0000', level: 3 },
      'ipa_bound',
      'IPAs end at the width of the Realm (RMM 1.0, IPA width)',
    ),
    one(
      'an entry is read above the starting level',
      'RMI_RTT_READ_ENTRY',
      { rd: 'bank.rd', ipa: '0x0', level: 0 },
      'level_bound',
      LEVEL,
    ),
  ],
};
