/** readMemory and disassemble. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassemble } from '../../emulator/cpu/disassembly/disassemble';
import { Pas } from '../../emulator/memory/pas';
import { formatReference, offsetReference, parseReference, type Reference } from '../address-space/address-space';
import { imageOfPlace, type Place } from '../evaluate/names';
import { badArgument } from '../problems';
import type { Image } from '../session/images';
import { imageOf } from '../session/images';
import { localPath } from '../session/sources';
import { stackEntries } from '../session/stacks';
import { type Session, type Target, targetOf } from '../session/state';
import { symbolName } from '../stack/frames';
import { sourceOfFile } from '../stack/virtual-sources';
import { lineAt } from '../symbols/lines';
import { readPrefix, unreadablePrefix } from './resolve';

const MAX_READ = 1 << 20;
const MAX_INSTRUCTIONS = 10_000;

/** The place that untagged addresses belong to: the focused frame, else where the PE stopped. */
export function focusedPlace(session: Session, target: Target): Place {
  const frame = session.focus === undefined ? undefined : session.frames.get(session.focus);
  const pe = frame?.pe ?? session.stop?.pe ?? 0;
  const entry = frame?.entry ?? (session.status === 'stopped' ? stackEntries(session, target, pe)[0] : undefined);
  return { session, target, pe, entry };
}

export function readMemory(
  session: Session,
  args: DebugProtocol.ReadMemoryArguments,
): DebugProtocol.ReadMemoryResponse['body'] {
  const target = targetOf(session, 'readMemory');
  const reference = offsetReference(parseReference(args.memoryReference), BigInt(Math.trunc(args.offset ?? 0)));
  if (!Number.isSafeInteger(args.count) || args.count < 0)
    throw badArgument('count', args.count, 'a number of bytes from 0');
  const address = formatReference(reference);
  const count = Math.min(args.count, MAX_READ);
  if (count === 0) return { address, data: '' };
  const place = focusedPlace(session, target);
  const bytes = readPrefix(place, reference, count);
  // What follows the gap is left for the next request: the count says how much to skip.
  const unreadable = unreadablePrefix(place, offsetReference(reference, BigInt(bytes.length)), count - bytes.length);
  return {
    address,
    data: Buffer.from(bytes).toString('base64'),
    ...(unreadable > 0 ? { unreadableBytes: unreadable } : {}),
  };
}

export function disassembleRequest(
  session: Session,
  args: DebugProtocol.DisassembleArguments,
): DebugProtocol.DisassembleResponse['body'] {
  const target = targetOf(session, 'disassemble');
  const count = args.instructionCount;
  if (!Number.isSafeInteger(count) || count < 0 || count > MAX_INSTRUCTIONS) {
    throw badArgument('instructionCount', count, `a number from 0 to ${MAX_INSTRUCTIONS}`);
  }
  const byteOffset = BigInt(Math.trunc(args.offset ?? 0)) + BigInt(Math.trunc(args.instructionOffset ?? 0)) * 4n;
  const base = parseReference(args.memoryReference);
  // A64 instructions are words: a reference into the middle of one means the whole.
  const aligned: Reference = { space: base.space, address: base.address - (base.address % 4n) };
  const start = aligned.address + byteOffset;
  const place = focusedPlace(session, target);
  const { space } = base;
  const isHost = space.kind === 'va' && space.world === Pas.NonSecure;
  const image = isHost ? imageOf(target, Pas.NonSecure) : imageOfPlace(place);
  const rows: DebugProtocol.DisassembledInstruction[] = [];
  let line: { file: string; line: number } | undefined;
  for (let i = 0; i < count; ) {
    const address = start + BigInt(i) * 4n;
    // Nothing is below 0 or above the last address: such rows only keep the count exact.
    if (address < 0n || address >= 1n << 64n) {
      rows.push(
        invalidRow({ space: base.space, address }, address < 0n ? 'below the first address' : 'above the last address'),
      );
      i++;
      continue;
    }
    const room = Number((4096n - (address % 4096n)) / 4n);
    const wanted = Math.min(count - i, room);
    const bytes = readPrefix(place, { space: base.space, address }, wanted * 4);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let k = 0; k < wanted; k++) {
      const at: Reference = { space: base.space, address: address + BigInt(k) * 4n };
      if (k * 4 + 4 > bytes.length) rows.push(invalidRow(at, 'not readable'));
      else {
        const { row, place: here } = instructionRow(
          image,
          at,
          view.getUint32(k * 4, true),
          args.resolveSymbols !== false,
          line,
        );
        rows.push(row);
        line = here;
      }
    }
    i += wanted;
  }
  return { instructions: rows };
}

const invalidRow = (reference: Reference, why: string): DebugProtocol.DisassembledInstruction => ({
  // Decimal where it is negative: that is what clients can parse.
  address:
    reference.address < 0n ? String(reference.address) : `0x${(formatTag(reference) + reference.address).toString(16)}`,
  instruction: `(${why})`,
  presentationHint: 'invalid',
});

/** The tag of the reference's space, as a number to add an address to. */
const formatTag = ({ space }: Reference): bigint => BigInt(formatReference({ space, address: 0n }));

interface LinePlace {
  readonly file: string;
  readonly line: number;
}

function instructionRow(
  image: Image,
  reference: Reference,
  word: number,
  symbols: boolean,
  previous: LinePlace | undefined,
): { row: DebugProtocol.DisassembledInstruction; place: LinePlace | undefined } {
  const { program, sources } = image;
  const { address, space } = reference;
  const isCode = space.kind === 'focus' || space.kind === 'va' || space.kind === 'ipa';
  const decoded = disassemble(word, address);
  const name = symbols && isCode ? symbolName(program, address) : undefined;
  const destination =
    decoded.target !== undefined && symbols && isCode ? symbolName(program, decoded.target) : undefined;
  const span = isCode ? lineAt(program.lines, address) : undefined;
  const isNew = span && (span.file !== previous?.file || span.line !== previous.line);
  return {
    row: {
      address: formatReference(reference),
      instructionBytes: [0, 8, 16, 24]
        .map((shift) => ((word >>> shift) & 0xff).toString(16).padStart(2, '0'))
        .join(' '),
      instruction: destination ? `${decoded.text} <${destination}>` : decoded.text,
      ...(name && !name.includes('+') ? { symbol: name } : {}),
      ...(isNew ? { location: sourceOfFile(span.file, localPath(sources, span.file)), line: span.line } : {}),
    },
    place: span && { file: span.file, line: span.line },
  };
}
