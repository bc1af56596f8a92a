/** Taking granules back, giving away what is not the Host's, tearing down what lives. */
import type { HostAction } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';

const undelegate = (name: string, granule: string, state: string): Attack => ({
  name: `${name} is undelegated`,
  defence: 'only DELEGATED granules go back (RMM 1.0, RMI_GRANULE_UNDELEGATE: `gran_state`)',
  from: 'bank',
  actions: [
    { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: granule }, because: 'gran_state' },
    { granule, state, pas: 'REALM' },
    { read: granule, fails: 'GPF' },
  ],
});

const delegate = (name: string, addr: string, because: string): Attack => ({
  name: `${name} is delegated`,
  defence: 'only Non-secure memory of the platform can be delegated (RMM 1.0, RMI_GRANULE_DELEGATE)',
  from: 'bank',
  actions: [{ call: 'RMI_GRANULE_DELEGATE', with: { addr }, because }],
});

const live = (name: string, action: HostAction, defence: string, from = 'bank'): Attack => ({
  name,
  defence,
  from,
  actions: [action],
});

const LIVE_RTT = 'a table with live entries stays (RMM 1.0, RTT destruction: `rtt_live`)';

export const OWNERSHIP: AttackGroup = {
  title: 'Hostile Host: taking and giving',
  attacks: [
    undelegate('an RD', 'bank.rd', 'RD'),
    undelegate('a starting RTT', 'bank.rtt', 'RTT'),
    undelegate('an RTT', 'bank.level3', 'RTT'),
    undelegate('a DATA granule', 'bank.data', 'DATA'),
    undelegate('a REC', 'bank.rec0', 'REC'),
    undelegate('a REC auxiliary granule', 'bank.aux0 + 0xf000', 'REC_AUX'),
    {
      name: 'a granule is undelegated twice',
      defence: 'only DELEGATED granules go back (RMM 1.0, RMI_GRANULE_UNDELEGATE: `gran_state`)',
      from: 'bank',
      actions: [
        { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'spare' } },
        { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'spare' }, because: 'gran_state' },
      ],
    },
    delegate('a granule in use', 'bank.data', 'gran_state'),
    delegate('a delegated granule', 'spare', 'gran_state'),
    delegate("the RMM's memory", 'rmm', 'gran_bound'),
    delegate("EL3's memory", 'root', 'gran_bound'),
    delegate('Secure memory', '0x600_0000', 'gran_bound'),
    delegate('a device', '0x1c09_0000', 'gran_bound'),
    delegate('a hole', '0x10_0000_0000', 'gran_bound'),
    delegate('an address off its boundary', 'normal + 1', 'gran_align'),
    live(
      'a Realm is destroyed under its RECs',
      { call: 'RMI_REALM_DESTROY', with: { rd: 'bank.rd' }, because: 'realm_live' },
      'a live Realm stays (RMM 1.0, RMI_REALM_DESTROY: `realm_live`)',
    ),
    live(
      'a Realm without RECs is destroyed under its tables',
      { call: 'RMI_REALM_DESTROY', with: { rd: 'new.rd' }, because: 'realm_live' },
      'a live Realm stays (RMM 1.0, RMI_REALM_DESTROY: `realm_live`)',
      'new',
    ),
    live(
      'a level 3 table is destroyed under its pages',
      {
        call: 'RMI_RTT_DESTROY',
        with: { rd: 'bank.rd', ipa: '0x0', level: 3 },
        because: 'rtt_live',
        index: 3,
        returns: { top: '0x0' },
      },
      LIVE_RTT,
    ),
    live(
      'a level 2 table is destroyed under its tables',
      { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: '0x0', level: 2 }, because: 'rtt_live', index: 2 },
      LIVE_RTT,
    ),
    live(
      'the starting table is destroyed',
      { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: '0x0', level: 1 }, because: 'level_bound' },
      'starting RTTs live as long as the Realm (RMM 1.0, RMI_RTT_DESTROY: `level_bound`)',
    ),
    live(
      'a REC is destroyed that is none',
      { call: 'RMI_REC_DESTROY', with: { rec: 'bank.aux0' }, because: 'rec_gran_state' },
      'each use begins from the right granule state (RMM 1.0, granule states)',
    ),
    live(
      'what is no RD is destroyed as a Realm',
      { call: 'RMI_REALM_DESTROY', with: { rd: 'bank.rec0' }, because: 'rd_state' },
      'each use begins from the right granule state (RMM 1.0, granule states)',
    ),
    live(
      'a Realm is activated twice',
      { call: 'RMI_REALM_ACTIVATE', with: { rd: 'bank.rd' }, because: 'realm_state' },
      'a Realm is NEW once (RMM 1.0, Realm states: `realm_state`)',
    ),
    {
      name: 'a REC for a Realm that is active',
      defence: 'RECs are created while the Realm is NEW (RMM 1.0, RMI_REC_CREATE: `realm_state`)',
      from: 'bank',
      actions: [
        { take: 'late', delegated: true },
        { take: 'lateAux', pages: 16, delegated: true },
        {
          write: 'bank.params',
          struct: 'RmiRecParams',
          fields: {
            mpidr: 2,
            num_aux: 16,
            ...Object.fromEntries(
              Array.from({ length: 16 }, (_, slot) => [`aux[${slot}]`, `lateAux + ${slot * 4096}`]),
            ),
          },
        },
        {
          call: 'RMI_REC_CREATE',
          with: { rd: 'bank.rd', rec: 'late', params_ptr: 'bank.params' },
          because: 'realm_state',
        },
      ],
    },
    {
      name: 'a page is destroyed twice',
      defence: 'only ASSIGNED entries are destroyed (RMM 1.0, RMI_DATA_DESTROY: `rtte_state`)',
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' }, because: 'rtte_state', index: 3 },
      ],
    },
    {
      name: "a Realm's page is destroyed through another Realm",
      defence: "a Realm's commands reach its own RTTs alone (RMM 1.0, RTTs)",
      from: 'bank and eve',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'eve.rd', ipa: '0x1000' }, returns: { data: 'eve.data' } },
        { granule: 'bank.data', state: 'DATA', owner: 'bank.rd' },
        { rtt: '0x1000', rd: 'bank.rd', hipas: 'ASSIGNED' },
      ],
    },
  ],
};
