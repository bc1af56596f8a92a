/** Where attacks begin. Each Realm's granules have names: `bank.rd`, `bank.level3`, `bank.data`, `bank.run0` and so on. */
import type { CallAction, GuestAction, HostAction } from '../../emulator/host/actions/actions';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import type { Fixture } from './attack';

/** Auxiliary granules of a REC on every preset (RMI_REC_AUX_COUNT). */
export const AUX = 16;
/** IPA width of the Realms here; the upper half is Unprotected. */
export const WIDTH = 33;
export const UNPROTECTED = '0x1_0000_0000';
export const PIN = '5ec2e75ec2e75ec2a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0';

/** The words of the secret, as a Realm stores them. */
const PIN_WORDS = [0, 1, 2, 3].map((word) => {
  const bytes = PIN.slice(16 * word, 16 * word + 16).match(/../g) ?? [];
  return `0x${bytes.reverse().join('')}`;
});

export interface RealmOptions {
  readonly vmid?: number;
  readonly recs?: number;
  /** Instructions of the first page; without them it is zeros. */
  readonly a64?: readonly string[];
  /** Fields of RmiRealmParams that differ. */
  readonly params?: Readonly<Record<string, string | number>>;
}

/** RmiRealmParams of a small Realm. */
export const realmParams = (name: string, vmid: number): Readonly<Record<string, string | number>> => ({
  s2sz: WIDTH,
  num_bps: 1,
  num_wps: 1,
  vmid,
  rtt_base: `${name}.rtt`,
  rtt_level_start: 1,
  rtt_num_start: 1,
});

/** RmiRecParams of REC `index`. */
export const recParams = (name: string, index: number): Readonly<Record<string, string | number>> => ({
  'flags.runnable': index === 0 ? 'RMI_RUNNABLE' : 'RMI_NOT_RUNNABLE',
  mpidr: index,
  pc: '0x0',
  num_aux: AUX,
  ...Object.fromEntries(
    Array.from({ length: AUX }, (_, slot) => [`aux[${slot}]`, `${name}.aux${index} + ${slot * 4096}`]),
  ),
});

/** Granules, RD and tables of a Realm in state NEW: levels 2 and 3 for the first 2 MiB of either half. */
export function newRealm(name: string, { vmid = 1, params = {} }: RealmOptions = {}): HostAction[] {
  const rd = `${name}.rd`;
  const table = (granule: string, ipa: string, level: number): HostAction => ({
    call: 'RMI_RTT_CREATE',
    with: { rd, rtt: granule, ipa, level },
  });
  return [
    { take: rd, delegated: true },
    { take: `${name}.rtt`, delegated: true },
    { take: `${name}.params` },
    { take: `${name}.source` },
    { take: `${name}.shared` },
    { write: `${name}.params`, struct: 'RmiRealmParams', fields: { ...realmParams(name, vmid), ...params } },
    { call: 'RMI_REALM_CREATE', with: { rd, params_ptr: `${name}.params` } },
    { take: `${name}.level2`, delegated: true },
    { take: `${name}.level3`, delegated: true },
    { take: `${name}.level2ns`, delegated: true },
    { take: `${name}.level3ns`, delegated: true },
    table(`${name}.level2`, '0x0', 2),
    table(`${name}.level3`, '0x0', 3),
    table(`${name}.level2ns`, UNPROTECTED, 2),
    table(`${name}.level3ns`, UNPROTECTED, 3),
  ];
}

/** A REC of a Realm in state NEW, and its run page. */
export const addRec = (name: string, index: number): HostAction[] => [
  { take: `${name}.rec${index}`, delegated: true },
  { take: `${name}.aux${index}`, pages: AUX, delegated: true },
  { take: `${name}.run${index}` },
  { write: `${name}.params`, struct: 'RmiRecParams', fields: recParams(name, index) },
  {
    call: 'RMI_REC_CREATE',
    with: { rd: `${name}.rd`, rec: `${name}.rec${index}`, params_ptr: `${name}.params` },
  },
];

/**
 * RAM at [0, 0x4000): `code` at 0 and `data` at 0x1000 are there, 0x2000 and 0x3000 are not yet; EMPTY from 0x4000 on.
 * The page `shared` is at the first Unprotected IPA.
 */
export function populate(name: string, { recs = 1, a64 = [] }: RealmOptions = {}): HostAction[] {
  const rd = `${name}.rd`;
  return [
    { call: 'RMI_RTT_INIT_RIPAS', with: { rd, base: '0x0', top: '0x4000' }, returns: { out_top: '0x4000' } },
    { take: `${name}.code`, delegated: true },
    { take: `${name}.data`, delegated: true },
    { write: `${name}.source`, a64 },
    {
      call: 'RMI_DATA_CREATE',
      with: { rd, data: `${name}.code`, ipa: '0x0', src: `${name}.source`, flags: 'RMI_MEASURE_CONTENT' },
    },
    { call: 'RMI_DATA_CREATE_UNKNOWN', with: { rd, data: `${name}.data`, ipa: '0x1000' } },
    {
      call: 'RMI_RTT_MAP_UNPROTECTED',
      with: { rd, ipa: UNPROTECTED, level: 3, desc: `${name}.shared + 0xd8` },
    },
    ...Array.from({ length: recs }, (_, index) => addRec(name, index)).flat(),
  ];
}

/** A whole Realm, ready to be entered. */
export const activeRealm = (name: string, options: RealmOptions = {}): HostAction[] => [
  ...newRealm(name, options),
  ...populate(name, options),
  { call: 'RMI_REALM_ACTIVATE', with: { rd: `${name}.rd` } },
];

/** Enters a REC; what it does ends with an FIQ, or as it says. */
export const enter = (
  name: string,
  guest: readonly GuestAction[],
  fields: Readonly<Record<string, string | number>> = {},
  index = 0,
): HostAction[] => [
  { write: `${name}.run${index}`, struct: 'RmiRecRun', fields },
  { call: 'RMI_REC_ENTER', with: { rec: `${name}.rec${index}`, run_ptr: `${name}.run${index}` }, guest },
];

export const destroyPage = (rd: string, ipa: string): CallAction => ({ call: 'RMI_DATA_DESTROY', with: { rd, ipa } });

/** Takes a Realm apart; all but the code page's granules stay delegated. */
export const destroyRealm = (name: string, recs = 1): HostAction[] => {
  const rd = `${name}.rd`;
  return [
    ...Array.from(
      { length: recs },
      (_, index): HostAction => ({
        call: 'RMI_REC_DESTROY',
        with: { rec: `${name}.rec${index}` },
      }),
    ),
    { call: 'RMI_DATA_DESTROY', with: { rd, ipa: '0x0' } },
    { call: 'RMI_DATA_DESTROY', with: { rd, ipa: '0x1000' } },
    { call: 'RMI_RTT_UNMAP_UNPROTECTED', with: { rd, ipa: UNPROTECTED, level: 3 } },
    ...(['0x0', UNPROTECTED] as const).flatMap((ipa): HostAction[] => [
      { call: 'RMI_RTT_DESTROY', with: { rd, ipa, level: 3 } },
      { call: 'RMI_RTT_DESTROY', with: { rd, ipa, level: 2 } },
    ]),
    { call: 'RMI_REALM_DESTROY', with: { rd } },
  ];
};

/** The Realm puts its secret at 0x1000. */
const storeSecret: readonly GuestAction[] = PIN_WORDS.map((word, index) => ({
  store: `${0x1000 + 8 * index}`,
  is: word,
}));

/** First word of the secret, for Realms that look for it. */
export const PIN_WORD = PIN_WORDS[0] as string;

const { gpt, rmm, root } = presetPlatform('fvp');

/** Granules the Host has left over: two delegated, one not. And where firmware keeps its own. */
const SPARE: readonly HostAction[] = [
  { name: 'rmm', is: rmm.memory.base },
  { name: 'root', is: root.base },
  { name: 'gpt', is: gpt.l1Base },
  { take: 'spare', delegated: true },
  { take: 'spare2', delegated: true },
  { take: 'normal' },
];

const BANK: readonly HostAction[] = [
  { secret: 'pin', bytes: PIN },
  ...activeRealm('bank', { recs: 2 }),
  ...enter('bank', storeSecret),
  ...SPARE,
];

export const FIXTURES: readonly Fixture[] = [
  {
    name: 'nothing',
    summary: 'a machine just booted',
    actions: [{ take: 'first' }, { take: 'second' }, { take: 'params' }],
  },
  {
    name: 'bank',
    summary: 'an active Realm `bank` with two RECs that keeps a secret at IPA 0x1000, and spare granules',
    actions: BANK,
  },
  {
    name: 'bank and eve',
    summary: '`bank`, and a second active Realm `eve`',
    actions: [...BANK, ...activeRealm('eve', { vmid: 2 })],
  },
  {
    name: 'mec',
    summary: '`bank` under the private MECID 1 of RMM 1.1, and spare granules',
    rmm: '1.1-v0.8.0',
    actions: [
      { secret: 'pin', bytes: PIN },
      ...activeRealm('bank', { recs: 2, params: { mecid: 1 } }),
      ...enter('bank', storeSecret),
      ...SPARE,
    ],
  },
  {
    name: 'new',
    summary: 'a Realm `new` that is not active yet, with RAM but no pages, and spare granules',
    actions: [
      ...newRealm('new', { vmid: 3 }),
      { call: 'RMI_RTT_INIT_RIPAS', with: { rd: 'new.rd', base: '0x0', top: '0x4000' } },
      ...SPARE,
      { take: 'rec', delegated: true },
      { take: 'aux', pages: AUX, delegated: true },
    ],
  },
  {
    name: 'bank and new',
    summary: '`bank`, and a Realm `new` that is not active yet',
    actions: [
      ...BANK,
      ...newRealm('new', { vmid: 3 }),
      { call: 'RMI_RTT_INIT_RIPAS', with: { rd: 'new.rd', base: '0x0', top: '0x4000' } },
      { take: 'rec', delegated: true },
      { take: 'aux', pages: AUX, delegated: true },
      // Parameters that would do, for commands that something else is wrong with.
      { take: 'realmParams' },
      { write: 'realmParams', struct: 'RmiRealmParams', fields: { ...realmParams('new', 9), rtt_base: 'spare2' } },
      { take: 'recParams' },
      {
        write: 'recParams',
        struct: 'RmiRecParams',
        fields: {
          num_aux: AUX,
          ...Object.fromEntries(Array.from({ length: AUX }, (_, slot) => [`aux[${slot}]`, `aux + ${slot * 4096}`])),
        },
      },
    ],
  },
];
