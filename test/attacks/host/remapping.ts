/** Putting other memory, or none, where a Realm believes its own to be. */
import type { HostAction } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { enter, PIN_WORD, UNPROTECTED } from '../fixtures';

const ENTRY = 'a Protected entry that is ASSIGNED takes no other page (RMM 1.0, RTT entries: `rtte_state`)';
const SPLIT =
  'Protected and Unprotected IPAs have different commands (RMM 1.0, Protected and Unprotected IPAs: `ipa_bound`)';

const map = (ipa: string, desc: string, because?: string, level = 3): HostAction => ({
  call: 'RMI_RTT_MAP_UNPROTECTED',
  with: { rd: 'bank.rd', ipa, level, desc },
  ...(because === undefined ? {} : { because }),
});

const attribute = (name: string, desc: string): Attack => ({
  name: `an Unprotected mapping with ${name}`,
  defence:
    'the Host chooses address, MemAttr and S2AP of an Unprotected entry, nothing else (RMM 1.0, RMI_RTT_MAP_UNPROTECTED: `attr_valid`)',
  from: 'bank',
  actions: [map(`${UNPROTECTED} + 0x1000`, desc, 'attr_valid')],
});

/** A page of Realm memory behind an Unprotected IPA. */
const behind = (name: string, granule: string, from = 'bank'): Attack => ({
  name: `${name} is mapped at an Unprotected IPA`,
  defence:
    'an Unprotected access is made in the Non-secure PAS, and the granule protection check refuses it (Arm ARM, granule protection checks)',
  from,
  actions: [
    map(`${UNPROTECTED} + 0x1000`, `${granule} + 0xd8`),
    ...enter('bank', [
      { load: `${UNPROTECTED} + 0x1000`, fails: 'GPF' },
      { store: `${UNPROTECTED} + 0x1000`, is: 1, fails: 'GPF' },
      { fetch: `${UNPROTECTED} + 0x1000`, fails: 'SEA' },
    ]),
  ],
});

export const REMAPPING: AttackGroup = {
  title: 'Hostile Host: remapping',
  attacks: [
    {
      name: 'another page over an assigned one, by RMI_DATA_CREATE_UNKNOWN',
      defence: ENTRY,
      from: 'bank',
      actions: [
        {
          call: 'RMI_DATA_CREATE_UNKNOWN',
          with: { rd: 'bank.rd', data: 'spare', ipa: '0x1000' },
          because: 'rtte_state',
          index: 3,
        },
        { rtt: '0x1000', rd: 'bank.rd', hipas: 'ASSIGNED', ripas: 'RAM', addr: 'bank.data' },
        ...enter('bank', [{ load: '0x1000', is: PIN_WORD }]),
      ],
    },
    {
      name: 'other content over an assigned page, by RMI_DATA_CREATE',
      defence: ENTRY,
      from: 'new',
      actions: [
        {
          call: 'RMI_DATA_CREATE',
          with: { rd: 'new.rd', data: 'spare', ipa: '0x0', src: 'new.source', flags: 1 },
        },
        { realm: 'new.rd', keepRim: 'rim' },
        {
          call: 'RMI_DATA_CREATE',
          with: { rd: 'new.rd', data: 'spare2', ipa: '0x0', src: 'new.source', flags: 1 },
          because: 'rtte_state',
          index: 3,
        },
        { realm: 'new.rd', rimIs: 'rim' },
      ],
    },
    {
      name: 'content for an active Realm',
      defence: 'content is given and measured while the Realm is NEW (RMM 1.0, measurement: `realm_state`)',
      from: 'bank',
      actions: [
        { realm: 'bank.rd', keepRim: 'rim' },
        {
          call: 'RMI_DATA_CREATE',
          with: { rd: 'bank.rd', data: 'spare', ipa: '0x2000', src: 'bank.source', flags: 0 },
          because: 'realm_state',
        },
        { realm: 'bank.rd', rimIs: 'rim' },
      ],
    },
    {
      name: 'DATA at an Unprotected IPA',
      defence: SPLIT,
      from: 'bank',
      actions: [
        {
          call: 'RMI_DATA_CREATE_UNKNOWN',
          with: { rd: 'bank.rd', data: 'spare', ipa: `${UNPROTECTED} + 0x1000` },
          because: 'ipa_bound',
        },
      ],
    },
    {
      name: 'a Host page at a Protected IPA',
      defence: SPLIT,
      from: 'bank',
      actions: [map('0x2000', 'normal + 0xd8', 'ipa_bound'), map('0x1000', 'normal + 0xd8', 'ipa_bound')],
    },
    {
      name: 'a Protected page is unmapped as if it were Unprotected',
      defence: SPLIT,
      from: 'bank',
      actions: [
        {
          call: 'RMI_RTT_UNMAP_UNPROTECTED',
          with: { rd: 'bank.rd', ipa: '0x1000', level: 3 },
          because: 'ipa_bound',
        },
        ...enter('bank', [{ load: '0x1000', is: PIN_WORD }]),
      ],
    },
    {
      name: 'an Unprotected IPA is mapped twice',
      defence: 'only UNASSIGNED_NS entries are mapped (RMM 1.0, RMI_RTT_MAP_UNPROTECTED: `rtte_state`)',
      from: 'bank',
      actions: [{ ...map(UNPROTECTED, 'normal + 0xd8', 'rtte_state'), index: 3 } as HostAction],
    },
    {
      name: 'a block over a table',
      defence: 'only UNASSIGNED_NS entries are mapped (RMM 1.0, RMI_RTT_MAP_UNPROTECTED: `rtte_state`)',
      from: 'bank',
      actions: [map(UNPROTECTED, '0x9000_00d8', 'rtte_state', 2)],
    },
    {
      name: 'a block at an address that is no block',
      defence: 'output addresses are aligned to their level (RMM 1.0, RMI_RTT_MAP_UNPROTECTED: `addr_align`)',
      from: 'bank',
      actions: [map(`${UNPROTECTED} + 0x20_0000`, '0x9000_10d8', 'addr_align', 2)],
    },
    attribute('its valid and type bits', 'normal + 0xdb'),
    attribute('the Access flag', 'normal + 0x4d8'),
    attribute('a shareability of its own', 'normal + 0x3d8'),
    attribute('the contiguous bit', 'normal + 0x10_0000_0000_00d8'),
    attribute('the NS bit', 'normal + 0x80_0000_0000_00d8'),
    attribute('execute-never bits', 'normal + 0x60_0000_0000_00d8'),
    attribute('the reserved memory attribute', 'normal + 0xd0'),
    behind("the Realm's own DATA", 'bank.data'),
    behind("another Realm's DATA", 'eve.data', 'bank and eve'),
    behind('the RD', 'bank.rd'),
    behind('the REC that runs', 'bank.rec0'),
    behind("the Realm's own RTT", 'bank.level3'),
    {
      name: "the RMM's and EL3's memory is mapped at Unprotected IPAs",
      defence:
        'an Unprotected access is made in the Non-secure PAS, and the granule protection check refuses it (Arm ARM, granule protection checks)',
      from: 'bank',
      actions: [
        map(`${UNPROTECTED} + 0x1000`, 'rmm + 0xd8'),
        map(`${UNPROTECTED} + 0x2000`, 'root + 0xd8'),
        map(`${UNPROTECTED} + 0x3000`, '0x600_00d8'),
        ...enter('bank', [
          { load: `${UNPROTECTED} + 0x1000`, fails: 'GPF' },
          { load: `${UNPROTECTED} + 0x2000`, fails: 'GPF' },
          { load: `${UNPROTECTED} + 0x3000`, fails: 'GPF' },
        ]),
      ],
    },
    {
      name: "a page is taken away and replaced by the Host's own",
      defence:
        'a destroyed page leaves RIPAS DESTROYED: the Realm leaves to the Host instead of reading (RMM 1.0, RIPAS)',
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' }, returns: { data: 'bank.data' } },
        { rtt: '0x1000', rd: 'bank.rd', hipas: 'UNASSIGNED', ripas: 'DESTROYED' },
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'spare', ipa: '0x1000' } },
        { rtt: '0x1000', rd: 'bank.rd', hipas: 'ASSIGNED', ripas: 'DESTROYED' },
        ...enter('bank', [{ load: '0x1000', exits: true }]),
        { exit: 'bank.run0', is: 'RMI_EXIT_SYNC', fields: { esr: '0x9000_0007', hpfar: '0x10' } },
      ],
    },
    {
      name: 'two pages of a Realm change places',
      defence: 'a destroyed page leaves RIPAS DESTROYED, and is wiped (RMM 1.0, RIPAS and granule wiping)',
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x0' } },
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'bank.data', ipa: '0x0' } },
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'bank.code', ipa: '0x1000' } },
        ...enter('bank', [{ fetch: '0x0', exits: true }]),
        ...enter('bank', [{ load: '0x1000', exits: true }]),
      ],
    },
    {
      name: 'a page where there is no table',
      defence: 'the walk must reach level 3 (RMM 1.0, RMI_DATA_CREATE_UNKNOWN: `rtt_walk`)',
      from: 'bank',
      actions: [
        {
          call: 'RMI_DATA_CREATE_UNKNOWN',
          with: { rd: 'bank.rd', data: 'spare', ipa: '0x20_0000' },
          because: 'rtt_walk',
          index: 2,
        },
        {
          call: 'RMI_DATA_CREATE_UNKNOWN',
          with: { rd: 'bank.rd', data: 'spare', ipa: '0x4000_0000' },
          because: 'rtt_walk',
          index: 1,
        },
      ],
    },
    {
      name: 'an Unprotected mapping is made while an access to it is emulated',
      defence: 'emulation completes the access of the last exit, and only that one (RMM 1.0, emulated MMIO)',
      from: 'bank',
      actions: [
        ...enter('bank', [{ load: `${UNPROTECTED} + 0x1000`, exits: true }]),
        map(`${UNPROTECTED} + 0x1000`, 'normal + 0xd8'),
        { write: 'normal', words: { 0: 0x77 } },
        ...enter('bank', [{ see: { x1: 0 } }, { load: `${UNPROTECTED} + 0x1000`, is: 0x77 }]),
      ],
    },
  ],
};
