/** What a REC exit shows: fill every register with the secret, leave in every way there is. */
import type { GuestAction, HostAction, Values } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { enter, PIN_WORD, UNPROTECTED } from '../fixtures';

const SHOWN = 'an exit shows what its reason says, and zero elsewhere (RMM 1.0, REC exit)';

/** Every general register is the secret, but for these. */
const filled = (except: Values = {}): GuestAction => ({
  set: { ...Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`x${n}`, PIN_WORD])), ...except },
});

const exit = (
  name: string,
  is: string,
  guest: readonly GuestAction[],
  fields: Values = {},
  more: HostAction[] = [],
): Attack => ({
  name,
  defence: SHOWN,
  from: 'bank',
  actions: [...enter('bank', guest), { exit: 'bank.run0', is, fields }, ...more],
});

const SECRET_SYSREGS: GuestAction = {
  set: { TPIDR_EL0: PIN_WORD, TPIDR_EL1: PIN_WORD, TTBR0_EL1: PIN_WORD, FAR_EL1: PIN_WORD, ELR_EL1: PIN_WORD },
};

export const EXITS: AttackGroup = {
  title: 'Hostile Host: what an exit tells',
  attacks: [
    exit('an IRQ while the registers hold the secret', 'RMI_EXIT_IRQ', [
      filled(),
      SECRET_SYSREGS,
      { takes: 'irq', exits: true },
    ]),
    exit('an FIQ while the registers hold the secret', 'RMI_EXIT_FIQ', [
      filled(),
      SECRET_SYSREGS,
      { takes: 'fiq', exits: true },
    ]),
    exit(
      'an SError while the registers hold the secret',
      'RMI_EXIT_SERROR',
      [filled(), { takes: 'serror', esr: '0xbe00_0811', far: PIN_WORD, exits: true }],
      { esr: '0xbc00_0811' },
    ),
    exit(
      'an external abort on the memory of the Realm, its syndrome hidden but for the error',
      'RMI_EXIT_SYNC',
      [filled(), { takes: 'sync', esr: '0x93cf_9810', far: PIN_WORD, hpfar: '0x10', exits: true }],
      { esr: '0x9000_1810' },
    ),
    exit(
      'a WFI while the registers hold the secret',
      'RMI_EXIT_SYNC',
      [filled(), { takes: 'sync', esr: '0x600_0000', far: PIN_WORD, hpfar: '0x10', exits: true }],
      { esr: '0x400_0000' },
    ),
    exit(
      'a WFE while the registers hold the secret',
      'RMI_EXIT_SYNC',
      [filled(), { takes: 'sync', esr: '0x600_0001', exits: true }],
      { esr: '0x400_0001' },
    ),
    {
      name: 'a missing Protected page is read, its address within the page hidden',
      defence: SHOWN,
      from: 'bank',
      actions: [
        ...enter('bank', [filled(), { load: '0x2678', exits: true }]),
        { exit: 'bank.run0', is: 'RMI_EXIT_SYNC', fields: { esr: '0x9000_0007', hpfar: '0x20' } },
      ],
    },
    {
      name: 'a missing Protected page is written, the value hidden',
      defence: SHOWN,
      from: 'bank',
      actions: [
        ...enter('bank', [filled(), { store: '0x2678', is: PIN_WORD, exits: true }]),
        { exit: 'bank.run0', is: 'RMI_EXIT_SYNC', fields: { esr: '0x9000_0007', hpfar: '0x20' } },
      ],
    },
    exit('a missing Protected page is executed', 'RMI_EXIT_SYNC', [filled(), { fetch: '0x2004', exits: true }], {
      esr: '0x8000_0007',
      hpfar: '0x20',
    }),
    exit(
      'a device is read at an Unprotected IPA: the register that waits stays unknown',
      'RMI_EXIT_SYNC',
      [filled(), { load: `${UNPROTECTED} + 0x1018`, size: 4, exits: true }],
      { esr: '0x9180_0007', far: '0x18', hpfar: '0x100_0010' },
    ),
    exit(
      'a device is written at an Unprotected IPA: the value is shown in its size',
      'RMI_EXIT_SYNC',
      [filled(), { store: `${UNPROTECTED} + 0x1018`, is: '0xffff_ffff_ffff_ff41', size: 1, exits: true }],
      { esr: '0x9100_0047', far: '0x18', hpfar: '0x100_0010', 'gprs[0]': '0x41' },
    ),
    exit(
      'a RIPAS change while the registers hold the secret',
      'RMI_EXIT_RIPAS_CHANGE',
      [
        filled(),
        {
          call: 'RSI_IPA_STATE_SET',
          with: { base: '0x2000', top: '0x3000', ripas: 'RSI_EMPTY', flags: 0 },
          exits: true,
        },
      ],
      { ripas_base: '0x2000', ripas_top: '0x3000', ripas_value: 'RMI_EMPTY' },
    ),
    exit(
      'a host call while the registers hold the secret',
      'RMI_EXIT_HOST_CALL',
      [
        { store: '0x1100', is: '0x21' },
        { store: '0x1108', is: '0x1234' },
        filled(),
        { call: 'RSI_HOST_CALL', with: { addr: '0x1100' }, exits: true },
      ],
      { imm: '0x21', 'gprs[0]': '0x1234' },
    ),
    exit(
      'PSCI_CPU_ON: the entry point and the context stay hidden',
      'RMI_EXIT_PSCI',
      [
        filled(),
        {
          call: 'PSCI_CPU_ON',
          with: { target_cpu: 1, entry_point_address: '0x1234', context_id: PIN_WORD },
          exits: true,
        },
      ],
      { 'gprs[0]': 'PSCI_CPU_ON', 'gprs[1]': 1 },
    ),
    exit(
      'PSCI_AFFINITY_INFO while the registers hold the secret',
      'RMI_EXIT_PSCI',
      [filled(), { call: 'PSCI_AFFINITY_INFO', with: { target_affinity: 1, lowest_affinity_level: 0 }, exits: true }],
      { 'gprs[0]': 'PSCI_AFFINITY_INFO', 'gprs[1]': 1 },
    ),
    exit(
      'PSCI_CPU_SUSPEND while the registers hold the secret',
      'RMI_EXIT_PSCI',
      [
        filled(),
        {
          call: 'PSCI_CPU_SUSPEND',
          with: { power_state: 0, entry_point_address: PIN_WORD, context_id: PIN_WORD },
          exits: true,
        },
      ],
      { 'gprs[0]': 'PSCI_CPU_SUSPEND' },
    ),
    exit(
      'PSCI_CPU_OFF while the registers hold the secret',
      'RMI_EXIT_PSCI',
      [filled(), { call: 'PSCI_CPU_OFF', exits: true }],
      { 'gprs[0]': 'PSCI_CPU_OFF' },
    ),
    exit(
      'PSCI_SYSTEM_OFF while the registers hold the secret',
      'RMI_EXIT_PSCI',
      [filled(), { call: 'PSCI_SYSTEM_OFF', exits: true }],
      { 'gprs[0]': 'PSCI_SYSTEM_OFF' },
    ),
    exit(
      'PSCI_SYSTEM_RESET while the registers hold the secret',
      'RMI_EXIT_PSCI',
      [filled(), { call: 'PSCI_SYSTEM_RESET', exits: true }],
      { 'gprs[0]': 'PSCI_SYSTEM_RESET' },
    ),
    {
      name: "the Host's registers after a call that ran the Realm",
      defence: 'the world switch gives back what the Host had; X0 to X4 are results (RMM 1.0, RMI commands, SMCCC)',
      from: 'bank',
      actions: [
        { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
        {
          call: 'RMI_REC_ENTER',
          with: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
          guest: [filled()],
        },
        // An unknown function answers in X0 alone: X1 to X17 come back as they were given.
        {
          smc: '0xc400_01ff',
          x: Array.from({ length: 7 }, (_, n) => n + 1),
          returns: ['-1', 1, 2, 3, 4, 5, 6, 7],
        },
      ],
    },
  ],
};
