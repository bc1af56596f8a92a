/** `cca/explain` and the console's `explain`: the fault explainer. */
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import { granuleStateName, listRecs } from '../../emulator/rmm/inspect';
import { explainAccess } from '../../emulator/translation/explain/explain';
import { explainFaultTaken, lastFault, type TakenFault } from '../../emulator/translation/explain/last-fault';
import { plainExplanation, plainTaken } from '../../emulator/translation/explain/plain';
import { explanationLines, takenLine } from '../../emulator/translation/explain/text';
import type { ExplainQuery, Explanation, Viewpoint } from '../../emulator/translation/explain/types';
import { viewpointOfPe } from '../../emulator/translation/explain/viewpoint';
import { parseReference, type Reference } from '../address-space/address-space';
import type { Place } from '../evaluate/names';
import { focusedPlace } from '../memory/requests';
import { guestOfPlace, realmOfPlace } from '../memory/resolve';
import { badArgument } from '../problems';
import type { ExplainArguments, ExplainResponse } from '../protocol';
import { peOfThread } from '../session/running';
import { frameOf } from '../session/stacks';
import { type Session, targetOf } from '../session/state';
import { hexArgument, realmArgument } from './arguments';

const SPACES = ['va', 'ipa', 'pa'] as const;
const ACCESSES = ['read', 'write', 'execute'] as const;
const WORLDS = { realm: Pas.Realm, nonSecure: Pas.NonSecure, secure: Pas.Secure, root: Pas.Root } as const;
const SIZES = [1, 2, 4, 8, 16];
const NO_FAULT = 'No fault was taken so far. An address explains any access: explain 0x4000_0000';

type Level = 0 | 1 | 2 | 3;

function choice<T extends string>(name: string, value: unknown, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  const found = choices.find((each) => each === value);
  if (found === undefined) throw badArgument(name, value, `one of ${choices.join(', ')}`);
  return found;
}

function levelOf(args: ExplainArguments): Level | undefined {
  const { el } = args;
  if (el === undefined) return undefined;
  if (![0, 1, 2, 3].includes(el)) throw badArgument('el', el, 'an exception level from 0 to 3');
  return el as Level;
}

function sizeOf(args: ExplainArguments): number {
  const { size = 1 } = args;
  if (!SIZES.includes(size)) throw badArgument('size', size, '1, 2, 4, 8 or 16 bytes');
  return size;
}

/** A Realm through one of its RECs, the first unless one is named. */
function realmViewpoint(machine: Machine, rd: number, el: 0 | 1 | undefined): Viewpoint {
  const level = el === undefined ? {} : { el };
  const rec = listRecs(machine, pa(rd))[0];
  return rec === undefined ? { kind: 'realm', rd: pa(rd), ...level } : { kind: 'rec', rec: rec.rec, ...level };
}

function recArgument(machine: Machine, value: unknown): Viewpoint & { kind: 'rec' } {
  const wanted = 'the id of a REC row, or the PA of a REC';
  if (typeof value !== 'string') throw badArgument('rec', value, wanted);
  const rec = pa(hexArgument('rec', value.replace(/^rec:/, '')));
  if (granuleStateName(machine, rec) !== 'REC') throw badArgument('rec', value, wanted);
  return { kind: 'rec', rec };
}

const below = (el: Level | undefined, name: string): 0 | 1 | undefined => {
  if (el === undefined || el < 2) return el as 0 | 1 | undefined;
  throw badArgument('el', el, `0 or 1 with ${name}`);
};

/** Whose access it is: named by the arguments, by the reference's tag, or by the place. */
function viewpointOf(place: Place, args: ExplainArguments, { space }: Reference): Viewpoint {
  const { machine } = place.target;
  const el = levelOf(args);
  if (args.rec !== undefined) {
    const level = below(el, 'a REC');
    return { ...recArgument(machine, args.rec), ...(level === undefined ? {} : { el: level }) };
  }
  if (args.realm !== undefined)
    return realmViewpoint(machine, realmArgument(machine, args.realm).rd, below(el, 'a Realm'));
  if (args.world !== undefined) {
    const world = choice('world', args.world, ['realm', 'nonSecure', 'secure', 'root'] as const, 'realm');
    if (world === 'realm' && el !== 2) return realmViewpoint(machine, realmOfPlace(place), below(el, 'a Realm'));
    return { kind: 'world', pe: place.pe, security: WORLDS[world], el: el ?? (world === 'root' ? 3 : 2) };
  }
  if (space.kind === 'ipa') return realmViewpoint(machine, space.rd * 4096, below(el, 'an IPA'));
  if (space.kind === 'va') {
    if (space.rd !== 0 && space.el < 2) return realmViewpoint(machine, space.rd * 4096, space.el as 0 | 1);
    return { kind: 'world', pe: place.pe, security: space.world, el: space.el };
  }
  if (space.kind === 'pa' && el === undefined) {
    const top = space.pas === Pas.Root ? 3 : 2;
    return { kind: 'world', pe: place.pe, security: space.pas, el: top };
  }
  const guest = guestOfPlace(place);
  if (guest?.realm && (el === undefined || el < 2)) {
    return { kind: 'rec', rec: guest.realm.rec, el: (el ?? guest.el) as 0 | 1 };
  }
  if (guest && guest.world === Pas.NonSecure) {
    return { kind: 'world', pe: place.pe, security: Pas.NonSecure, el: (el ?? guest.el) as 0 | 1 | 2 };
  }
  return el === undefined ? viewpointOfPe(machine, place.pe) : { kind: 'pe', pe: place.pe, el };
}

const SPACE_OF = { va: 'va', ipa: 'ipa', pa: 'pa', bus: 'pa' } as const;

/** @throws Problem when an argument is malformed or names what is not there */
export function explainAt(place: Place, args: ExplainArguments, reference: Reference): Explanation {
  const { kind } = reference.space;
  const given = choice('space', args.space, SPACES, 'va');
  const space: ExplainQuery['space'] = kind === 'focus' ? given : SPACE_OF[kind];
  const viewpoint = viewpointOf(place, args, reference);
  const query: ExplainQuery = {
    viewpoint,
    space,
    address: reference.address,
    access: choice('access', args.access, ACCESSES, 'read'),
    size: sizeOf(args),
    ...(reference.space.kind === 'pa' && args.world === undefined ? { pas: reference.space.pas } : {}),
  };
  return explainAccess(place.target.machine, query);
}

export const textOfExplanation = (explanation: Explanation, taken?: TakenFault): string =>
  [...(taken === undefined ? [] : [takenLine(taken)]), ...explanationLines(explanation)]
    .map(({ text }) => text)
    .join('\n');

/** The last fault in words, for the console. */
export function lastFaultText(machine: Machine): string {
  const taken = lastFault(machine);
  return taken === undefined ? NO_FAULT : textOfExplanation(explainFaultTaken(machine, taken), taken);
}

export function explain(session: Session, args: ExplainArguments): ExplainResponse {
  const target = targetOf(session, 'cca/explain');
  const { generation } = session;
  if (args.address === undefined) {
    const pe = args.threadId === undefined ? undefined : peOfThread(target, args.threadId);
    const taken = lastFault(target.machine, pe);
    if (taken === undefined) return { generation, taken: null, explanation: null, text: NO_FAULT };
    const explanation = explainFaultTaken(target.machine, taken);
    const text = textOfExplanation(explanation, taken);
    return { generation, taken: plainTaken(taken), explanation: plainExplanation(explanation), text };
  }
  if (typeof args.address !== 'string') {
    throw badArgument('address', args.address, 'a hexadecimal text such as "0x80000000", or a memory reference');
  }
  const place: Place =
    args.frameId === undefined ? focusedPlace(session, target) : { session, target, ...frameOf(session, args.frameId) };
  const explanation = explainAt(place, args, parseReference(args.address.replaceAll('_', '')));
  return { generation, taken: null, explanation: plainExplanation(explanation), text: textOfExplanation(explanation) };
}
