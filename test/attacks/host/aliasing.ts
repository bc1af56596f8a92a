/** One granule in two roles: every command that takes a granule asks for its state first. */
import type { HostAction, Values } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { AUX, realmParams, recParams } from '../fixtures';

const STATE = 'a granule has one state, and each use begins from DELEGATED (RMM 1.0, granule states)';
const SHARED = 'parameters are read from Non-secure memory only (RMM 1.0, RMI commands: `params_pas`)';

const refused = (call: string, operands: Values, because: string): HostAction => ({ call, with: operands, because });

const data = (name: string, granule: string, from = 'bank'): Attack => ({
  name: `${name} is given to a Realm as DATA`,
  defence: STATE,
  from,
  actions: [
    refused('RMI_DATA_CREATE_UNKNOWN', { rd: 'bank.rd', data: granule, ipa: '0x2000' }, 'data_state'),
    { rtt: '0x2000', rd: 'bank.rd', hipas: 'UNASSIGNED', ripas: 'RAM' },
  ],
});

const table = (name: string, granule: string): Attack => ({
  name: `${name} becomes an RTT`,
  defence: STATE,
  from: 'bank',
  actions: [
    refused('RMI_RTT_CREATE', { rd: 'bank.rd', rtt: granule, ipa: '0x20_0000', level: 3 }, 'rtt_state'),
    { rtt: '0x20_0000', rd: 'bank.rd', hipas: 'UNASSIGNED', ends: 2 },
  ],
});

const realm = (name: string, params: Values, because: string, rd = 'spare', defence = STATE): Attack => ({
  name,
  defence,
  from: 'bank',
  actions: [
    { write: 'bank.params', struct: 'RmiRealmParams', fields: { ...realmParams('bank', 9), ...params } },
    refused('RMI_REALM_CREATE', { rd, params_ptr: 'bank.params' }, because),
  ],
});

/** RmiRecParams with aux granules of the list's, and one that differs. */
const recWith = (fields: Values): HostAction => ({
  write: 'new.params',
  struct: 'RmiRecParams',
  fields: {
    'flags.runnable': 'RMI_RUNNABLE',
    num_aux: AUX,
    ...Object.fromEntries(Array.from({ length: AUX }, (_, slot) => [`aux[${slot}]`, `aux + ${slot * 4096}`])),
    ...fields,
  },
});

const rec = (name: string, fields: Values, because: string, operands: Values = {}, defence = STATE): Attack => ({
  name,
  defence,
  from: 'bank and new',
  actions: [
    recWith(fields),
    refused('RMI_REC_CREATE', { rd: 'new.rd', rec: 'rec', params_ptr: 'new.params', ...operands }, because),
    { granule: 'rec', state: 'DELEGATED' },
    { granule: 'aux', state: 'DELEGATED' },
  ],
});

const DISTINCT = 'auxiliary granules are pairwise different and none is the REC (RMM 1.0, RMI_REC_CREATE: `aux_alias`)';

export const ALIASING: AttackGroup = {
  title: 'Hostile Host: one granule in two roles',
  attacks: [
    data('a DATA granule of the same Realm', 'bank.data'),
    data('a DATA granule of another Realm', 'eve.data', 'bank and eve'),
    data('an RTT', 'bank.level3'),
    data('the RD', 'bank.rd'),
    data('a REC', 'bank.rec0'),
    data('a REC auxiliary granule', 'bank.aux0'),
    data('a Non-secure page', 'normal'),
    table('a DATA granule', 'bank.data'),
    table('the RD', 'bank.rd'),
    table('a REC', 'bank.rec0'),
    table('a table of the same Realm', 'bank.level3'),
    {
      name: "another Realm's table becomes an RTT",
      defence: STATE,
      from: 'bank and eve',
      actions: [
        refused('RMI_RTT_CREATE', { rd: 'eve.rd', rtt: 'bank.level3', ipa: '0x20_0000', level: 3 }, 'rtt_state'),
        { granule: 'bank.level3', state: 'RTT', owner: 'bank.rd' },
      ],
    },
    realm(
      'the RD lies in its own starting table',
      { rtt_base: 'spare' },
      'alias',
      'spare',
      'rd must not be among the starting RTTs (RMM 1.0, RMI_REALM_CREATE: `alias`)',
    ),
    realm("a Realm's RD becomes the RD of another", { rtt_base: 'spare2' }, 'rd_state', 'bank.rd'),
    realm('a DATA granule becomes an RD', { rtt_base: 'spare2' }, 'rd_state', 'bank.data'),
    realm("a Realm's starting table becomes another's", { rtt_base: 'bank.rtt' }, 'rtt_state'),
    realm("a Realm's DATA becomes another's starting table", { rtt_base: 'bank.data' }, 'rtt_state'),
    realm('a Non-secure page becomes a starting table', { rtt_base: 'normal' }, 'rtt_state'),
    {
      name: "a Realm's parameters come from the RD to be",
      defence: SHARED,
      from: 'bank',
      actions: [refused('RMI_REALM_CREATE', { rd: 'spare', params_ptr: 'spare' }, 'params_pas')],
    },
    {
      name: "a Realm's parameters come from a DATA granule",
      defence: SHARED,
      from: 'bank',
      actions: [refused('RMI_REALM_CREATE', { rd: 'spare', params_ptr: 'bank.data' }, 'params_pas')],
    },
    rec('the same auxiliary granule twice', { 'aux[7]': 'aux' }, 'aux_alias', {}, DISTINCT),
    rec('the REC is its own auxiliary granule', { 'aux[3]': 'rec' }, 'aux_alias', {}, DISTINCT),
    rec("an auxiliary granule of another Realm's REC", { 'aux[0]': 'bank.aux0' }, 'aux_state'),
    rec("another Realm's DATA as auxiliary granule", { 'aux[15]': 'bank.data' }, 'aux_state'),
    rec('the RD as auxiliary granule', { 'aux[1]': 'new.rd' }, 'aux_state'),
    rec('a Non-secure page as auxiliary granule', { 'aux[2]': 'normal' }, 'aux_state'),
    rec('an auxiliary granule outside memory', { 'aux[2]': '0xf_ffff_f000' }, 'aux_bound'),
    rec('an auxiliary granule off its boundary', { 'aux[2]': 'aux + 0x2008' }, 'aux_align'),
    rec("another Realm's REC becomes a REC", {}, 'rec_gran_state', { rec: 'bank.rec0' }),
    rec('a Non-secure page becomes a REC', {}, 'rec_gran_state', { rec: 'normal' }),
    rec('the RD becomes a REC', {}, 'rec_gran_state', { rec: 'new.rd' }),
    rec('a REC is created in what is no RD', {}, 'rd_state', { rd: 'bank.rec0' }),
    rec("a REC's parameters come from the REC to be", {}, 'params_pas', { params_ptr: 'rec' }, SHARED),
    {
      name: 'DATA is filled from Realm memory',
      defence: 'the source is Non-secure (RMM 1.0, RMI_DATA_CREATE: `src_pas`)',
      from: 'bank and new',
      actions: [
        refused('RMI_DATA_CREATE', { rd: 'new.rd', data: 'spare', ipa: '0x0', src: 'bank.data', flags: 0 }, 'src_pas'),
        refused('RMI_DATA_CREATE', { rd: 'new.rd', data: 'spare', ipa: '0x0', src: 'spare', flags: 0 }, 'src_pas'),
        { granule: 'spare', state: 'DELEGATED' },
      ],
    },
    {
      name: 'DATA is filled in place from a Non-secure page',
      defence: STATE,
      from: 'new',
      actions: [
        refused('RMI_DATA_CREATE', { rd: 'new.rd', data: 'normal', ipa: '0x0', src: 'normal', flags: 0 }, 'data_state'),
      ],
    },
    {
      name: 'a REC runs with its exit going to Realm memory',
      defence: 'the run page is Non-secure (RMM 1.0, RMI_REC_ENTER: `run_pas`)',
      from: 'bank',
      actions: [
        refused('RMI_REC_ENTER', { rec: 'bank.rec0', run_ptr: 'bank.data' }, 'run_pas'),
        refused('RMI_REC_ENTER', { rec: 'bank.rec0', run_ptr: 'bank.rec0' }, 'run_pas'),
        refused('RMI_REC_ENTER', { rec: 'bank.rec0', run_ptr: 'spare' }, 'run_pas'),
      ],
    },
    {
      name: 'something else is entered as a REC',
      defence: STATE,
      from: 'bank',
      actions: ['bank.rd', 'bank.data', 'bank.aux0', 'bank.level3', 'spare', 'normal'].map((granule) =>
        refused('RMI_REC_ENTER', { rec: granule, run_ptr: 'bank.run0' }, 'rec_gran_state'),
      ),
    },
    {
      name: "a REC's slot in the Realm is taken twice",
      defence: 'RECs are created with consecutive indices (RMM 1.0, RMI_REC_CREATE: `mpidr_index`)',
      from: 'bank and new',
      actions: [
        { write: 'new.params', struct: 'RmiRecParams', fields: { ...recParams('bank', 1), ...auxOf(), mpidr: 1 } },
        refused('RMI_REC_CREATE', { rd: 'new.rd', rec: 'rec', params_ptr: 'new.params' }, 'mpidr_index'),
        { write: 'new.params', struct: 'RmiRecParams', fields: { ...recParams('bank', 0), ...auxOf() } },
        { call: 'RMI_REC_CREATE', with: { rd: 'new.rd', rec: 'rec', params_ptr: 'new.params' } },
        { take: 'again', delegated: true },
        { take: 'againAux', pages: AUX, delegated: true },
        {
          write: 'new.params',
          struct: 'RmiRecParams',
          fields: { ...recParams('bank', 0), ...auxOf('againAux') },
        },
        refused('RMI_REC_CREATE', { rd: 'new.rd', rec: 'again', params_ptr: 'new.params' }, 'mpidr_index'),
      ],
    },
    rec(
      'an MPIDR with bits outside its affinity fields',
      { mpidr: '0x1_0000_0000' },
      'params_valid',
      {},
      'reserved bits of RmiRecMpidr must be zero (RMM 1.0, RmiRecMpidr)',
    ),
    rec(
      'a REC without its auxiliary granules',
      { num_aux: 0 },
      'num_aux',
      {},
      'the RMM says how many granules its REC state needs (RMM 1.0, RMI_REC_CREATE: `num_aux`)',
    ),
    rec(
      'more auxiliary granules than the list has',
      { num_aux: 17 },
      'num_aux_bound',
      {},
      'the RMM reads no further than the parameter page (RMM 1.0, RMI_REC_CREATE)',
    ),
  ],
};

/** The aux granules of the fixture, as fields. */
function auxOf(name = 'aux'): Values {
  return Object.fromEntries(Array.from({ length: AUX }, (_, slot) => [`aux[${slot}]`, `${name} + ${slot * 4096}`]));
}
