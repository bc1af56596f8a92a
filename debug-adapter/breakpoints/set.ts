/** Requests that replace breakpoints: by source line, by function or command name, by instruction, by exception filter. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { tlbBankOf } from '../../emulator/cpu/layout';
import { setCodeBreakpoints } from '../../emulator/machine/stop';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { parseReference } from '../address-space/address-space';
import { showHex } from '../format';
import { nearest } from '../nearest';
import { messageOfError } from '../session/errors';
import { readCommandStop } from '../session/launch-configuration';
import { clientPath, filesOfClient } from '../session/sources';
import type { Session, Target } from '../session/state';
import { afterPrologue, linesWithCode, placesOfLine } from '../symbols/lines';
import { functionAt, functionsNamed } from '../symbols/program';
import { EXCEPTION_FILTERS } from './exception-filters';
import { isHitCondition } from './hit-condition';
import { type CodePoint, codePoints, type Extras, extrasOf } from './store';

/** The Realm regime: R-EL1 and R-EL0, where guests run. */
const REALM_REGIMES = [tlbBankOf(1, true), tlbBankOf(0, true)];

/** Gives the machine the addresses of all code breakpoints, and `temporary` ones of a step. */
export function armCode(session: Session, target: Target, temporary: readonly bigint[] = []): void {
  const wanted = target.configuration.noDebug
    ? []
    : codePoints(session.breakpoints).flatMap((point) => point.addresses);
  const unique = new Set([...wanted, ...temporary]);
  setCodeBreakpoints(
    target.machine,
    [...unique].flatMap((va) => REALM_REGIMES.map((regime) => ({ va, regime }))),
  );
}

export function setBreakpoints(
  session: Session,
  args: DebugProtocol.SetBreakpointsArguments,
): DebugProtocol.SetBreakpointsResponse['body'] {
  const { store, target } = { store: session.breakpoints, target: session.target };
  const path = args.source.path;
  const requested = args.breakpoints ?? [];
  if (path === undefined) {
    return {
      breakpoints: requested.map(() =>
        refused(
          store.nextId++,
          'Breakpoints inside this document are not supported; use a function breakpoint with the command’s name.',
        ),
      ),
    };
  }
  const points: CodePoint[] = [];
  const breakpoints = requested.map((wanted) => {
    const id = store.nextId++;
    const extras = extrasOf(wanted);
    const complaint = complaintOf(extras);
    if (complaint !== undefined) return refused(id, complaint);
    if (!target) return { id, verified: false, reason: 'pending' as const, message: 'The guest is not loaded yet.' };
    const line = session.clientLinesFrom1 ? wanted.line : wanted.line + 1;
    const files = filesOfClient(target.sources, path, target.program.lines.byFile.keys());
    if (files.length === 0)
      return refused(id, `The debug information of ${target.program.image.name} does not mention this file.`);
    const places = files.map((file) =>
      placesOfLine(target.program.lines, file, line, (address) => functionAt(target.program, address)?.entry),
    );
    const found = places.filter((place) => place !== undefined);
    const actual = Math.min(...found.map((place) => place.line));
    const addresses = found.filter((place) => place.line === actual).flatMap((place) => place.addresses);
    if (addresses.length === 0) return refused(id, 'There is no code at this line or near below it.');
    points.push({
      id,
      kind: 'source',
      addresses,
      label: `${clientPath(path).split(/[\\/]/).at(-1)}:${actual}`,
      ...extras,
    });
    return {
      id,
      verified: true,
      line: session.clientLinesFrom1 ? actual : actual - 1,
      source: args.source,
      instructionReference: referenceText(addresses[0]!),
    };
  });
  store.source.set(path, points);
  if (target) armCode(session, target);
  return { breakpoints };
}

const referenceText = (address: bigint): string => `0x${address.toString(16)}`;

function refused(id: number, message: string): DebugProtocol.Breakpoint {
  return { id, verified: false, message, reason: 'failed' };
}

function complaintOf(extras: Extras): string | undefined {
  if (extras.hitCondition !== undefined && !isHitCondition(extras.hitCondition)) {
    return `The hit count "${extras.hitCondition}" is no count: write 5, >= 5, == 5 or % 5.`;
  }
  return undefined;
}

export function setFunctionBreakpoints(
  session: Session,
  args: DebugProtocol.SetFunctionBreakpointsArguments,
): DebugProtocol.SetFunctionBreakpointsResponse['body'] {
  const { breakpoints: store, target } = session;
  store.functions = [];
  store.commands = [];
  const breakpoints = args.breakpoints.map((wanted) => {
    const id = store.nextId++;
    const extras = extrasOf(wanted);
    const complaint = complaintOf(extras);
    if (complaint !== undefined) return refused(id, complaint);
    const name = wanted.name.trim();
    if (isCommandName(target, name)) {
      try {
        store.commands.push({ id, stop: readCommandStop(name), ...extras });
        return { id, verified: true, message: commandSummary(name) };
      } catch (error) {
        return refused(id, messageOfError(error));
      }
    }
    if (!target) return { id, verified: false, reason: 'pending' as const, message: 'The guest is not loaded yet.' };
    const functions = functionsNamed(target.program, name);
    if (functions.length === 0) {
      const names = [
        ...target.program.codeSymbols.map((symbol) => symbol.name),
        ...CATALOGUE.map((command) => command.name),
      ];
      const guess = nearest(name, names);
      return refused(id, `There is no function or command "${name}".${guess ? ` Did you mean ${guess}?` : ''}`);
    }
    const addresses = functions.map((info) =>
      info.die ? afterPrologue(target.program.lines, info.entry) : info.entry,
    );
    store.functions.push({ id, kind: 'function', addresses, label: name, ...extras });
    return { id, verified: true, instructionReference: referenceText(addresses[0]!) };
  });
  if (target) armCode(session, target);
  return { breakpoints };
}

/**
 * Command names are upper case, as the specification writes them; another case is taken for one only when the guest has no
 * such function (an RSI library may well have an `rsi_version`).
 */
const isCommandName = (target: Target | undefined, name: string): boolean =>
  /^(RMI|RSI|PSCI)_[A-Z]/.test(name) ||
  (/^(rmi|rsi|psci)_/i.test(name) && !(target && functionsNamed(target.program, name).length > 0));

const commandSummary = (name: string): string =>
  CATALOGUE.find((command) => name.toUpperCase().startsWith(command.name))?.summary ?? '';

export function setInstructionBreakpoints(
  session: Session,
  args: DebugProtocol.SetInstructionBreakpointsArguments,
): DebugProtocol.SetInstructionBreakpointsResponse['body'] {
  const { breakpoints: store, target } = session;
  store.instructions = [];
  const breakpoints = args.breakpoints.map((wanted) => {
    const id = store.nextId++;
    const extras = extrasOf(wanted);
    const complaint = complaintOf(extras);
    if (complaint !== undefined) return refused(id, complaint);
    try {
      const { space, address } = parseReference(wanted.instructionReference);
      const va = BigInt.asUintN(64, address + BigInt(wanted.offset ?? 0));
      if (space.kind !== 'focus' && space.kind !== 'va')
        return refused(id, 'An instruction breakpoint needs a virtual address.');
      if (va % 4n !== 0n)
        return refused(id, `${showHex(va)} is no instruction: A64 instructions are at multiples of 4.`);
      store.instructions.push({ id, kind: 'instruction', addresses: [va], label: showHex(va), ...extras });
      return { id, verified: true, instructionReference: referenceText(va) };
    } catch (error) {
      return refused(id, messageOfError(error));
    }
  });
  if (target) armCode(session, target);
  return { breakpoints };
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
  const files = filesOfClient(target.sources, args.source.path, target.program.lines.byFile.keys());
  const lines = files.flatMap((file) =>
    linesWithCode(target.program.lines, file, args.line + shift, (args.endLine ?? args.line) + shift),
  );
  return { breakpoints: [...new Set(lines)].map((line) => ({ line: line - shift })) };
}
