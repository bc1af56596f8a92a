/** What another PE does while a REC is in its Realm. */
import type { CallAction, HostAction } from '../../../emulator/host/actions/actions';
import type { Attack } from '../attack';
import { activeRealm, destroyPage, enter, PIN_WORD, UNPROTECTED } from '../fixtures';

/** While `bank`'s first REC is in the Realm on PE 0, PE 1 does this; the Realm goes on when it is done. */
const whileRunning = (other: readonly HostAction[], guest: NonNullable<CallAction['guest']> = []): HostAction[] => [
  { on: 1, do: [{ until: { inRealm: 0 } }, ...other] },
  ...enter('bank', [{ until: { done: 1 } }, ...guest]),
];

const running = (name: string, other: CallAction, defence: string): Attack => ({
  name,
  defence,
  from: 'bank',
  actions: [...whileRunning([other], [{ load: '0x1000', is: PIN_WORD }]), { exit: 'bank.run0', is: 'RMI_EXIT_FIQ' }],
});

/** MOVZ X1, #0x1000; LDR X0, [X1]; B .-4: nothing but memory accesses, with whatever a TLB holds. */
const LOOP = ['0xd282_0001', '0xf940_0020', '0x17ff_ffff'];
/** The same from an Unprotected IPA, in another set of a TLB than the code: MOVZ X1, #0x2000; MOVK X1, #1, LSL #32. */
const SHARED_LOOP = ['0xd284_0001', '0xf2c0_0021', '0xf940_0020', '0x17ff_ffff'];

/** The Realm's own A64 code runs. */
const enterCode = (realm: string): HostAction[] => [
  { write: `${realm}.run0`, struct: 'RmiRecRun', fields: {} },
  { call: 'RMI_REC_ENTER', with: { rec: `${realm}.rec0`, run_ptr: `${realm}.run0` } },
];

/** `bank` loops on PE 0, long enough for its TLB to be full of it; then PE 1 does this. */
const underLoop = (change: CallAction): HostAction[] => [
  {
    on: 1,
    do: [{ until: { inRealm: 0 } }, ...Array(40).fill({ call: 'RMI_FEATURES', with: { index: 0 } }), change],
  },
  ...enterCode('bank'),
];

/** Where the loop meets a page that is gone. */
const leftAtPage = (realm: string): HostAction => ({
  exit: `${realm}.run0`,
  is: 'RMI_EXIT_SYNC',
  fields: { esr: '0x9000_0007', hpfar: '0x10' },
});

export const WHILE_RUNNING: readonly Attack[] = [
  running(
    'a REC is entered on two PEs',
    { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'bank.run1' }, because: 'rec_state' },
    'a REC runs on one PE at a time (RMM 1.0, RMI_REC_ENTER: `rec_state`)',
  ),
  running(
    'a REC is destroyed while it runs',
    { call: 'RMI_REC_DESTROY', with: { rec: 'bank.rec0' }, because: 'rec_state' },
    'a running REC stays (RMM 1.0, RMI_REC_DESTROY: `rec_state`)',
  ),
  running(
    'a Realm is destroyed while it runs',
    { call: 'RMI_REALM_DESTROY', with: { rd: 'bank.rd' }, because: 'realm_live' },
    'a live Realm stays (RMM 1.0, RMI_REALM_DESTROY: `realm_live`)',
  ),
  running(
    'RIPAS is changed with a REC that runs',
    {
      call: 'RMI_RTT_SET_RIPAS',
      with: { rd: 'bank.rd', rec: 'bank.rec0', base: '0x1000', top: '0x2000' },
      because: 'rec_state',
    },
    'a request is served between two entries (RMM 1.0, RMI_RTT_SET_RIPAS: `rec_state`)',
  ),
  running(
    'a PSCI request is completed for a REC that runs',
    {
      call: 'RMI_PSCI_COMPLETE',
      with: { calling_rec: 'bank.rec0', target_rec: 'bank.rec1', status: 'PSCI_SUCCESS' },
      because: 'calling_running',
    },
    'a request is served between two entries (RMM 1.0, RMI_PSCI_COMPLETE)',
  ),
  {
    name: 'a page is destroyed while its Realm runs on another PE',
    defence: 'translations are invalidated on every PE before the granule is given up (RMM 1.0, RTT invalidation)',
    from: 'bank',
    actions: [
      ...whileRunning(
        [destroyPage('bank.rd', '0x1000'), { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'bank.data' } }],
        [{ load: '0x1000', exits: true }],
      ),
      leftAtPage('bank'),
    ],
  },
  {
    name: 'a page is destroyed under a loop of loads, with what the TLB holds',
    defence: 'translations are invalidated on every PE before the granule is given up (RMM 1.0, RTT invalidation)',
    from: 'nothing',
    actions: [
      ...activeRealm('bank', { a64: LOOP }),
      ...underLoop(destroyPage('bank.rd', '0x1000')),
      leftAtPage('bank'),
    ],
  },
  {
    name: 'an Unprotected mapping is removed under a loop of loads, with what the TLB holds',
    defence: 'translations are invalidated on every PE before the command ends (RMM 1.0, RMI_RTT_UNMAP_UNPROTECTED)',
    from: 'nothing',
    actions: [
      ...activeRealm('bank', { a64: SHARED_LOOP }),
      {
        call: 'RMI_RTT_MAP_UNPROTECTED',
        with: { rd: 'bank.rd', ipa: `${UNPROTECTED} + 0x2000`, level: 3, desc: 'first + 0xd8' },
      },
      ...underLoop({
        call: 'RMI_RTT_UNMAP_UNPROTECTED',
        with: { rd: 'bank.rd', ipa: `${UNPROTECTED} + 0x2000`, level: 3 },
      }),
      {
        exit: 'bank.run0',
        is: 'RMI_EXIT_SYNC',
        fields: { esr: '0x91c0_8007', hpfar: '0x100_0020' },
      },
    ],
  },
  {
    name: 'a page goes to the next Realm of the same VMID, with what the TLB holds',
    defence: 'VMID and translations die with the Realm (RMM 1.0, Realm states)',
    from: 'nothing',
    actions: [
      ...activeRealm('bank', { a64: LOOP }),
      ...underLoop(destroyPage('bank.rd', '0x1000')),
      { call: 'RMI_REC_DESTROY', with: { rec: 'bank.rec0' } },
      destroyPage('bank.rd', '0x0'),
      { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: '0x0', level: 3 } },
      { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: '0x0', level: 2 } },
      { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: UNPROTECTED, level: 3 } },
      { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: UNPROTECTED, level: 2 } },
      { call: 'RMI_REALM_DESTROY', with: { rd: 'bank.rd' } },
      // No page at 0x1000: a translation of the old Realm would give one.
      ...activeRealm('next', { vmid: 1, a64: LOOP }),
      destroyPage('next.rd', '0x1000'),
      ...enterCode('next'),
      leftAtPage('next'),
    ],
  },
];
