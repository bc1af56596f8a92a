/** Answering PSCI requests of a Realm falsely. */
import type { HostAction, Value } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { enter, PIN_WORD } from '../fixtures';

const complete = (calling: string, target: string, status: Value, because?: string): HostAction => ({
  call: 'RMI_PSCI_COMPLETE',
  with: { calling_rec: calling, target_rec: target, status },
  ...(because === undefined ? {} : { because }),
});

const cpuOn = (target: Value, index = 0): HostAction[] =>
  enter(
    'bank',
    [
      {
        call: 'PSCI_CPU_ON',
        with: { target_cpu: target, entry_point_address: '0x40', context_id: '0x77' },
        exits: true,
      },
    ],
    {},
    index,
  );

const affinity = (target: Value): HostAction[] =>
  enter('bank', [
    { call: 'PSCI_AFFINITY_INFO', with: { target_affinity: target, lowest_affinity_level: 0 }, exits: true },
  ]);

const one = (name: string, defence: string, actions: readonly HostAction[], from = 'bank'): Attack => ({
  name,
  defence,
  from,
  actions,
});

const REQUEST = 'an answer needs a request (RMM 1.0, RMI_PSCI_COMPLETE: `pending`)';
const TARGET = 'the target is the REC that the Realm has named (RMM 1.0, RMI_PSCI_COMPLETE: `target`)';
const STATUS = 'the Host may agree or deny, nothing else (RMM 1.0, RMI_PSCI_COMPLETE: `status`)';

export const PSCI: AttackGroup = {
  title: 'Hostile Host: PSCI',
  attacks: [
    one('a request is completed that nobody made', REQUEST, [
      complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS', 'pending'),
      { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec1', run_ptr: 'bank.run1' }, because: 'rec_runnable' },
    ]),
    one('a request is completed twice', REQUEST, [
      ...cpuOn(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS'),
      complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS', 'pending'),
    ]),
    one('caller and target are one', 'they must differ (RMM 1.0, RMI_PSCI_COMPLETE: `alias`)', [
      ...cpuOn(1),
      complete('bank.rec0', 'bank.rec0', 'PSCI_SUCCESS', 'alias'),
    ]),
    one('caller and target change places', REQUEST, [
      ...cpuOn(1),
      complete('bank.rec1', 'bank.rec0', 'PSCI_SUCCESS', 'pending'),
    ]),
    one(
      "another Realm's REC is started",
      'caller and target are of one Realm (RMM 1.0, RMI_PSCI_COMPLETE: `owner`)',
      [...cpuOn(1), complete('bank.rec0', 'eve.rec0', 'PSCI_SUCCESS', 'owner')],
      'bank and eve',
    ),
    one('a target that is no REC', 'the target is a REC (RMM 1.0, RMI_PSCI_COMPLETE: `target_state`)', [
      ...cpuOn(1),
      complete('bank.rec0', 'bank.aux1', 'PSCI_SUCCESS', 'target_state'),
      complete('bank.rec0', 'bank.data', 'PSCI_SUCCESS', 'target_state'),
      complete('bank.rec0', 'normal', 'PSCI_SUCCESS', 'target_state'),
    ]),
    one('a third REC is started', TARGET, [
      ...affinity(1),
      ...(['spare', 'spare2'] as const).map((granule) =>
        complete('bank.rec0', granule, 'PSCI_SUCCESS', 'target_state'),
      ),
      complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS'),
      { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec1', run_ptr: 'bank.run1' }, because: 'rec_runnable' },
    ]),
    one('a status of choice for PSCI_CPU_ON', STATUS, [
      ...cpuOn(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_INTERNAL_FAILURE', 'status'),
      complete('bank.rec0', 'bank.rec1', 1, 'status'),
      complete('bank.rec0', 'bank.rec1', '0xffff_fffd', 'status'),
    ]),
    one('PSCI_AFFINITY_INFO is denied', STATUS, [
      ...affinity(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_DENIED', 'status'),
    ]),
    one('PSCI_AFFINITY_INFO tells a lie', 'the RMM knows which RECs are on (RMM 1.0, RMI_PSCI_COMPLETE)', [
      ...affinity(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS'),
      ...enter('bank', [{ see: { x0: 'OFF' } }]),
    ]),
    one(
      'a REC is started elsewhere, or with other arguments',
      "entry point and context are the Realm's (RMM 1.0, RMI_PSCI_COMPLETE)",
      [
        ...cpuOn(1),
        complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS'),
        ...enter(
          'bank',
          [{ see: { pc: '0x40', x0: '0x77', x1: 0, x30: 0 } }, { load: '0x1000', is: PIN_WORD }],
          Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`enter.gprs[${n}]`, '0x6666'])),
          1,
        ),
      ],
    ),
    one('a start is denied and the REC entered all the same', 'a denied REC stays off (RMM 1.0, RMI_PSCI_COMPLETE)', [
      ...cpuOn(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_DENIED'),
      { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec1', run_ptr: 'bank.run1' }, because: 'rec_runnable' },
      ...enter('bank', [{ see: { x0: 'PSCI_DENIED' } }]),
    ]),
    one('a REC that runs is denied its start', 'a REC that is on cannot be denied (RMM 1.0, RMI_PSCI_COMPLETE)', [
      ...cpuOn(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_SUCCESS'),
      ...enter('bank', []),
      ...cpuOn(1),
      complete('bank.rec0', 'bank.rec1', 'PSCI_DENIED', 'denied_on'),
      ...enter('bank', [{ see: { x0: 'PSCI_ALREADY_ON' } }]),
    ]),
  ],
};
