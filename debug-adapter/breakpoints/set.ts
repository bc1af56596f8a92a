/** Requests that replace breakpoints: by source line, by function or command name, by instruction, by exception filter. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { tlbBankOf } from '../../emulator/cpu/layout';
import { setCodeBreakpoints } from '../../emulator/machine/stop';
import { Pas } from '../../emulator/memory/pas';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { parseReference } from '../address-space/address-space';
import { imageOfPlace } from '../evaluate/names';
import { plainHex, showHex } from '../format';
import { focusedPlace } from '../memory/requests';
import { readAt } from '../memory/resolve';
import { nearest } from '../nearest';
import { messageOfError } from '../session/errors';
import { type Image, imageOf } from '../session/images';
import { readCommandStop } from '../session/launch-configuration';
import { clientPath, filesOfClient } from '../session/sources';
import type { Session, Target } from '../session/state';
import { afterPrologue, linesWithCode, placesOfLine } from '../symbols/lines';
import { functionAt, functionsNamed } from '../symbols/program';
import { EXCEPTION_FILTERS } from './exception-filters';
import { isHitCondition } from './hit-condition';
import { type Binding, type CodeAddress, type CodePoint, codePoints, type Extras, extrasOf } from './store';

/** Where code of a world runs: R-EL1 and R-EL0, NS-EL2 to NS-EL0. */
const REGIMES: Readonly<Record<CodeAddress['world'], readonly number[]>> = {
  [Pas.Realm]: [tlbBankOf(1, true), tlbBankOf(0, true)],
  [Pas.NonSecure]: [tlbBankOf(2, false), tlbBankOf(1, false), tlbBankOf(0, false)],
};

/**
 * Gives the machine the addresses of all code breakpoints, and `temporary` ones of a step. Only when they differ from
 * what it has: a change drops cached fetches.
 */
export function armCode(session: Session, target: Target, temporary: readonly CodeAddress[] = []): void {
  const { breakpoints, armed } = session;
  const key = `${breakpoints.version}:${temporary.map(keyOf).join()}`;
  if (armed?.target === target && armed.key === key) return;
  session.armed = { target, key };
  const points = target.configuration.noDebug ? [] : codePoints(breakpoints);
  const all = [...points.flatMap(({ binding }) => binding.addresses), ...temporary];
  const unique = new Map(all.map((address) => [keyOf(address), address]));
  setCodeBreakpoints(
    target.machine,
    [...unique.values()].flatMap(({ va, world }) => REGIMES[world].map((regime) => ({ va, regime }))),
  );
}

const keyOf = ({ va, world }: CodeAddress): string => `${world}:${va}`;

/** Binds every breakpoint to the image of a restarted session, and tells the client what moved. */
export function rebind(session: Session, target: Target): void {
  session.breakpoints.version++;
  for (const point of codePoints(session.breakpoints)) {
    const before = point.binding;
    point.binding = point.bind(target);
    const same =
      before.line === point.binding.line &&
      before.addresses.map(keyOf).join() === point.binding.addresses.map(keyOf).join();
    if (!same) session.send('breakpoint', { reason: 'changed', breakpoint: report(session, point) });
  }
}

const UNLOADED: Binding = { addresses: [], label: '', message: 'The guest is not loaded yet.' };
const nowhere = (message: string): Binding => ({ addresses: [], label: '', message });

/** Makes a point and binds it when there is an image. */
function createPoint(
  session: Session,
  kind: CodePoint['kind'],
  extras: Extras,
  bind: (target: Target) => Binding,
): CodePoint {
  const complaint = complaintOf(extras);
  const checked = complaint === undefined ? bind : (): Binding => nowhere(complaint);
  const binding = session.target ? checked(session.target) : UNLOADED;
  return { id: session.breakpoints.nextId++, kind, bind: checked, binding, ...extras };
}

/** A point as the client is told of it. */
function report(session: Session, { id, binding }: CodePoint): DebugProtocol.Breakpoint {
  const first = binding.addresses[0];
  if (first === undefined || binding.message !== undefined) {
    const reason = binding === UNLOADED || first !== undefined ? 'pending' : 'failed';
    return { id, verified: false, reason, ...(binding.message === undefined ? {} : { message: binding.message }) };
  }
  const line = binding.line === undefined ? {} : { line: session.clientLinesFrom1 ? binding.line : binding.line - 1 };
  return { id, verified: true, ...line, instructionReference: plainHex(first.va) };
}

export function setBreakpoints(
  session: Session,
  args: DebugProtocol.SetBreakpointsArguments,
): DebugProtocol.SetBreakpointsResponse['body'] {
  const { breakpoints: store, target } = session;
  const { path } = args.source;
  const requested = args.breakpoints ?? [];
  if (path === undefined) {
    return { breakpoints: requested.map(() => refused(store.nextId++, NO_DOCUMENT_BREAKPOINTS)) };
  }
  const points = requested.map((wanted) => {
    const line = session.clientLinesFrom1 ? wanted.line : wanted.line + 1;
    return createPoint(session, 'source', extrasOf(wanted), (image) => bindLine(image, path, line));
  });
  store.source.set(path, points);
  store.version++;
  if (target) armCode(session, target);
  return { breakpoints: points.map((point) => report(session, point)) };
}

const NO_DOCUMENT_BREAKPOINTS =
  'Breakpoints inside this document are not supported; use a function breakpoint with the command’s name.';

/** All code of a line, in every file of the image that is the client's. */
function bindLine(target: Target, path: string, line: number): Binding {
  const bound = target.images.map((image) => placesInImage(image, path, line));
  if (bound.every((places) => places === undefined)) {
    const names = target.images.map(({ program }) => program.image.name).join(' and ');
    return nowhere(`The debug information of ${names} does not mention this file.`);
  }
  const places = bound.flatMap((each) => each ?? []);
  const actual = Math.min(...places.map((place) => place.line));
  const addresses = places.filter((place) => place.line === actual).flatMap((place) => place.addresses);
  if (addresses.length === 0) return nowhere('There is no code at this line or near below it.');
  return { addresses, line: actual, label: `${clientPath(path).split(/[\\/]/).at(-1)}:${actual}` };
}

/** What a line is in one image; undefined when its debug information does not mention the file. */
function placesInImage(
  { program, sources, world }: Image,
  path: string,
  line: number,
): { line: number; addresses: CodeAddress[] }[] | undefined {
  const files = filesOfClient(sources, path, program.lines.byFile.keys());
  if (files.length === 0) return undefined;
  const scopeOf = (address: bigint): bigint | undefined => functionAt(program, address)?.entry;
  return files
    .map((file) => placesOfLine(program.lines, file, line, scopeOf))
    .filter((place) => place !== undefined)
    .map((place) => ({ line: place.line, addresses: place.addresses.map((va) => ({ va, world })) }));
}

const refused = (id: number, message: string): DebugProtocol.Breakpoint => ({
  id,
  verified: false,
  message,
  reason: 'failed',
});

function complaintOf(extras: Extras): string | undefined {
  if (extras.hitCondition === undefined || isHitCondition(extras.hitCondition)) return undefined;
  return `The hit count "${extras.hitCondition}" is no count: write 5, >= 5, == 5 or % 5.`;
}

export function setFunctionBreakpoints(
  session: Session,
  args: DebugProtocol.SetFunctionBreakpointsArguments,
): DebugProtocol.SetFunctionBreakpointsResponse['body'] {
  const { breakpoints: store, target } = session;
  store.functions = [];
  store.commands = [];
  store.version++;
  const breakpoints = args.breakpoints.map((wanted) => {
    const name = wanted.name.trim();
    if (isCommandName(target, name)) return setCommandBreakpoint(session, name, extrasOf(wanted));
    const point = createPoint(session, 'function', extrasOf(wanted), (image) => bindFunction(image, name));
    store.functions.push(point);
    return report(session, point);
  });
  if (target) armCode(session, target);
  return { breakpoints };
}

function setCommandBreakpoint(session: Session, name: string, extras: Extras): DebugProtocol.Breakpoint {
  const { breakpoints: store } = session;
  const id = store.nextId++;
  const complaint = complaintOf(extras);
  if (complaint !== undefined) return refused(id, complaint);
  try {
    store.commands.push({ id, stop: readCommandStop(name), ...extras });
    return { id, verified: true, message: commandSummary(name) };
  } catch (error) {
    return refused(id, messageOfError(error));
  }
}

/** Behind the prologue, where the arguments can be read. */
function bindFunction({ images }: Target, name: string): Binding {
  const addresses = images.flatMap(({ program, world }) =>
    functionsNamed(program, name).map((info) => ({
      va: info.die ? afterPrologue(program.lines, info.entry) : info.entry,
      world,
    })),
  );
  if (addresses.length === 0) {
    const symbols = images.flatMap(({ program }) => program.codeSymbols.map((symbol) => symbol.name));
    const names = [...symbols, ...CATALOGUE.map((command) => command.name)];
    const guess = nearest(name, names);
    return nowhere(`There is no function or command "${name}".${guess ? ` Did you mean ${guess}?` : ''}`);
  }
  return { addresses, label: name };
}

/**
 * Command names are upper case, as the specification writes them; another case is taken for one only when the guest has no
 * such function (an RSI library may well have an `rsi_version`).
 */
const isCommandName = (target: Target | undefined, name: string): boolean =>
  /^(RMI|RSI|PSCI)_[A-Z]/.test(name) ||
  (/^(rmi|rsi|psci)_/i.test(name) && !target?.images.some(({ program }) => functionsNamed(program, name).length > 0));

const commandSummary = (name: string): string =>
  CATALOGUE.find((command) => name.toUpperCase().startsWith(command.name))?.summary ?? '';

export function setInstructionBreakpoints(
  session: Session,
  args: DebugProtocol.SetInstructionBreakpointsArguments,
): DebugProtocol.SetInstructionBreakpointsResponse['body'] {
  const { breakpoints: store, target } = session;
  store.instructions = args.breakpoints.map((wanted) =>
    createPoint(session, 'instruction', extrasOf(wanted), (image) =>
      bindInstruction(session, image, wanted.instructionReference, wanted.offset ?? 0),
    ),
  );
  store.version++;
  if (target) armCode(session, target);
  return { breakpoints: store.instructions.map((point) => report(session, point)) };
}

function bindInstruction(session: Session, target: Target, reference: string, offset: number): Binding {
  try {
    const { space, address } = parseReference(reference);
    const va = BigInt.asUintN(64, address + BigInt(offset));
    if (space.kind !== 'focus' && space.kind !== 'va') {
      return nowhere('An instruction breakpoint needs a virtual address.');
    }
    if (va % 4n !== 0n) return nowhere(`${showHex(va)} is no instruction: A64 instructions are at multiples of 4.`);
    const place = focusedPlace(session, target);
    const image =
      space.kind === 'va'
        ? imageOf(target, space.world === Pas.NonSecure ? Pas.NonSecure : Pas.Realm)
        : imageOfPlace(place);
    const code = { addresses: [{ va, world: image.world }], label: showHex(va) };
    // The image will be there once the Host has loaded it. Other addresses stay armed: the guest may map them later.
    const inImage = image.program.image.segments.some(
      ({ executable, virtualAddress, memorySize }) =>
        executable && va >= virtualAddress && va < virtualAddress + BigInt(memorySize),
    );
    if (inImage || readAt(place, { space, address: va }, 4)) return code;
    return { ...code, message: `There is no memory at ${showHex(va)} now: nothing is mapped there.` };
  } catch (error) {
    return nowhere(messageOfError(error));
  }
}

export function setExceptionBreakpoints(
  session: Session,
  args: DebugProtocol.SetExceptionBreakpointsArguments,
): DebugProtocol.SetExceptionBreakpointsResponse['body'] {
  const wanted = [...args.filters, ...(args.filterOptions ?? []).map((option) => option.filterId)];
  session.breakpoints.exceptions = new Set(wanted);
  return {
    breakpoints: wanted.map((filter) => {
      const known = EXCEPTION_FILTERS.some((each) => each.filter === filter);
      return known ? { verified: true } : { verified: false, message: `There is no exception filter "${filter}".` };
    }),
  };
}

export function breakpointLocations(
  session: Session,
  args: DebugProtocol.BreakpointLocationsArguments,
): DebugProtocol.BreakpointLocationsResponse['body'] {
  const { target } = session;
  if (!target || args.source.path === undefined) return { breakpoints: [] };
  const shift = session.clientLinesFrom1 ? 0 : 1;
  const { path } = args.source;
  const lines = target.images.flatMap(({ program, sources }) =>
    filesOfClient(sources, path, program.lines.byFile.keys()).flatMap((file) =>
      linesWithCode(program.lines, file, args.line + shift, (args.endLine ?? args.line) + shift),
    ),
  );
  return { breakpoints: [...new Set(lines)].map((line) => ({ line: line - shift })) };
}
