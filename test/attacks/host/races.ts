/** Another PE changes something between two steps of a command: parameter pages, run pages, granules. */
import type { CallAction, HostAction, Values } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { AUX, destroyPage, newRealm, PIN_WORD, realmParams } from '../fixtures';
import { WHILE_RUNNING } from './while-running';

const ONCE = 'parameters are read once, and what was checked is what is used (RMM 1.0, RMI commands)';
const LOCKED =
  'a command is atomic to the others: a granule is checked and used under its lock (RMM 1.0, command conditions)';

/** `call` on PE 0; once it has passed `after`, `other` on PE 1. */
const during = (call: CallAction, after: string, ...other: HostAction[]): HostAction => ({
  ...call,
  during: { after, do: other },
});

const unknown = (data: string, ipa: string, rd = 'bank.rd'): CallAction => ({
  call: 'RMI_DATA_CREATE_UNKNOWN',
  with: { rd, data, ipa },
});

const race = (name: string, first: CallAction, after: string, second: CallAction, ...then: HostAction[]): Attack => ({
  name,
  defence: LOCKED,
  from: 'bank',
  actions: [during(first, after, second), ...then],
});

const params = (fields: Values): HostAction => ({
  write: 'params2',
  struct: 'RmiRealmParams',
  fields: { ...realmParams('bank', 9), rtt_base: 'spare2', ...fields },
});

const createRealm: CallAction = { call: 'RMI_REALM_CREATE', with: { rd: 'spare', params_ptr: 'params2' } };

const auxFields = (base: string): Values =>
  Object.fromEntries(Array.from({ length: AUX }, (_, slot) => [`aux[${slot}]`, `${base} + ${slot * 4096}`]));

const dataCreate = (rd: string, data: string, src: string): CallAction => ({
  call: 'RMI_DATA_CREATE',
  with: { rd, data, ipa: '0x0', src, flags: 'RMI_MEASURE_CONTENT' },
});

/** A Realm like `new`, with a page of these bytes, for its RIM. */
const reference = (byte: number): HostAction[] => [
  ...newRealm('like', { vmid: 7 }),
  { call: 'RMI_RTT_INIT_RIPAS', with: { rd: 'like.rd', base: '0x0', top: '0x4000' } },
  { write: 'like.source', byte },
  dataCreate('like.rd', 'spare2', 'like.source'),
  { realm: 'like.rd', keepRim: 'like' },
];

export const RACES: AttackGroup = {
  title: 'Hostile Host: another PE in between',
  attacks: [
    {
      name: 'the VMID changes after the parameters were read',
      defence: ONCE,
      from: 'bank',
      actions: [
        { take: 'params2' },
        params({}),
        during(createRealm, 'params', params({ vmid: 1 })),
        { realm: 'spare', vmid: 9 },
      ],
    },
    {
      name: "the starting table becomes another Realm's after the check",
      defence: ONCE,
      from: 'bank',
      actions: [
        { take: 'params2' },
        params({}),
        during(createRealm, 'rtt_state', params({ rtt_base: 'bank.rtt' })),
        { granule: 'bank.rtt', state: 'RTT', owner: 'bank.rd' },
        { granule: 'spare2', state: 'RTT', owner: 'spare' },
      ],
    },
    {
      name: "the auxiliary granules become another REC's after the check",
      defence: ONCE,
      from: 'bank and new',
      actions: [
        { write: 'new.params', struct: 'RmiRecParams', fields: { num_aux: AUX, ...auxFields('aux') } },
        during({ call: 'RMI_REC_CREATE', with: { rd: 'new.rd', rec: 'rec', params_ptr: 'new.params' } }, 'aux_state', {
          write: 'new.params',
          struct: 'RmiRecParams',
          fields: { num_aux: AUX, ...auxFields('bank.aux0') },
        }),
        { granule: 'bank.aux0', state: 'REC_AUX', owner: 'bank.rd' },
        { granule: 'aux', state: 'REC_AUX', owner: 'new.rd' },
      ],
    },
    {
      name: 'the source page changes between copy and measurement',
      defence: 'what is measured is what was copied (RMM 1.0, RMI_DATA_CREATE)',
      from: 'bank and new',
      actions: [
        ...reference(0x11),
        { write: 'new.source', byte: 0x11 },
        during(dataCreate('new.rd', 'spare', 'new.source'), 'copy', { write: 'new.source', byte: 0x22 }),
        { realm: 'new.rd', rimIs: 'like' },
      ],
    },
    {
      name: 'the source page changes before it is copied',
      defence: 'what is measured is what was copied (RMM 1.0, RMI_DATA_CREATE)',
      from: 'bank and new',
      actions: [
        ...reference(0x22),
        { write: 'new.source', byte: 0x11 },
        during(dataCreate('new.rd', 'spare', 'new.source'), 'src_pas', { write: 'new.source', byte: 0x22 }),
        { realm: 'new.rd', rimIs: 'like' },
      ],
    },
    {
      name: 'list registers are forged after the check',
      defence: ONCE,
      from: 'bank',
      actions: [
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        during(
          {
            call: 'RMI_REC_ENTER',
            with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
            guest: [{ see: { ICH_LR0_EL2: 0 } }],
          },
          'rec_gicv3',
          {
            write: 'bank.run0',
            struct: 'RmiRecRun',
            fields: { 'enter.gicv3_lrs[0]': '0x7000_0000_0000_0028' },
          },
        ),
      ],
    },
    {
      name: 'an external abort is asked for after the check',
      defence: ONCE,
      from: 'bank',
      actions: [
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        during(
          {
            call: 'RMI_REC_ENTER',
            with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
            guest: [{ see: { pc: 0x10, ESR_EL1: 0 } }],
          },
          'rec_mmio',
          { write: 'bank.run0', struct: 'RmiRecRun', fields: { 'enter.flags.inject_sea': 'RMI_INJECT_SEA' } },
        ),
      ],
    },
    {
      name: 'the run page is delegated while the REC runs',
      defence: 'the exit goes to Non-secure memory or nowhere (RMM 1.0, RMI_REC_ENTER: `run_pas`)',
      from: 'bank',
      actions: [
        { on: 1, do: [{ until: { inRealm: 0 } }, { call: 'RMI_GRANULE_DELEGATE', with: { addr: 'bank.run0' } }] },
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
          guest: [{ until: { done: 1 } }],
          fails: 'RMI_ERROR_INPUT',
        },
        { granule: 'bank.run0', state: 'DELEGATED', pas: 'REALM' },
        { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'bank.run0' } },
        { read: 'bank.run0', size: 4096, byte: 0 },
      ],
    },
    {
      name: "the run page becomes the Realm's own DATA while the REC runs",
      defence: 'the exit goes to Non-secure memory or nowhere (RMM 1.0, RMI_REC_ENTER: `run_pas`)',
      from: 'bank',
      actions: [
        {
          on: 1,
          do: [
            { until: { inRealm: 0 } },
            { call: 'RMI_GRANULE_DELEGATE', with: { addr: 'bank.run0' } },
            unknown('bank.run0', '0x2000'),
          ],
        },
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
          guest: [{ until: { done: 1 } }, { store: '0x2800', is: '0x77' }],
          fails: 'RMI_ERROR_INPUT',
        },
        { write: 'bank.run1', struct: 'RmiRecRun', fields: {} },
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec0', run_ptr: 'bank.run1' },
          guest: [{ load: '0x2800', is: '0x77' }],
        },
      ],
    },
    ...WHILE_RUNNING,
    race(
      'a granule is made DATA twice at once',
      unknown('spare', '0x2000'),
      'data_state',
      { ...unknown('spare', '0x3000'), because: 'data_state' },
      { rtt: '0x3000', rd: 'bank.rd', hipas: 'UNASSIGNED' },
    ),
    race(
      'a granule is undelegated while it becomes DATA',
      unknown('spare', '0x2000'),
      'data_state',
      { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'spare' }, because: 'gran_state' },
      { granule: 'spare', state: 'DATA', pas: 'REALM', owner: 'bank.rd' },
    ),
    race(
      'two pages are put at one IPA at once',
      unknown('spare', '0x2000'),
      'rtte_state',
      { ...unknown('spare2', '0x2000'), because: 'rtte_state' },
      { rtt: '0x2000', rd: 'bank.rd', addr: 'spare' },
      { granule: 'spare2', state: 'DELEGATED' },
    ),
    race(
      'a table is destroyed while a page is put into it',
      { call: 'RMI_RTT_CREATE', with: { rd: 'bank.rd', rtt: 'spare', ipa: '0x20_0000', level: 3 } },
      'rtte_state',
      { call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'spare' }, because: 'gran_state' },
      { granule: 'spare', state: 'RTT', owner: 'bank.rd' },
    ),
    race(
      'a page is destroyed twice at once',
      destroyPage('bank.rd', '0x1000'),
      'rtte_state',
      { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' }, because: 'rtte_state' },
      { granule: 'bank.data', state: 'DELEGATED' },
    ),
    {
      name: 'a REC passes the check on two PEs at once',
      defence: LOCKED,
      from: 'bank',
      actions: [
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        { write: 'bank.run1', struct: 'RmiRecRun', fields: {} },
        during(
          {
            call: 'RMI_REC_ENTER',
            with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
            guest: [{ until: { done: 1 } }, { load: '0x1000', is: PIN_WORD }],
          },
          'rec_state',
          { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'bank.run1' }, because: 'rec_state' },
        ),
      ],
    },
    {
      name: 'a REC is destroyed between its check and its entry',
      defence: LOCKED,
      from: 'bank',
      actions: [
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        during(
          {
            call: 'RMI_REC_ENTER',
            with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
            guest: [{ until: { done: 1 } }],
          },
          'rec_state',
          { call: 'RMI_REC_DESTROY', with: { rec: 'bank.rec0' }, because: 'rec_state' },
        ),
      ],
    },
    {
      name: 'two Realms take one VMID at once',
      defence: LOCKED,
      from: 'bank',
      actions: [
        { take: 'params2' },
        { take: 'rd2', delegated: true },
        { take: 'table2', delegated: true },
        { take: 'params3' },
        params({}),
        { write: 'params3', struct: 'RmiRealmParams', fields: { ...realmParams('bank', 9), rtt_base: 'table2' } },
        during(createRealm, 'vmid_valid', {
          call: 'RMI_REALM_CREATE',
          with: { rd: 'rd2', params_ptr: 'params3' },
          because: 'vmid_valid',
        }),
      ],
    },
  ],
};
