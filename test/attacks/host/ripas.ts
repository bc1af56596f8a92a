/** RIPAS is the Realm's to change: the Host may only carry out what is asked, once, in order. */
import type { HostAction, Value } from '../../../emulator/host/actions/actions';
import type { AttackGroup } from '../attack';
import { enter, PIN_WORD } from '../fixtures';

const set = (
  base: string,
  top: string,
  because?: string,
  rec = 'bank.rec0',
  rd = 'bank.rd',
  index?: Value,
): HostAction => ({
  call: 'RMI_RTT_SET_RIPAS',
  with: { rd, rec, base, top },
  ...(because === undefined ? {} : { because }),
  ...(index === undefined ? {} : { index }),
});

const ASKED = 'RIPAS changes only as far as the REC asks, from where it stands (RMM 1.0, RMI_RTT_SET_RIPAS)';

/** The Realm asks for a range to become EMPTY, or RAM. */
const ask = (base: string, top: string, ripas: string, flags: Value = 0): HostAction[] =>
  enter('bank', [{ call: 'RSI_IPA_STATE_SET', with: { base, top, ripas, flags }, exits: true }]);

export const RIPAS: AttackGroup = {
  title: 'Hostile Host: RIPAS',
  attacks: [
    {
      name: 'RIPAS is changed though nobody asked',
      defence: ASKED,
      from: 'bank',
      actions: [
        set('0x1000', '0x2000', 'base_bound'),
        set('0x0', '0x1000', 'top_bound'),
        { rtt: '0x1000', rd: 'bank.rd', ripas: 'RAM' },
        ...enter('bank', [{ load: '0x1000', is: PIN_WORD }]),
      ],
    },
    {
      name: 'RIPAS is changed from another base than asked',
      defence: ASKED,
      from: 'bank',
      actions: [
        ...ask('0x2000', '0x4000', 'RSI_EMPTY'),
        set('0x1000', '0x3000', 'base_bound'),
        set('0x3000', '0x4000', 'base_bound'),
        { rtt: '0x1000', rd: 'bank.rd', ripas: 'RAM' },
        { rtt: '0x3000', rd: 'bank.rd', ripas: 'RAM' },
      ],
    },
    {
      name: 'RIPAS is changed further than asked',
      defence: ASKED,
      from: 'bank',
      actions: [
        ...ask('0x2000', '0x3000', 'RSI_EMPTY'),
        set('0x2000', '0x4000', 'top_bound'),
        { rtt: '0x2000', rd: 'bank.rd', ripas: 'RAM' },
      ],
    },
    {
      name: 'RIPAS is rewound with a stale base',
      defence: ASKED,
      from: 'bank',
      actions: [
        ...ask('0x2000', '0x4000', 'RSI_EMPTY'),
        set('0x2000', '0x3000'),
        set('0x2000', '0x3000', 'base_bound'),
        set('0x2000', '0x4000', 'base_bound'),
        set('0x3000', '0x4000'),
        set('0x3000', '0x4000', 'base_bound'),
        set('0x4000', '0x5000', 'top_bound'),
        { rtt: '0x4000', rd: 'bank.rd', ripas: 'EMPTY' },
      ],
    },
    {
      name: 'a request is used after it was answered',
      defence: 'the next entry ends the request (RMM 1.0, RIPAS change)',
      from: 'bank',
      actions: [
        ...ask('0x2000', '0x4000', 'RSI_EMPTY'),
        ...enter('bank', [{ see: { x0: 'RSI_SUCCESS', x1: '0x2000' } }]),
        set('0x2000', '0x3000', 'base_bound'),
        { rtt: '0x2000', rd: 'bank.rd', ripas: 'RAM' },
      ],
    },
    {
      name: "a request is served with another REC's",
      defence: ASKED,
      from: 'bank',
      actions: [...ask('0x2000', '0x3000', 'RSI_EMPTY'), set('0x2000', '0x3000', 'base_bound', 'bank.rec1')],
    },
    {
      name: "a Realm's request changes another Realm",
      defence: "the REC must be the Realm's own (RMM 1.0, RMI_RTT_SET_RIPAS: `rec_owner`)",
      from: 'bank and eve',
      actions: [
        ...ask('0x2000', '0x3000', 'RSI_EMPTY'),
        set('0x2000', '0x3000', 'rec_owner', 'bank.rec0', 'eve.rd'),
        { rtt: '0x2000', rd: 'eve.rd', ripas: 'RAM' },
      ],
    },
    {
      name: 'RAM is added to an active Realm',
      defence:
        'the initial RIPAS is measured: it is set while the Realm is NEW (RMM 1.0, RMI_RTT_INIT_RIPAS: `realm_state`)',
      from: 'bank',
      actions: [
        {
          call: 'RMI_RTT_INIT_RIPAS',
          with: { rd: 'bank.rd', base: '0x4000', top: '0x5000' },
          because: 'realm_state',
        },
      ],
    },
    {
      name: 'a destroyed page becomes RAM again behind the back of the Realm',
      defence: 'DESTROYED changes only when the Realm allows it (RMM 1.0, RIPAS change, RSI_CHANGE_DESTROYED)',
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        ...ask('0x1000', '0x2000', 'RSI_RAM', 'RSI_NO_CHANGE_DESTROYED'),
        { ...set('0x1000', '0x2000'), may: true } as HostAction,
        { rtt: '0x1000', rd: 'bank.rd', hipas: 'UNASSIGNED', ripas: 'DESTROYED' },
        ...enter('bank', [{ load: '0x1000', exits: true }]),
      ],
    },
    {
      name: 'an EMPTY page is given content',
      defence: 'the Realm decides what is RAM: an access to EMPTY is an abort of its own (RMM 1.0, RIPAS)',
      from: 'bank',
      actions: [
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'spare', ipa: '0x4000' } },
        { rtt: '0x4000', rd: 'bank.rd', hipas: 'ASSIGNED', ripas: 'EMPTY' },
        ...enter('bank', [
          { load: '0x4000', fails: 'SEA' },
          { store: '0x4000', is: 1, fails: 'SEA' },
          { fetch: '0x4000', fails: 'SEA' },
        ]),
      ],
    },
    {
      name: 'a page made EMPTY and RAM again still has its content',
      defence: "RIPAS and content are apart; what the Realm finds is its own, never the Host's (RMM 1.0, RIPAS change)",
      from: 'bank',
      actions: [
        ...ask('0x1000', '0x2000', 'RSI_EMPTY'),
        set('0x1000', '0x2000'),
        { read: 'bank.data', fails: 'GPF' },
        ...enter('bank', [{ load: '0x1000', fails: 'SEA' }]),
        ...ask('0x1000', '0x2000', 'RSI_RAM'),
        set('0x1000', '0x2000'),
        ...enter('bank', [{ load: '0x1000', is: PIN_WORD }]),
      ],
    },
    {
      name: 'a change is reported that was not made',
      defence: 'the RMM tells the Realm how far the change came (RMM 1.0, RSI_IPA_STATE_SET: `new_base`)',
      from: 'bank',
      actions: [
        ...ask('0x2000', '0x4000', 'RSI_EMPTY'),
        set('0x2000', '0x3000'),
        ...enter('bank', [
          { see: { x0: 'RSI_SUCCESS', x1: '0x3000', x2: 'RSI_ACCEPT' } },
          { call: 'RSI_IPA_STATE_GET', with: { base: '0x3000', top: '0x4000' }, returns: { ripas: 'RSI_RAM' } },
        ]),
      ],
    },
    {
      name: 'a change to EMPTY is rejected',
      defence: 'the Host may refuse memory, never keep it from being given up (RMM 1.0, RIPAS change)',
      from: 'bank',
      actions: [
        ...ask('0x2000', '0x3000', 'RSI_EMPTY'),
        ...enter('bank', [{ see: { x0: 'RSI_SUCCESS', x1: '0x2000', x2: 'RSI_ACCEPT' } }], {
          'enter.flags.ripas_response': 'RMI_REJECT',
        }),
      ],
    },
  ],
};
