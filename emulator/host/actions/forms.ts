/** What each action may have: its keys and what their values are. The first key of a form names the action. */

/** `keep`: names for outputs; `x`: a list of values; `pe`: the number of another PE. */
export type KeyKind =
  | 'value'
  | 'values'
  | 'x'
  | 'text'
  | 'hex'
  | 'flag'
  | 'count'
  | 'pe'
  | 'gives'
  | 'keep'
  | 'tape'
  | 'keepTape'
  | 'actions'
  | 'guest'
  | 'during'
  | 'condition';

export type Form = Readonly<Record<string, KeyKind>>;

const EXPECTATION = { fails: 'text', index: 'value', because: 'text', returns: 'values', may: 'flag' } as const;
const CONTENT = {
  struct: 'text',
  fields: 'values',
  words: 'values',
  byte: 'value',
  bytes: 'hex',
  a64: 'x',
  secret: 'tape',
} as const;

/** `?` after a key: it may be left out. The form of an action is the first whose first key it has. */
export const HOST_FORMS: readonly (readonly [key: string, kind: KeyKind, optional: Form, required?: Form])[] = [
  ['take', 'gives', { pages: 'count', align: 'value', delegated: 'flag' }],
  ['call', 'text', { with: 'values', keep: 'keep', guest: 'guest', during: 'during', ...EXPECTATION }],
  ['smc', 'value', { x: 'x' }, { returns: 'x' }],
  ['write', 'value', { ...CONTENT, update: 'flag', tape: 'tape', as: 'text', fails: 'text' }],
  [
    'read',
    'value',
    {
      size: 'value',
      as: 'text',
      fails: 'text',
      is: 'value',
      byte: 'value',
      not: 'tape',
      tape: 'keepTape',
      may: 'flag',
    },
  ],
  ['exit', 'value', { fields: 'values' }, { is: 'text' }],
  ['granule', 'value', { state: 'text', pas: 'text', owner: 'value' }],
  ['rtt', 'value', { level: 'value', hipas: 'text', ripas: 'text', addr: 'value', ends: 'value' }, { rd: 'value' }],
  [
    'realm',
    'value',
    { state: 'text', mecid: 'value', vmid: 'value', rimIs: 'tape', rimIsNot: 'tape', keepRim: 'keepTape' },
  ],
  ['on', 'pe', {}, { do: 'actions' }],
  ['until', 'condition', {}],
  ['name', 'gives', {}, { is: 'value' }],
  ['secret', 'keepTape', {}, { bytes: 'hex' }],
];

const ACCESS = { size: 'count', is: 'value', not: 'value', fails: 'text', exits: 'flag' } as const;

export const GUEST_FORMS: typeof HOST_FORMS = [
  ['call', 'text', { with: 'values', keep: 'keep', exits: 'flag', ...EXPECTATION }],
  ['smc', 'value', { x: 'x', returns: 'x', exits: 'flag' }],
  ['load', 'value', ACCESS],
  ['store', 'value', ACCESS],
  ['fetch', 'value', ACCESS],
  ['set', 'values', {}],
  ['see', 'values', {}],
  ['takes', 'text', { esr: 'value', far: 'value', hpfar: 'value', exits: 'flag', fails: 'text' }],
  ['until', 'condition', {}],
];

/** Texts that some keys are limited to. */
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  as: ['host', 'secure', 'root', 'realm', 'bus'],
  pas: ['NS', 'REALM', 'ROOT', 'SECURE'],
  state: [
    'UNDELEGATED',
    'DELEGATED',
    'RD',
    'REC',
    'REC_AUX',
    'DATA',
    'RTT',
    'REALM_NEW',
    'REALM_ACTIVE',
    'REALM_SYSTEM_OFF',
  ],
  hipas: ['UNASSIGNED', 'ASSIGNED', 'UNASSIGNED_NS', 'ASSIGNED_NS', 'TABLE'],
  ripas: ['EMPTY', 'RAM', 'DESTROYED'],
  takes: ['sync', 'irq', 'fiq', 'serror'],
};
