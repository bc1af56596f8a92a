/**
 * One stack through the worlds: the Realm's frames ← the command that entered it (RMM) ← the Host's frames, of its plan or of
 * its own code.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { hostFrames } from '../../emulator/host/host';
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import type { Frame as CommandFrame } from '../../emulator/rmm/commands/row';
import { callNumbered } from '../../emulator/rmm/inspect';
import { faultOf } from '../breakpoints/exception-filters';
import { plainHex, showHex } from '../format';
import { type Image, imageOf } from '../session/images';
import { localPath } from '../session/sources';
import { lineAt } from '../symbols/lines';
import { type FunctionInfo, functionAt, type Program, symbolAt } from '../symbols/program';
import { type InlineLevel, inlineLevels } from '../symbols/scopes';
import { type ReadMemory, type UnwoundFrame, unwind } from '../symbols/unwind';
import { commandDocument, stageName } from './command-document';
import { type Guest, guestsOf } from './guest';
import { positionOf } from './position';
import { type CallDocuments, callSource, HOST_SOURCE, sourceOfFile } from './virtual-sources';

/** A frame of A64 code: a Realm's, or a Host's that is an image. */
export interface GuestFrame {
  readonly guest: Guest;
  readonly unwound: UnwoundFrame;
  readonly function: FunctionInfo | undefined;
  /** The inlined call or the function itself; undefined without debug information. */
  readonly level: InlineLevel | undefined;
  /** 0 for the frame that is executing. */
  readonly depth: number;
}

export interface StackEntry {
  readonly kind: 'guest' | 'command' | 'host' | 'monitor';
  /** The same frame at the next stop has the same key. */
  readonly key: string;
  readonly name: string;
  readonly source: DebugProtocol.Source | undefined;
  readonly line: number;
  readonly column: number;
  /** VA of the instruction, for frames with code. */
  readonly instruction: bigint | undefined;
  readonly hint: 'normal' | 'label' | 'subtle';
  readonly guest?: GuestFrame;
  /** Number of the call, for command frames. */
  readonly call?: number;
}

export interface StackContext {
  readonly machine: Machine;
  readonly images: readonly Image[];
  readonly read: (guest: Guest) => ReadMemory;
  readonly documents: CallDocuments;
  /** The call that has just ended here, still to be shown with its result. */
  readonly justEnded: number | undefined;
}

/** The stack of a PE, innermost frame first. */
export function stackOf(context: StackContext, pe: number): StackEntry[] {
  const { machine } = context;
  const position = positionOf(machine, pe);
  const guests = guestsOf(machine, pe);
  const realm = guests.find(({ world }) => world === Pas.Realm);
  const image = guests.find(({ world }) => world === Pas.NonSecure);
  const entries: StackEntry[] = [];
  const inner = machine.rmm.guestFrames[pe];
  const outer = machine.rmm.frames[pe];
  const ended = endedFrame(context, pe);
  entries.push(...ended);
  if (position.kind === 'transit' && ended.length === 0) {
    const isRmm = machine.pes[pe]?.runner === 'rmm';
    entries.push(plainFrame('monitor', isRmm ? 'RMM (R-EL2): serves the Realm' : 'Monitor (EL3): world switch'));
  }
  if (inner) entries.push(commandEntry(context, inner, false));
  if (realm) entries.push(...guestEntries(context, realm));
  if (outer) entries.push(commandEntry(context, outer, realm !== undefined));
  if (image) entries.push(...guestEntries(context, image));
  for (const [i, frame] of hostFrames(machine).entries()) {
    entries.push({
      kind: 'host',
      key: `host:${i}`,
      name: frame.detail === '' || outer ? frame.name : `${frame.name} · ${frame.detail}`,
      source: HOST_SOURCE,
      line: frame.line,
      column: 1,
      instruction: undefined,
      hint: 'normal',
    });
  }
  if (entries.length === 0) entries.push(plainFrame('monitor', position.kind === 'off' ? 'PE is off' : 'Firmware'));
  return entries;
}

function plainFrame(kind: 'monitor', name: string): StackEntry {
  return { kind, key: name, name, source: undefined, line: 0, column: 0, instruction: undefined, hint: 'subtle' };
}

function commandEntry(context: StackContext, frame: CommandFrame, waiting: boolean): StackEntry {
  const document = commandDocument(frame.fid);
  const name = document?.name ?? `command ${showHex(frame.fid)}`;
  return {
    kind: 'command',
    key: `command:${name}`,
    name: waiting ? `${name} (RMM)` : `${name} · stage ${stageName(frame.fid, frame.stage)}`,
    source: callSource(context.documents, context.machine, frame.fid, frame.call),
    line: document?.stageLines[Math.min(frame.stage, document.stageLines.length - 1)] ?? 1,
    column: 1,
    instruction: undefined,
    hint: waiting ? 'subtle' : 'normal',
    call: frame.call,
  };
}

function endedFrame(context: StackContext, pe: number): StackEntry[] {
  const call = context.justEnded === undefined ? null : callNumbered(context.machine, pe, context.justEnded);
  if (!call) return [];
  const document = commandDocument(call.fid);
  const index = call.result?.index ? ` (${call.result.index})` : '';
  // A host call ends with a REC exit: its answer comes with the next entry.
  const how = call.result ? `returned ${call.result.status}${index}` : 'left to the Host';
  return [
    {
      kind: 'command',
      key: `command:${call.name}`,
      name: `${call.name} · ${how}`,
      source: callSource(context.documents, context.machine, call.fid, call.call),
      line: document?.stageLines.at(-1) ?? 1,
      column: 1,
      instruction: undefined,
      hint: 'normal',
      call: call.call,
    },
  ];
}

function guestEntries(context: StackContext, guest: Guest): StackEntry[] {
  const { program } = imageOf(context, guest.world);
  const read = context.read(guest);
  const { interrupted } = guest;
  if (!interrupted) return unwoundEntries(context, guest, unwind(program, guest.registers, read));
  // At an exception vector: the handler, then the code the exception was taken from.
  const vector = { registers: guest.registers, lookup: guest.registers.pc, cfa: undefined };
  return [
    ...unwoundEntries(context, guest, [vector]),
    {
      ...plainFrame('monitor', `exception: ${faultOf(interrupted.esr) ?? `ESR ${showHex(interrupted.esr)}`}`),
      hint: 'label',
    },
    ...unwoundEntries(context, guest, unwind(program, interrupted.registers, read)),
  ];
}

function unwoundEntries(context: StackContext, guest: Guest, frames: readonly UnwoundFrame[]): StackEntry[] {
  const { program, sources } = imageOf(context, guest.world);
  const entries: StackEntry[] = [];
  // Frames are identified from the outermost inwards, so that a call does not rename its callers.
  for (const [depth, unwound] of frames.entries()) {
    const info = functionAt(program, unwound.lookup);
    const levels = info ? inlineLevels(program, info, unwound.lookup) : [];
    const height = frames.length - depth;
    const span = lineAt(program.lines, unwound.lookup);
    let place = span && { file: span.file, line: span.line, column: span.column };
    for (const [i, level] of (levels.length > 0 ? levels : [undefined]).entries()) {
      const name = level?.name ?? info?.name ?? showHex(unwound.registers.pc);
      entries.push({
        kind: 'guest',
        key: `guest:${guest.world}:${height}:${info?.entry ?? 'unknown'}:${levels.length - i}`,
        name: i < levels.length - 1 ? `${name} (inlined)` : name,
        source: place && sourceOfFile(place.file, localPath(sources, place.file)),
        line: place?.line ?? 0,
        column: place ? place.column : 0,
        instruction: unwound.registers.pc,
        hint: 'normal',
        guest: { guest, unwound, function: info, level, depth },
      });
      place = level?.calledFrom && { ...level.calledFrom, column: 0 };
    }
  }
  return entries;
}

/** `name` or `name+0x10` of the symbol at an address. */
export function symbolName(program: Program, address: bigint): string | undefined {
  const symbol = symbolAt(program, address);
  if (!symbol) return undefined;
  return symbol.address === address ? symbol.name : `${symbol.name}+${plainHex(address - symbol.address)}`;
}
