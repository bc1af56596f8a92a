/** Memory as the code on a PE would see it, read without leaving a trace and written through the input log. */
import { pa } from '../../emulator/address';
import { currentEl, type Pe } from '../../emulator/cpu/pe';
import { editMemory } from '../../emulator/machine/edits';
import type { Machine } from '../../emulator/machine/machine';
import { isRam, peekBytes } from '../../emulator/memory/memory';
import type { EncryptionContext } from '../../emulator/memory/pas';
import { regimeOf } from '../../emulator/translation/regime';
import { translateForDebugger } from '../../emulator/translation/translate';

const PAGE = 4096n;

interface Piece {
  readonly context: EncryptionContext;
  readonly pa: number;
  /** Bytes of the request that lie here, and where in it they begin. */
  readonly length: number;
  readonly from: number;
}

/** Where a range of VAs lies, as far as it is mapped to RAM from its beginning. */
export function piecesOf(machine: Machine, pe: Pe, va: bigint, length: number): Piece[] {
  const regime = regimeOf(pe, machine.platform, currentEl(pe));
  const pieces: Piece[] = [];
  for (let from = 0; from < length; ) {
    const at = BigInt.asUintN(64, va + BigInt(from));
    const size = Math.min(length - from, Number(PAGE - (at % PAGE)));
    const to = translateForDebugger(machine, regime, at);
    if (!to.ok || !isRam(machine.memory, to.pa)) break;
    pieces.push({ context: to.context, pa: to.pa, length: size, from });
    from += size;
  }
  return pieces;
}

/** The bytes from `va` on that can be read, at most `length`. */
export function readVirtual(machine: Machine, pe: Pe, va: bigint, length: number): Uint8Array {
  const pieces = piecesOf(machine, pe, va, length);
  const last = pieces.at(-1);
  const bytes = new Uint8Array(last === undefined ? 0 : last.from + last.length);
  for (const piece of pieces) {
    bytes.set(peekBytes(machine.memory, piece.context, pa(piece.pa), piece.length), piece.from);
  }
  return bytes;
}

/** All or nothing; false when a part is not mapped to RAM. */
export function writeVirtual(machine: Machine, pe: Pe, va: bigint, bytes: Uint8Array): boolean {
  const pieces = piecesOf(machine, pe, va, bytes.length);
  const last = pieces.at(-1);
  if (bytes.length > 0 && (last === undefined || last.from + last.length < bytes.length)) return false;
  for (const { context, pa: at, from, length } of pieces) {
    editMemory(machine, context, pa(at), bytes.subarray(from, from + length));
  }
  return true;
}
