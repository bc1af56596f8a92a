/** Entering a REC when, where or with what it must not be entered. */
import type { GuestAction, HostAction, Values } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { enter, PIN_WORD, UNPROTECTED } from '../fixtures';

const refuse = (because: string, fields: Values = {}, rec = 'bank.rec0'): HostAction[] => [
  { write: 'bank.run0', struct: 'RmiRecRun', fields },
  { call: 'RMI_REC_ENTER', with: { rec, run_ptr: 'bank.run0' }, because },
];

const one = (name: string, defence: string, actions: readonly HostAction[], from = 'bank'): Attack => ({
  name,
  defence,
  from,
  actions,
});

const EMULATION = 'emulation answers an emulatable abort, nothing else (RMM 1.0, RMI_REC_ENTER: `rec_mmio`)';
const INJECTION = 'an external abort answers an abort at an Unprotected IPA (RMM 1.0, RMI_REC_ENTER: `rec_sea`)';
const REGISTERS = 'entry.gprs reach the Realm only where the last exit asked for them (RMM 1.0, REC exit)';

/** entry.gprs full of the Host's values. */
const FORGED = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`enter.gprs[${n}]`, '0x6666_6666_6666_6666']));

/** Registers that the Realm has, and finds again. */
const OWN = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`x${n}`, 0x100 + n]));
const set: GuestAction = { set: OWN };
const see: GuestAction = { see: OWN };

export const ENTRY: AttackGroup = {
  title: 'Hostile Host: REC entry',
  attacks: [
    one(
      'a Realm is entered before it is active',
      'an initial measurement is complete before anything runs (RMM 1.0, RMI_REC_ENTER: `realm_new`)',
      [
        {
          write: 'new.params',
          struct: 'RmiRecParams',
          fields: {
            'flags.runnable': 'RMI_RUNNABLE',
            num_aux: 16,
            ...Object.fromEntries(Array.from({ length: 16 }, (_, slot) => [`aux[${slot}]`, `aux + ${slot * 4096}`])),
          },
        },
        { call: 'RMI_REC_CREATE', with: { rd: 'new.rd', rec: 'rec', params_ptr: 'new.params' } },
        { write: 'normal', struct: 'RmiRecRun', fields: {} },
        { call: 'RMI_REC_ENTER', with: { rec: 'rec', run_ptr: 'normal' }, because: 'realm_new', index: 0 },
      ],
      'new',
    ),
    one(
      'a REC is entered that the Realm has not turned on',
      'a Realm starts its own RECs (RMM 1.0, REC states: `rec_runnable`)',
      refuse('rec_runnable', {}, 'bank.rec1'),
    ),
    one(
      'a REC is entered that turned itself off',
      'a Realm starts its own RECs (RMM 1.0, REC states: `rec_runnable`)',
      [...enter('bank', [{ call: 'PSCI_CPU_OFF', exits: true }]), ...refuse('rec_runnable')],
    ),
    one(
      'a REC is entered in the middle of a PSCI request',
      'the request is completed first (RMM 1.0, RMI_REC_ENTER: `rec_psci`)',
      [
        ...enter('bank', [
          {
            call: 'PSCI_CPU_ON',
            with: { target_cpu: 1, entry_point_address: '0x0', context_id: 0 },
            exits: true,
          },
        ]),
        ...refuse('rec_psci'),
      ],
    ),
    one('an access is emulated that never was', EMULATION, refuse('rec_mmio', { 'enter.flags.emul_mmio': 1 })),
    one('a Protected access is emulated', EMULATION, [
      ...enter('bank', [{ load: '0x2000', exits: true }]),
      ...refuse('rec_mmio', { 'enter.flags.emul_mmio': 1, ...FORGED }),
      { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'spare', ipa: '0x2000' } },
      ...enter('bank', [{ load: '0x2000', is: 0 }]),
    ]),
    one('an Unprotected instruction fetch is emulated', EMULATION, [
      ...enter('bank', [{ fetch: `${UNPROTECTED} + 0x1000`, fails: 'SEA' }]),
      ...refuse('rec_mmio', { 'enter.flags.emul_mmio': 1 }),
    ]),
    one('an access is emulated twice', EMULATION, [
      ...enter('bank', [{ load: `${UNPROTECTED} + 0x1000`, exits: true }]),
      ...enter('bank', [{ see: { x0: 0x42 } }], { 'enter.flags.emul_mmio': 1, 'enter.gprs[0]': 0x42 }),
      ...refuse('rec_mmio', { 'enter.flags.emul_mmio': 1, 'enter.gprs[0]': 0x43 }),
    ]),
    one('an external abort out of nothing', INJECTION, refuse('rec_sea', { 'enter.flags.inject_sea': 1 })),
    one('an external abort for a Protected access', INJECTION, [
      ...enter('bank', [{ load: '0x2000', exits: true }]),
      ...refuse('rec_sea', { 'enter.flags.inject_sea': 1 }),
    ]),
    one('an external abort a second time', INJECTION, [
      ...enter('bank', [{ load: `${UNPROTECTED} + 0x1000`, exits: true }]),
      ...enter('bank', [], { 'enter.flags.inject_sea': 1 }),
      ...refuse('rec_sea', { 'enter.flags.inject_sea': 1 }),
    ]),
    one('registers are forged after an interrupt', REGISTERS, [
      ...enter('bank', [set, { takes: 'irq', exits: true }]),
      ...enter('bank', [see], FORGED),
    ]),
    one('registers are forged after a RIPAS change', REGISTERS, [
      ...enter('bank', [
        { set: { x19: 0x13 } },
        {
          call: 'RSI_IPA_STATE_SET',
          with: { base: '0x2000', top: '0x3000', ripas: 'RSI_EMPTY', flags: 0 },
          exits: true,
        },
      ]),
      ...enter('bank', [{ see: { x0: 0, x1: '0x2000', x2: 0, x3: 0, x19: 0x13, x30: 0 } }], FORGED),
    ]),
    one('more than the register of an emulated read is forged', REGISTERS, [
      ...enter('bank', [set, { load: `${UNPROTECTED} + 0x1000`, size: 4, exits: true }]),
      ...enter('bank', [{ see: { ...OWN, x0: '0x6666_6666' } }], { 'enter.flags.emul_mmio': 1, ...FORGED }),
    ]),
    one('an emulated write changes a register', REGISTERS, [
      ...enter('bank', [set, { store: `${UNPROTECTED} + 0x1000`, is: 0x100, size: 4, exits: true }]),
      ...enter('bank', [see], { 'enter.flags.emul_mmio': 1, ...FORGED }),
    ]),
    one(
      'a host call answers into registers of the Realm',
      'the answer goes to the structure in memory (RMM 1.0, RSI_HOST_CALL)',
      [
        ...enter('bank', [set, { call: 'RSI_HOST_CALL', with: { addr: '0x1100' }, exits: true }]),
        ...enter(
          'bank',
          [
            { see: { x0: 'RSI_SUCCESS', x2: 0x102, x19: 0x113, x30: 0x11e } },
            { load: '0x1108', is: '0x6666_6666_6666_6666' },
            { load: '0x1000', is: PIN_WORD },
            { load: '0x1200', is: 0 },
          ],
          FORGED,
        ),
      ],
    ),
    one(
      'the page of a host call is taken away before the answer',
      'the answer goes to RAM of the Realm or waits (RMM 1.0, RSI_HOST_CALL)',
      [
        ...enter('bank', [{ call: 'RSI_HOST_CALL', with: { addr: '0x1100' }, exits: true }]),
        { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' } },
        { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd: 'bank.rd', data: 'spare', ipa: '0x1000' } },
        { write: 'bank.run0', struct: 'RmiRecRun', fields: FORGED },
        { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'bank.run0' } },
        { exit: 'bank.run0', is: 'RMI_EXIT_SYNC', fields: { esr: '0x9000_0007', hpfar: '0x10' } },
      ],
    ),
    one(
      'the run page lies outside memory',
      'the run page is memory of the platform (RMM 1.0, RMI_REC_ENTER: `run_bound`)',
      [
        { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: '0x10_0000_0000' }, because: 'run_bound' },
        { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: '0x1c09_0000' }, because: 'run_bound' },
        { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'root' }, because: 'run_bound' },
        { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'bank.run0 + 8' }, because: 'run_align' },
      ],
    ),
  ],
};
