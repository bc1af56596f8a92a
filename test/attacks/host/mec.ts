/** MECIDs under RMM 1.1: the Host names them, and may not give two Realms one key. */
import type { HostAction, Value } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { activeRealm, destroyRealm, enter, newRealm, PIN_WORD, realmParams } from '../fixtures';

const one = (name: string, defence: string, actions: readonly HostAction[]): Attack => ({
  name,
  defence,
  from: 'mec',
  actions,
});

const setShared = (mecid: Value, because?: string): HostAction => ({
  call: 'RMI_MEC_SET_SHARED',
  with: { mecid },
  ...(because === undefined ? {} : { because }),
});
const setPrivate = (mecid: Value, because?: string): HostAction => ({
  call: 'RMI_MEC_SET_PRIVATE',
  with: { mecid },
  ...(because === undefined ? {} : { because }),
});

const create = (mecid: Value, because: string): HostAction[] => [
  { take: 'table', delegated: true },
  {
    write: 'bank.params',
    struct: 'RmiRealmParams',
    fields: { ...realmParams('bank', 9), rtt_base: 'table', mecid },
  },
  { call: 'RMI_REALM_CREATE', with: { rd: 'spare', params_ptr: 'bank.params' }, because },
];

const tape: HostAction = { read: 'bank.data', size: 4096, as: 'bus', tape: 'cipher', not: 'pin' };

/** Realm `next` gets the page of `bank`, and the bus plays what was taped. */
const playBack = (mecid: Value): HostAction[] => [
  ...activeRealm('next', { vmid: 4, params: { mecid } }),
  { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'next.rd', data: 'bank.data', ipa: '0x2000' } },
  { write: 'bank.data', tape: 'cipher', as: 'bus' },
  ...enter('next', [{ load: '0x2000', not: PIN_WORD }]),
];

const KEY = 'a key is regenerated whenever its MECID changes hands (RMM 1.1, MEC)';
const STATE = 'a MECID has one state, and each change begins from the right one (RMM 1.1, `state`)';
const BOUND = 'MECIDs end at RmiFeatureRegister1.MAX_MECID (RMM 1.1, `mecid_bound`)';

/** A Realm that keeps the secret under the Shared MECID 0. */
const SHARER: readonly HostAction[] = [
  ...activeRealm('sharer', { vmid: 5, params: { mecid: 0 } }),
  ...enter('sharer', [{ store: '0x1000', is: PIN_WORD }]),
  { read: 'sharer.data', size: 4096, as: 'bus', tape: 'shared', not: 'pin' },
];

export const MEC: AttackGroup = {
  title: 'Hostile Host: MECIDs (RMM 1.1)',
  attacks: [
    one(
      'two Realms get one private MECID',
      'a private MECID has one Realm (RMM 1.1, `mec_state`)',
      create(1, 'mec_state'),
    ),
    one('a Realm gets a MECID that does not exist', BOUND, [
      ...create('0xffff', 'mecid_bound'),
      {
        write: 'bank.params',
        struct: 'RmiRealmParams',
        fields: { ...realmParams('bank', 9), rtt_base: 'table', mecid: '0xffff_ffff_ffff_ffff' },
      },
      { call: 'RMI_REALM_CREATE', with: { rd: 'spare', params_ptr: 'bank.params' }, because: 'mecid_bound' },
    ]),
    one("the RMM's own MECID is asked for", BOUND, [
      setShared('0xffff', 'mecid_bound'),
      setPrivate('0xffff', 'mecid_bound'),
      setShared('0xffff_ffff_ffff_ffff', 'mecid_bound'),
      setPrivate('0xffff_ffff_ffff_ffff', 'mecid_bound'),
    ]),
    one("a Realm's private MECID becomes Shared", STATE, [
      setShared(1, 'state'),
      { realm: 'bank.rd', state: 'REALM_ACTIVE' },
    ]),
    one("a Realm's private MECID becomes private", STATE, [setPrivate(1, 'state')]),
    one('a second MECID becomes Shared', 'there is one Shared MECID (RMM 1.1, `one_shared`)', [
      setShared(2, 'one_shared'),
    ]),
    one('the Shared MECID becomes Shared', STATE, [setShared(0, 'state')]),
    one('the Shared MECID becomes private under its Realms', 'its members come first (RMM 1.1, `members`)', [
      ...SHARER,
      setPrivate(0, 'members'),
      ...enter('sharer', [{ load: '0x1000', is: PIN_WORD }]),
    ]),
    one('a MECID is private twice', STATE, [setPrivate(0), setPrivate(0, 'state')]),
    one('taped ciphertext is played back under the MECID of a destroyed Realm', KEY, [
      tape,
      ...destroyRealm('bank', 2),
      ...playBack(1),
    ]),
    one('taped ciphertext is played back under another MECID', 'each MECID has its own key (Arm ARM, FEAT_MEC)', [
      tape,
      ...destroyRealm('bank', 2),
      ...playBack(2),
    ]),
    one('a stale Shared MECID is made private for the next Realm', KEY, [
      ...SHARER,
      ...destroyRealm('sharer'),
      setPrivate(0),
      ...activeRealm('next', { vmid: 4, params: { mecid: 0 } }),
      { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'next.rd', data: 'sharer.data', ipa: '0x2000' } },
      { write: 'sharer.data', tape: 'shared', as: 'bus' },
      ...enter('next', [{ load: '0x2000', not: PIN_WORD }]),
    ]),
    one('a stale private MECID is made Shared', KEY, [
      tape,
      ...destroyRealm('bank', 2),
      setPrivate(0),
      setShared(1),
      ...playBack(1),
    ]),
    one(
      'a member of the Shared MECID is given the ciphertext of another, at another address',
      'the address is part of the cipher (Arm ARM, FEAT_MEC)',
      [
        ...SHARER,
        ...activeRealm('next', { vmid: 4, params: { mecid: 0 } }),
        { write: 'next.data', tape: 'shared', as: 'bus' },
        ...enter('next', [{ load: '0x1000', not: PIN_WORD }]),
      ],
    ),
    one(
      'a Realm changes its MECID with the parameters after the check',
      'parameters are read once (RMM 1.1, RMI commands)',
      [
        { take: 'params2' },
        {
          write: 'params2',
          struct: 'RmiRealmParams',
          fields: { ...realmParams('bank', 9), rtt_base: 'spare2', mecid: 2 },
        },
        {
          call: 'RMI_REALM_CREATE',
          with: { rd: 'spare', params_ptr: 'params2' },
          during: {
            after: 'mec_state',
            do: [
              {
                write: 'params2',
                struct: 'RmiRealmParams',
                fields: { ...realmParams('bank', 9), rtt_base: 'spare2', mecid: 1 },
              },
            ],
          },
        },
        ...newRealm('again', { vmid: 10, params: { mecid: 3 } }),
      ],
    ),
  ],
};
