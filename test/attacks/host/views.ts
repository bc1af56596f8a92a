/** Looking at a Realm's memory through every alias there is: other PASs, the bus, what is left afterwards. */
import type { HostAction } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { activeRealm, destroyRealm, enter, newRealm, PIN_WORD } from '../fixtures';

const GPC = 'every access is checked against the granule protection table (Arm ARM, granule protection checks)';
const MPE = 'each PAS and MECID has its own key: the bus carries ciphertext (Arm ARM, FEAT_MEC)';
const WIPED = 'what the RMM gives up is wiped (RMM 1.0, granule wiping)';

/** A granule through the Non-secure, Secure and Root PAS, and on the bus. */
const views = (name: string, granule: string, from = 'bank'): Attack => ({
  name: `${name} is read and written through every other PAS`,
  defence: GPC,
  from,
  actions: [
    { read: granule, size: 4096, fails: 'GPF' },
    { write: granule, byte: 0x5a, fails: 'GPF' },
    { read: granule, size: 4096, as: 'secure', fails: 'GPF' },
    { write: granule, byte: 0x5a, as: 'secure', fails: 'GPF' },
    { read: granule, size: 4096, as: 'root', fails: 'GPF' },
    { write: granule, byte: 0x5a, as: 'root', fails: 'GPF' },
    { read: granule, size: 4096, as: 'bus' },
  ],
});

/** Registers of the Realm full of its secret. */
const SECRET_REGISTERS = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`x${n}`, PIN_WORD]));

/** After the end of `bank` its granules come back one by one; none of them tells anything. */
const ALL = ['rd', 'rtt', 'level2', 'level3', 'level2ns', 'level3ns', 'code', 'data', 'rec0', 'aux0', 'rec1'];

const reads = (granule: string): HostAction[] => [
  { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: granule } },
  { read: granule, size: 4096, byte: 0 },
];

export const VIEWS: AttackGroup = {
  title: 'Hostile Host: reading through every alias',
  attacks: [
    views('a DATA granule', 'bank.data'),
    views('an RD', 'bank.rd'),
    views('an RTT', 'bank.level3'),
    views('a REC', 'bank.rec0'),
    views('a REC auxiliary granule', 'bank.aux0'),
    views('a delegated granule', 'spare'),
    views("the RMM's memory", 'rmm'),
    {
      name: "EL3's memory and the granule protection table are read and written",
      defence: GPC,
      from: 'bank',
      actions: [
        { read: 'root', size: 4096, fails: 'GPF' },
        { write: 'root', byte: 0x5a, fails: 'GPF' },
        { read: 'gpt', size: 4096, fails: 'GPF' },
        { write: 'gpt', byte: 0xff, fails: 'GPF' },
        { read: 'gpt', as: 'secure', fails: 'GPF' },
        { write: 'gpt', as: 'realm', byte: 0xff, fails: 'GPF' },
      ],
    },
    {
      name: 'Secure memory is read and written',
      defence: GPC,
      from: 'bank',
      actions: [
        { read: '0x600_0000', fails: 'GPF' },
        { write: '0x600_0000', byte: 1, fails: 'GPF' },
      ],
    },
    {
      name: "a DATA granule is read in the Realm PAS under the RMM's own context",
      defence: MPE,
      from: 'bank',
      actions: [{ read: 'bank.data', size: 4096, as: 'realm', not: 'pin' }],
    },
    {
      name: 'the bus is tapped while the Realm has its secret in memory',
      defence: MPE,
      from: 'bank',
      actions: [
        { read: 'bank.data', size: 4096, as: 'bus', not: 'pin', tape: 'first' },
        ...enter('bank', [{ load: '0x1000', is: PIN_WORD }]),
        { read: 'bank.data', size: 4096, as: 'bus', not: 'pin' },
      ],
    },
    {
      name: 'the bus is tapped while the Realm has its secret in registers',
      defence: MPE,
      from: 'bank',
      actions: [
        ...enter('bank', [{ set: SECRET_REGISTERS }]),
        { read: 'bank.rec0', size: 4096, as: 'bus', not: 'pin' },
        { read: 'bank.aux0', size: '0x1_0000', as: 'bus', not: 'pin' },
        { exit: 'bank.run0', is: 'RMI_EXIT_FIQ' },
      ],
    },
    {
      name: 'ciphertext of one granule is copied over another on the bus',
      defence: 'the address is part of the cipher: a moved block is noise (Arm ARM, FEAT_MEC)',
      from: 'bank',
      actions: [
        { read: 'bank.data', size: 4096, as: 'bus', tape: 'cipher' },
        { write: 'bank.code', tape: 'cipher', as: 'bus' },
        ...enter('bank', [
          { load: '0x0', not: PIN_WORD },
          { load: '0x1000', is: PIN_WORD },
        ]),
      ],
    },
    {
      name: 'a page of the Realm is overwritten on the bus with a value of choice',
      defence: 'what is written to the bus is decrypted with a key the attacker has not (Arm ARM, FEAT_MEC)',
      from: 'bank',
      actions: [
        { write: 'bank.data', byte: 0x5a, as: 'bus' },
        ...enter('bank', [{ load: '0x1000', not: '0x5a5a_5a5a_5a5a_5a5a' }]),
      ],
    },
    {
      name: 'an RTT entry is written on the bus',
      defence:
        'tables lie in memory of the Realm PAS under a key of their own: the walk finds noise (Arm ARM, FEAT_MEC)',
      from: 'bank',
      actions: [
        { read: 'bank.level3', size: 4096, as: 'bus', tape: 'tables' },
        { write: 'bank.level3', words: { 0: 'normal + 0x7ff' }, as: 'bus' },
        { write: 'bank.level3', tape: 'tables', as: 'bus' },
        ...enter('bank', [{ load: '0x1000', is: PIN_WORD }]),
      ],
    },
    {
      name: 'a destroyed page is undelegated and read',
      defence: WIPED,
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { granule: 'bank.data', state: 'DELEGATED' },
        { read: 'bank.data', fails: 'GPF' },
        ...reads('bank.data'),
        { read: 'bank.data', size: 4096, as: 'bus', not: 'pin' },
      ],
    },
    {
      name: 'every granule of a destroyed Realm is undelegated and read',
      defence: WIPED,
      from: 'bank',
      actions: [
        ...enter('bank', [{ set: SECRET_REGISTERS }]),
        ...destroyRealm('bank', 2),
        ...ALL.flatMap((granule) => reads(`bank.${granule}`)),
      ],
    },
    {
      name: 'what the Host leaves in a page is found by the Realm that gets it',
      defence: 'delegation wipes too: a Realm begins with nothing of the Host (RMM 1.0, granule wiping)',
      from: 'bank',
      actions: [
        { write: 'normal', byte: 0x5a },
        { call: 'RMI_GRANULE_DELEGATE', with: { addr: 'normal' } },
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'normal', ipa: '0x2000' } },
        ...enter('bank', [{ load: '0x2000', not: '0x5a5a_5a5a_5a5a_5a5a' }]),
      ],
    },
  ],
};

const KEY = "a destroyed Realm's key is not used again (RMM 1.0, MEC policy)";

/** Gives the names of `bank`'s granules to `name`'s, so that they are used in the same role again. */
const sameGranules = (name: string, list: readonly string[]): HostAction[] =>
  list.map((granule) => ({ name: `${name}.${granule}`, is: `bank.${granule}` }));

/** `newRealm` on granules that are delegated already. */
const again = (name: string, vmid: number): HostAction[] => [
  ...sameGranules(name, ['rd', 'rtt', 'params', 'source', 'shared', 'level2', 'level3', 'level2ns', 'level3ns']),
  ...newRealm(name, { vmid }).filter((action) => !('take' in action)),
];

export const REUSE: AttackGroup = {
  title: 'Hostile Host: reuse of what is gone',
  attacks: [
    {
      name: "a destroyed Realm's page is given to another Realm",
      defence: WIPED,
      from: 'bank and eve',
      actions: [
        ...destroyRealm('bank', 2),
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'eve.rd', data: 'bank.data', ipa: '0x2000' } },
        ...enter('eve', [{ load: '0x2000', not: PIN_WORD }]),
      ],
    },
    {
      name: 'a page goes from one live Realm to another',
      defence: WIPED,
      from: 'bank and eve',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'eve.rd', data: 'bank.data', ipa: '0x2000' } },
        ...enter('eve', [{ load: '0x2000', not: PIN_WORD }]),
      ],
    },
    {
      name: 'taped ciphertext is played back under the next Realm',
      defence: KEY,
      from: 'bank',
      actions: [
        { read: 'bank.data', size: 4096, as: 'bus', tape: 'cipher' },
        ...destroyRealm('bank', 2),
        ...activeRealm('mallory', { vmid: 1 }),
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'mallory.rd', data: 'bank.data', ipa: '0x2000' } },
        { write: 'bank.data', tape: 'cipher', as: 'bus' },
        ...enter('mallory', [{ load: '0x2000', not: PIN_WORD }]),
      ],
    },
    {
      name: 'taped ciphertext is played back after the page went to the Host',
      defence: KEY,
      from: 'bank',
      actions: [
        { read: 'bank.data', size: 4096, as: 'bus', tape: 'cipher' },
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'bank.data' } },
        { write: 'bank.data', tape: 'cipher', as: 'bus' },
        { read: 'bank.data', size: 4096, not: 'pin' },
      ],
    },
    {
      name: 'a VMID that is in use is given to a second Realm',
      defence: 'VMIDs of live Realms differ (RMM 1.0, RMI_REALM_CREATE: `vmid_valid`)',
      from: 'bank',
      actions: [
        { take: 'table', delegated: true },
        {
          write: 'bank.params',
          struct: 'RmiRealmParams',
          fields: {
            s2sz: 33,
            num_bps: 1,
            num_wps: 1,
            vmid: 1,
            rtt_base: 'table',
            rtt_level_start: 1,
            rtt_num_start: 1,
          },
        },
        { call: 'RMI_REALM_CREATE', with: { rd: 'spare', params_ptr: 'bank.params' }, because: 'vmid_valid' },
      ],
    },
    {
      name: "a destroyed Realm's VMID and granules serve the next one",
      defence: 'destruction invalidates, and wipes: neither translation nor content survives (RMM 1.0, Realm states)',
      from: 'bank',
      actions: [
        ...destroyRealm('bank', 2),
        ...again('mallory', 1),
        { realm: 'mallory.rd', state: 'REALM_NEW', vmid: 1 },
        { rtt: '0x1000', rd: 'mallory.rd', hipas: 'UNASSIGNED', ripas: 'EMPTY' },
      ],
    },
    {
      name: 'a REC of a destroyed Realm is entered',
      defence: 'a REC is gone with its granule state (RMM 1.0, RMI_REC_ENTER: `rec_gran_state`)',
      from: 'bank',
      actions: [
        ...destroyRealm('bank', 2),
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
          because: 'rec_gran_state',
        },
      ],
    },
    {
      name: 'a destroyed Realm is asked for things',
      defence: 'an RD is gone with its granule state (RMM 1.0, `rd_state`)',
      from: 'bank',
      actions: [
        ...destroyRealm('bank', 2),
        { call: 'RMI_REALM_ACTIVATE', with: { rd: 'bank.rd' }, because: 'rd_state' },
        { call: 'RMI_REALM_DESTROY', with: { rd: 'bank.rd' }, because: 'rd_state' },
        { call: 'RMI_REC_AUX_COUNT', with: { rd: 'bank.rd' }, because: 'rd_state' },
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' }, because: 'rd_state' },
        { call: 'RMI_RTT_READ_ENTRY', with: { rd: 'bank.rd', ipa: '0x1000', level: 3 }, because: 'rd_state' },
        {
          call: 'RMI_DATA_CREATE_UNKNOWN',
          with: { rd: 'bank.rd', data: 'spare', ipa: '0x1000' },
          because: 'rd_state',
        },
      ],
    },
    {
      name: 'a Realm that turned itself off is entered',
      defence: 'SYSTEM_OFF is final (RMM 1.0, RMI_REC_ENTER: `system_off`)',
      from: 'bank',
      actions: [
        ...enter('bank', [{ call: 'PSCI_SYSTEM_OFF', exits: true }]),
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
          because: 'system_off',
          index: 1,
        },
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec1', run_ptr: 'bank.run1' },
          because: 'system_off',
          index: 1,
        },
      ],
    },
  ],
};
