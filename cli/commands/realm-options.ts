/** Options that say what kind of Realms a guest gets: the same for every command that makes some. */
import { HOST_BEHAVIOURS, type HostBehaviour, type HostRealmConfig, mecidOfRealm } from '../../emulator/host/config';
import { readElf } from '../../emulator/host/image/elf';
import { readInput } from '../files';
import { choiceOption, numberOption, type ParsedOptions, sizeOption } from '../options';
import { badOptionValue } from '../problems';

/** Those that change the RIM. */
export const MEASURED_OPTIONS = [
  { name: '--ipa-width', value: 'BITS', summary: "the Realm's IPA width, 32 to 48, to 52 with LPA2 (default 33)" },
  { name: '--lpa2', summary: 'ask for LPA2 even where the IPA width does not need it' },
  { name: '--memory', value: 'BYTES', summary: "the Realm's RAM, such as 64M (default 16M)" },
  { name: '--hash', value: 'NAME', summary: 'sha-256 (default) or sha-512' },
  { name: '--breakpoints', value: 'N', summary: 'hardware breakpoints of the Realm (default 2)' },
  { name: '--watchpoints', value: 'N', summary: 'hardware watchpoints of the Realm (default 2)' },
  { name: '--pmu', value: 'N', summary: 'a PMU with N event counters (default: no PMU)' },
] as const;

export const REALM_OPTIONS = [
  ...MEASURED_OPTIONS,
  { name: '--recs', value: 'N', summary: 'RECs of each Realm; all but the first wait for PSCI_CPU_ON (default 1)' },
  { name: '--level-start', value: 'N', summary: 'starting level of the RTTs, -1 to 2 (default: what suits the width)' },
  { name: '--mecid', value: 'N', summary: "the (first) Realm's MECID; needs --rmm-version 1.1-v0.8.0 (default 0)" },
  { name: '--fold', summary: 'fold RTTs into blocks where memory allows' },
  {
    name: '--shared',
    value: 'BYTES',
    summary: 'Host memory that all Realms see in their Unprotected half (default 0)',
  },
  { name: '--host', value: 'WORDS', summary: `how the Host behaves: ${HOST_BEHAVIOURS.join(', ')}` },
] as const;

/** What the options say about a Realm; the Host's own checks say more. */
export function realmOptions(options: ParsedOptions): Omit<HostRealmConfig, 'image'> {
  const chosen = {
    ipaWidth: numberOption(options, '--ipa-width', 32, 52),
    lpa2: options.switches.has('--lpa2') ? true : undefined,
    memorySize: sizeOption(options, '--memory', 1, 2 ** 40),
    hashAlgorithm: choiceOption(options, '--hash', ['sha-256', 'sha-512'] as const),
    breakpoints: numberOption(options, '--breakpoints', 2, 64),
    watchpoints: numberOption(options, '--watchpoints', 2, 64),
    pmuCounters: numberOption(options, '--pmu', 0, 31),
    recs: numberOption(options, '--recs', 1, 512),
    levelStart: levelOption(options),
    fold: options.switches.has('--fold') ? true : undefined,
    sharedMemory: sizeOption(options, '--shared', 0, 2 ** 30),
    behaviour: behaviourOption(options),
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}

function levelOption(options: ParsedOptions): number | undefined {
  const level = choiceOption(options, '--level-start', ['-1', '0', '1', '2'] as const);
  return level === undefined ? undefined : Number(level);
}

function behaviourOption(options: ParsedOptions): HostBehaviour[] | undefined {
  const text = options.values.get('--host');
  return text?.split(',').map((word) => {
    const known = HOST_BEHAVIOURS.find((behaviour) => behaviour === word.trim());
    if (known === undefined)
      throw badOptionValue('--host', text, `words of ${HOST_BEHAVIOURS.join(', ')}, with commas`);
    return known;
  });
}

/** One Realm for each path, `copies` of each; a name that is taken gets a number. */
export function realmsOf(paths: readonly string[], copies: number, options: ParsedOptions): HostRealmConfig[] {
  const shape = realmOptions(options);
  const mecid = numberOption(options, '--mecid', 0, 0xffff);
  const images = paths.map((path) => readElf(readInput(path), path));
  const taken = new Map<string, number>();
  return images.flatMap((image, index) =>
    Array.from({ length: copies }, (_, copy) => {
      const name = ((paths[index] ?? '').split(/[\\/]/).at(-1) ?? '').replace(/\.elf$/, '');
      const nth = (taken.get(name) ?? 0) + 1;
      taken.set(name, nth);
      const own = mecid === undefined ? {} : { mecid: mecidOfRealm(mecid, index * copies + copy) };
      return { ...shape, ...own, name: nth === 1 ? name : `${name}-${nth}`, image };
    }),
  );
}
