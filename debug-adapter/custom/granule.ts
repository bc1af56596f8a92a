/** `cca/granule`: the card of one granule. */
import { alignDown, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { pasOfGpi } from '../../emulator/memory/gpi';
import { GPI_NAMES, type GptWalk, walkGpt } from '../../emulator/memory/gpt';
import { isRam, peekBytes } from '../../emulator/memory/memory';
import { generationOf } from '../../emulator/memory/mpe';
import { type EncryptionContext, encryptionContext, PAS_NAMES, Pas } from '../../emulator/memory/pas';
import { granuleInfo, readRealm, whoMaps } from '../../emulator/rmm/inspect';
import { plainHex, showHex, upperHex } from '../format';
import { badArgument } from '../problems';
import type { GptStep, GranuleArguments, GranuleResponse } from '../protocol';
import { type Session, targetOf } from '../session/state';
import { realmTitle } from '../variables/realms';
import { hexArgument } from './arguments';
import { pasColour, stateColour } from './colours';

const SHOWN_BYTES = 64;

export function granule(session: Session, args: GranuleArguments): GranuleResponse {
  const { machine } = targetOf(session, 'cca/granule');
  const address = pa(alignDown(hexArgument('pa', args.pa), 4096));
  if (address >= 2 ** machine.platform.features.paBits) {
    throw badArgument('pa', args.pa, `a physical address of at most ${machine.platform.features.paBits} bits`);
  }
  const info = granuleInfo(machine, address);
  const walk = walkGpt(machine.memory, machine.platform, address);
  const [colour, pasLabel] = pasColour(walk.gpi);
  const realm = info.rd === null ? undefined : readRealm(machine, info.rd);
  const pas = pasOfGpi(walk.gpi);
  const context = pas === undefined ? undefined : encryptionContext(pas, pas === Pas.Realm ? (info.mecid ?? 0) : 0);
  const name = realm && realmTitle(machine, realm);
  const inRam = isRam(machine.memory, address);
  const state = info.state ?? (inRam ? 'not tracked' : 'no memory');
  const sentence = [
    `Granule ${showHex(address)}`,
    `${info.usedAs || state}${name ? ` of ${name}` : ''}`,
    pasLabel,
    ...(pas === Pas.Realm && info.mecid !== null ? [`MECID ${info.mecid}`] : []),
  ].join(', ');
  return {
    generation: session.generation,
    pa: plainHex(address),
    sentence: upperHex(sentence),
    state,
    stateColour: stateColour(info.state),
    pas: pasLabel,
    pasColour: colour,
    gpt: gptSteps(walk),
    ...(realm && name ? { realm: { id: `realm:${plainHex(realm.rd)}`, name, rd: plainHex(realm.rd) } } : {}),
    ...(context === undefined || pas === undefined
      ? {}
      : {
          context: {
            mecid: pas === Pas.Realm ? (info.mecid ?? 0) : 0,
            pas: PAS_NAMES[pas],
            generation: generationOf(machine.memory.contexts, context),
          },
        }),
    mappings: whoMaps(machine, address).map((mapping) => ({
      realm: realmTitle(machine, readRealm(machine, mapping.rd)),
      ipa: plainHex(mapping.ipa),
      level: mapping.level,
      hipas: mapping.hipas,
      ...(mapping.ripas === null ? {} : { ripas: mapping.ripas }),
    })),
    ...(inRam && context !== undefined ? { content: contentOf(machine, address, context) } : {}),
  };
}

function gptSteps(walk: GptWalk): GptStep[] {
  const table = walk.l0Descriptor & 0x000f_ffff_ffff_f000n;
  const first: GptStep = {
    level: 0,
    descriptorPa: plainHex(walk.l0Pa),
    descriptor: plainHex(walk.l0Descriptor),
    meaning:
      walk.level === 1
        ? upperHex(`Table at ${showHex(table)}`)
        : walk.kind === 'block'
          ? `Block: ${GPI_NAMES[walk.gpi]}`
          : walk.kind,
  };
  if (walk.level === 0) return [first];
  const meaning =
    walk.kind === 'granules'
      ? `16 granules, this one ${GPI_NAMES[walk.gpi]}`
      : walk.kind === 'contiguous'
        ? `Contiguous: ${GPI_NAMES[walk.gpi]}`
        : 'invalid';
  return [
    first,
    { level: 1, descriptorPa: plainHex(walk.descriptorPa), descriptor: plainHex(walk.descriptor), meaning },
  ];
}

const hexBytes = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

const contentOf = (
  machine: Machine,
  address: ReturnType<typeof pa>,
  context: EncryptionContext,
): { owner: string; bus: string } => ({
  owner: hexBytes(peekBytes(machine.memory, context, address, SHOWN_BYTES)),
  bus: hexBytes(peekBytes(machine.memory, 'bus', address, SHOWN_BYTES)),
});
