/** A hostile Realm reaches for what is not its memory. */
import type { GuestAction } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { enter, PIN_WORD, UNPROTECTED } from '../fixtures';

const guest = (
  name: string,
  defence: string,
  actions: readonly GuestAction[],
  from = 'bank',
  realm = 'bank',
): Attack => ({
  name,
  defence,
  from,
  actions: enter(realm, actions),
});

const IPA = 'a Realm has IPAs, not PAs: its RTTs decide (RMM 1.0, Realm address space)';

export const REALM_MEMORY: AttackGroup = {
  title: 'Hostile Realm: memory',
  attacks: [
    guest(
      'code runs from Unprotected memory',
      'a fetch from an Unprotected IPA is an external abort (RMM 1.0, instruction aborts)',
      [
        { fetch: UNPROTECTED, fails: 'SEA' },
        { fetch: `${UNPROTECTED} + 0x1000`, fails: 'SEA' },
        { load: '0x1000', is: PIN_WORD },
      ],
    ),
    guest('EMPTY memory is used', 'an access to RIPAS EMPTY is an external abort (RMM 1.0, RIPAS)', [
      { load: '0x4000', fails: 'SEA' },
      { store: '0x4000', is: 1, fails: 'SEA' },
      { fetch: '0x4000', fails: 'SEA' },
      { load: '0x4000_0000', fails: 'SEA' },
      { load: '0xffff_f000', fails: 'SEA' },
    ]),
    guest('an address beyond the IPA space is used', 'it is an Address Size Fault of stage 1 (RMM 1.0, IPA width)', [
      { load: '0x2_0000_0000', fails: 'ADDRESS_SIZE' },
      { store: '0x10_0000_0000', is: 1, fails: 'ADDRESS_SIZE' },
      { fetch: '0x2_0000_0000', fails: 'ADDRESS_SIZE' },
    ]),
    guest("the Host's memory is reached by its PA", IPA, [
      { load: '0x8000_0000', fails: 'SEA' },
      { load: '0xff00_0000', fails: 'SEA' },
    ]),
    guest(
      "another Realm's page is reached at its IPA",
      IPA,
      [{ load: '0x1000', not: PIN_WORD }],
      'bank and eve',
      'eve',
    ),
    {
      name: 'an Unprotected page is believed to be private',
      defence:
        "what is Unprotected is the Host's to read and change: a Realm must not trust it (RMM 1.0, Protected and Unprotected IPAs)",
      from: 'bank',
      actions: [
        ...enter('bank', [{ store: UNPROTECTED, is: '0x7777' }]),
        { read: 'bank.shared', is: '0x7777' },
        { write: 'bank.shared', words: { 0: '0x8888' } },
        ...enter('bank', [{ load: UNPROTECTED, is: '0x8888' }]),
      ],
    },
    {
      name: 'a page given up is still read',
      defence: 'what the Realm makes EMPTY is gone for it at once (RMM 1.0, RIPAS change)',
      from: 'bank',
      actions: [
        ...enter('bank', [
          {
            call: 'RSI_IPA_STATE_SET',
            with: { base: '0x1000', top: '0x2000', ripas: 'RSI_EMPTY', flags: 0 },
            exits: true,
          },
        ]),
        { call: 'RMI_RTT_SET_RIPAS', with: { rd: 'bank.rd', rec: 'bank.rec0', base: '0x1000', top: '0x2000' } },
        ...enter('bank', [{ load: '0x1000', fails: 'SEA' }]),
      ],
    },
  ],
};
