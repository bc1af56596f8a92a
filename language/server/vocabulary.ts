import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { BIT_FIELDS } from '../../emulator/rmm/structures/bit-fields';
import { ENUMERATIONS } from '../../emulator/rmm/structures/enumerations';
import { STRUCTURES, type StructureField } from '../../emulator/rmm/structures/structures';
import {
  bitFieldsMarkdown,
  commandMarkdown,
  constantMarkdown,
  enumerationMarkdown,
  hex,
  structureMarkdown,
} from './markdown';

export type EntryKind = 'command' | 'structure' | 'bitFields' | 'enumeration' | 'constant';

/** One name of the RMM's interfaces, with what to say about it. */
export interface Entry {
  readonly kind: EntryKind;
  /** As the specification spells it. */
  readonly name: string;
  /** One line. */
  readonly detail: string;
  readonly markdown: string;
}

const MEANINGS: Readonly<Record<string, string>> = {
  RMI_SUCCESS: 'The command did what it was asked to.',
  RMI_ERROR_INPUT: 'An input value is wrong, or names a granule in the wrong state.',
  RMI_ERROR_REALM: 'The Realm is in the wrong state, or still live.',
  RMI_ERROR_REC: 'The REC is in the wrong state.',
  RMI_ERROR_RTT: 'The RTT walk ended early or met an unexpected entry; the index in bits 15:8 is the level reached.',
  RSI_SUCCESS: 'The command did what it was asked to.',
  RSI_ERROR_INPUT: 'An input value is wrong.',
  RSI_ERROR_STATE: 'The Realm or the protocol is in the wrong state for this command.',
  RSI_INCOMPLETE: 'There is more to come: call again.',
  RSI_ERROR_UNKNOWN: 'The command could not be done, for no fault of the caller.',
};

function allEntries(): Entry[] {
  const commands = CATALOGUE.map((command) => ({
    kind: 'command' as const,
    name: command.name,
    detail: `${hex(command.fid, 8)} · ${command.summary}`,
    markdown: commandMarkdown(command),
  }));
  const structures = Object.entries(STRUCTURES).map(([name, structure]) => ({
    kind: 'structure' as const,
    name,
    detail: structure.summary,
    markdown: structureMarkdown(name, structure),
  }));
  const bitFields = Object.entries(BIT_FIELDS).map(([name, fields]) => ({
    kind: 'bitFields' as const,
    name,
    detail: fields.map((field) => field.name).join(', '),
    markdown: bitFieldsMarkdown(name, fields),
  }));
  const enumerations = Object.entries(ENUMERATIONS).map(([name, values]) => ({
    kind: 'enumeration' as const,
    name,
    detail: Object.keys(values).join(', '),
    markdown: enumerationMarkdown(name, values),
  }));
  const constants = Object.entries(ENUMERATIONS).flatMap(([enumeration, values]) =>
    Object.entries(values)
      .filter(([name]) => /^(RMI|RSI|PSCI|SMCCC)_/.test(name))
      .map(([name, value]) => ({
        kind: 'constant' as const,
        name,
        detail: `${value} · ${enumeration}`,
        markdown: constantMarkdown(name, value, enumeration, MEANINGS[name]),
      })),
  );
  return [...commands, ...structures, ...bitFields, ...enumerations, ...constants];
}

export const ENTRIES: readonly Entry[] = allEntries();

/** How headers spell a macro for a command: SMC_RSI_VERSION, SMC_RMI_GRANULE_DELEGATE, RSI_VERSION_FID. */
const MACRO_DECORATION = /^(?:SMC(?:32|64)?_|FID_)|_FID$/gi;

/** A name without what headers add to it, in one case: RmiRealmParams, rmi_realm_params and rmi_realm_params_t are one. */
export const normalise = (name: string): string =>
  name.replace(MACRO_DECORATION, '').replace(/_t$/, '').replaceAll('_', '').toLowerCase();

const isMacro = (entry: Entry): boolean => entry.kind === 'command' || entry.kind === 'constant';

const byName = (entries: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map(entries.map((entry) => [normalise(entry.name), entry]));
const MACROS = byName(ENTRIES.filter(isMacro));
const TYPES = byName(ENTRIES.filter((entry) => !isMacro(entry)));

const MACRO_WORD = /^(?:SMC(?:32|64)?_|FID_)?(?:rmi|rsi|psci|smccc)_/i;

/**
 * What a word may mean. `RSI_HOST_CALL` is the command and `RsiHostCall` its structure; `rsi_host_call`, as C has it, may
 * be a function for the one or a struct for the other, so both are given.
 */
export function entriesOf(word: string): Entry[] {
  const key = normalise(word);
  const command = MACRO_WORD.test(word) ? MACROS.get(key) : undefined;
  const type = /^[A-Z0-9_]+$/.test(word) ? undefined : TYPES.get(key);
  return [command, type].filter((entry) => entry !== undefined);
}

const BY_FID: ReadonlyMap<number, Entry> = new Map(
  CATALOGUE.flatMap((command) =>
    [command.fid, command.fidAlt]
      .filter((fid) => fid !== undefined)
      .map((fid) => [fid, MACROS.get(normalise(command.name))!]),
  ),
);

/** The command with this function identifier, as SMC32 or SMC64. */
export const entryOfFid = (fid: number): Entry | undefined => BY_FID.get(fid);

/** Structures a text speaks of, by any spelling. Fields are explained only where their structure is in sight. */
export function structuresIn(text: string): string[] {
  const words = new Set((text.match(/\b(?:rmi|rsi|rmm)_?[a-z]\w*/gi) ?? []).map(normalise));
  return Object.keys(STRUCTURES).filter((name) => words.has(normalise(name)));
}

export const fieldsOf = (structure: string): StructureField[] => Object.values(STRUCTURES[structure]?.fields ?? {});
