/** A hostile Realm calls the RMM: buffers that are not its own, ranges that wrap, functions that are not for it. */
import type { GuestAction, Values } from '../../../emulator/host/actions/actions';
import { CATALOGUE } from '../../../emulator/rmm/commands/catalogue';
import type { Attack, AttackGroup } from '../attack';
import { enter, PIN_WORD, UNPROTECTED } from '../fixtures';

const guest = (name: string, defence: string, actions: readonly GuestAction[], from = 'bank'): Attack => ({
  name,
  defence,
  from,
  actions: enter('bank', [...actions, { load: '0x1000', is: PIN_WORD }]),
});

const bad = (call: string, operands: Values, because: string): GuestAction => ({ call, with: operands, because });

const BUFFER = 'buffers are Protected RAM of the Realm, aligned (RMM 1.0, RSI commands)';
const RANGE = 'ranges are aligned, not empty and Protected from end to end (RMM 1.0, RSI_IPA_STATE_SET)';

const tokenAt = (addr: string, offset: string | number, size: string | number, because: string): GuestAction =>
  bad('RSI_ATTESTATION_TOKEN_CONTINUE', { addr, offset, size }, because);

const challenge = (first: string): Values =>
  Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`challenge_${n}`, n === 0 ? first : n]));

const extend = (index: string | number, size: string | number, because: string): GuestAction =>
  bad(
    'RSI_MEASUREMENT_EXTEND',
    { index, size, ...Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`value_${n}`, PIN_WORD])) },
    because,
  );

const stateSet = (base: string, top: string, ripas: string | number, because: string): GuestAction =>
  bad('RSI_IPA_STATE_SET', { base, top, ripas, flags: 0 }, because);

const NOT_SUPPORTED = '0xffff_ffff_ffff_ffff';
const foreign = (fids: readonly (number | string)[]): GuestAction[] =>
  fids.map((smc) => ({ smc, x: ['bank.rd', 'bank.rec0', 'normal', 0], returns: [NOT_SUPPORTED] }));

const fidsOf = (kind: string): number[] =>
  CATALOGUE.filter((command) => command.interface === kind).map(({ fid }) => fid);

export const REALM_COMMANDS: AttackGroup = {
  title: 'Hostile Realm: commands',
  attacks: [
    guest('RSI_REALM_CONFIG into memory that is not its own', BUFFER, [
      bad('RSI_REALM_CONFIG', { addr: '0x1008' }, 'addr_align'),
      bad('RSI_REALM_CONFIG', { addr: UNPROTECTED }, 'addr_bound'),
      bad('RSI_REALM_CONFIG', { addr: '0x2_0000_0000' }, 'addr_bound'),
      bad('RSI_REALM_CONFIG', { addr: '0xf_ffff_ffff_f000' }, 'addr_bound'),
      bad('RSI_REALM_CONFIG', { addr: '0x4000' }, 'ripas_empty'),
    ]),
    guest('RSI_HOST_CALL across a page, or from memory that is not its own', BUFFER, [
      bad('RSI_HOST_CALL', { addr: '0x1f80' }, 'addr_align'),
      bad('RSI_HOST_CALL', { addr: '0x1101' }, 'addr_align'),
      bad('RSI_HOST_CALL', { addr: UNPROTECTED }, 'addr_bound'),
      bad('RSI_HOST_CALL', { addr: '0xf_ffff_ffff_ff00' }, 'addr_bound'),
      bad('RSI_HOST_CALL', { addr: '0x4000' }, 'ripas_empty'),
    ]),
    guest('a token is written to memory that is not its own', BUFFER, [
      { call: 'RSI_ATTESTATION_TOKEN_INIT', with: challenge('0x1') },
      tokenAt('0x1001', 0, 64, 'addr_align'),
      tokenAt(UNPROTECTED, 0, 64, 'addr_bound'),
      tokenAt('0x2_0000_0000', 0, 64, 'addr_bound'),
      tokenAt('0x4000', 0, 64, 'ripas_empty'),
    ]),
    guest(
      'a token is written past its page',
      'offset and size stay within the granule (RMM 1.0, RSI_ATTESTATION_TOKEN_CONTINUE)',
      [
        { call: 'RSI_ATTESTATION_TOKEN_INIT', with: challenge('0x1') },
        tokenAt('0x1000', 4096, 0, 'offset_bound'),
        tokenAt('0x1000', 4095, 2, 'size_bound'),
        tokenAt('0x1000', 0, 4097, 'size_bound'),
        tokenAt('0x1000', 1, '0xffff_ffff_ffff_ffff', 'size_overflow'),
        tokenAt('0x1000', '0xffff_ffff_ffff_ffff', 1, 'offset_bound'),
      ],
    ),
    guest(
      'a token is continued that was not begun',
      'a token begins with its challenge (RMM 1.0, RSI_ATTESTATION_TOKEN_CONTINUE: `state`)',
      [tokenAt('0x1000', 0x100, 64, 'state')],
    ),
    guest(
      'a token goes on after its end',
      'a token ends, and its challenge with it (RMM 1.0, RSI_ATTESTATION_TOKEN_CONTINUE: `state`)',
      [
        { call: 'RSI_ATTESTATION_TOKEN_INIT', with: challenge('0x1') },
        { call: 'RSI_ATTESTATION_TOKEN_CONTINUE', with: { addr: '0x1000', offset: 0x100, size: 3840 }, may: true },
        { call: 'RSI_ATTESTATION_TOKEN_CONTINUE', with: { addr: '0x1000', offset: 0x100, size: 3840 }, may: true },
        tokenAt('0x1000', 0x100, 64, 'state'),
      ],
    ),
    guest(
      'a RIM of choice',
      'the RIM is fixed at activation; a Realm extends REM 1 to 4 (RMM 1.0, RSI_MEASUREMENT_EXTEND)',
      [extend(0, 32, 'index_bound'), extend(5, 32, 'index_bound'), extend('0xffff_ffff_ffff_ffff', 32, 'index_bound')],
    ),
    guest(
      'a measurement of more bytes than there are registers',
      'size is at most 64 (RMM 1.0, RSI_MEASUREMENT_EXTEND: `size_bound`)',
      [extend(1, 65, 'size_bound'), extend(1, '0xffff_ffff_ffff_ffff', 'size_bound')],
    ),
    guest('a measurement beyond the last', 'measurements are 0 to 4 (RMM 1.0, RSI_MEASUREMENT_READ: `index_bound`)', [
      bad('RSI_MEASUREMENT_READ', { index: 5 }, 'index_bound'),
      bad('RSI_MEASUREMENT_READ', { index: '0xffff_ffff_ffff_ffff' }, 'index_bound'),
    ]),
    guest('RIPAS of Unprotected memory is changed', RANGE, [
      stateSet(UNPROTECTED, `${UNPROTECTED} + 0x1000`, 'RSI_RAM', 'rgn_bound'),
      stateSet('0xffff_f000', `${UNPROTECTED} + 0x1000`, 'RSI_RAM', 'rgn_bound'),
      stateSet('0x0', '0xf_ffff_ffff_f000', 'RSI_RAM', 'rgn_bound'),
    ]),
    guest('RIPAS of a range that wraps, or is none, is changed', RANGE, [
      stateSet('0x2000', '0x1000', 'RSI_RAM', 'size_valid'),
      stateSet('0x2000', '0x2000', 'RSI_RAM', 'size_valid'),
      stateSet('0xf_ffff_ffff_f000', '0x1000', 'RSI_RAM', 'size_valid'),
      stateSet('0x2001', '0x3000', 'RSI_RAM', 'base_align'),
      stateSet('0x2000', '0x2fff', 'RSI_RAM', 'top_align'),
    ]),
    guest(
      'memory becomes DESTROYED, or something else, by request',
      'a Realm asks for EMPTY or RAM (RMM 1.0, RSI_IPA_STATE_SET: `ripas_valid`)',
      [
        stateSet('0x2000', '0x3000', 'RSI_DESTROYED', 'ripas_valid'),
        stateSet('0x2000', '0x3000', 3, 'ripas_valid'),
        stateSet('0x2000', '0x3000', '0xff', 'ripas_valid'),
      ],
    ),
    guest('RIPAS of Unprotected memory is read', RANGE, [
      bad('RSI_IPA_STATE_GET', { base: UNPROTECTED, top: `${UNPROTECTED} + 0x1000` }, 'rgn_bound'),
      bad('RSI_IPA_STATE_GET', { base: '0x0', top: `${UNPROTECTED} + 0x1000` }, 'rgn_bound'),
      bad('RSI_IPA_STATE_GET', { base: '0x3000', top: '0x1000' }, 'size_valid'),
    ]),
    guest(
      'PSCI_CPU_ON of itself, of nobody, of somewhere else',
      "target and entry point are the Realm's own (RMM 1.0, PSCI commands)",
      [
        bad('PSCI_CPU_ON', { target_cpu: 0, entry_point_address: '0x0', context_id: 0 }, 'self'),
        bad('PSCI_CPU_ON', { target_cpu: 2, entry_point_address: '0x0', context_id: 0 }, 'mpidr'),
        bad('PSCI_CPU_ON', { target_cpu: '0xff_00ff_ffff', entry_point_address: '0x0', context_id: 0 }, 'mpidr'),
        bad('PSCI_CPU_ON', { target_cpu: 1, entry_point_address: UNPROTECTED, context_id: 0 }, 'entry'),
        bad('PSCI_CPU_ON', { target_cpu: 1, entry_point_address: '0xffff_ffff_ffff_fffc', context_id: 0 }, 'entry'),
      ],
    ),
    guest('PSCI_AFFINITY_INFO beyond the Realm', 'a Realm sees its own RECs (RMM 1.0, PSCI commands)', [
      bad('PSCI_AFFINITY_INFO', { target_affinity: 2, lowest_affinity_level: 0 }, 'target_match'),
      bad('PSCI_AFFINITY_INFO', { target_affinity: 1, lowest_affinity_level: 1 }, 'target_bound'),
    ]),
    guest('every RMI command', "RMI is the Host's: a Realm gets NOT_SUPPORTED (SMCCC)", foreign(fidsOf('rmi'))),
    guest(
      "the RMM's own calls to EL3",
      'a Realm has no door to EL3 (RMM-EL3 interface, SMCCC)',
      foreign(['0xc400_018f', '0xc400_01b0', '0xc400_01b1', '0xc400_01b2', '0xc400_01b3']),
    ),
    guest(
      'function identifiers that do not exist',
      'SMCCC: NOT_SUPPORTED',
      foreign(['0xc400_01a0', '0xc600_0000', '0x8000_ffff', '0x0', '0xffff_ffff', '0xc400_0190_c400_01ff']),
    ),
    {
      name: 'RSI and PSCI from the Host',
      defence: "RSI is the Realm's: the Host gets NOT_SUPPORTED (SMCCC)",
      from: 'bank',
      actions: fidsOf('rsi').map((smc) => ({ smc, x: ['bank.rd', 0, 0], returns: [NOT_SUPPORTED] })),
    },
    {
      name: "the RMM's answer to EL3 from the Host",
      defence: 'EL3 takes it from the Realm world only (RMM-EL3 interface)',
      from: 'bank',
      actions: ['0xc400_018f', '0xc400_01b0', '0xc400_01b1'].map((smc) => ({
        smc,
        x: ['bank.rd'],
        returns: [NOT_SUPPORTED],
      })),
    },
  ],
};
