/** Reading and writing runs of bytes within a page, as memory copy and set instructions do (FEAT_MOPS). */
import { granuleOf, pa } from '../address';
import type { Pe } from '../cpu/pe';
import { readDevice, writeDevice } from '../devices/devices';
import type { Machine } from '../machine/machine';
import { isRam, PageFlag, pageFlags, touchPage, writeBytes } from '../memory/memory';
import { externalFault, panApplies, translateAccess, watched, watchpointFault } from './bus';
import type { Access, Fault, Translated } from './types';

/** A run of bytes that may be accessed: RAM, or a single byte of a device. */
export interface Block {
  readonly ok: true;
  readonly access: Access;
  readonly to: Translated;
  readonly device: boolean;
}

/** Checks an access of `length` bytes from `va`, all in one page. A watchpoint anywhere in it counts as a fault. */
export function openBlock(
  machine: Machine,
  pe: Pe,
  kind: 'read' | 'write',
  va: bigint,
  length: number,
  el: number,
): Block | Fault {
  const access: Access = { va, kind, el, pan: panApplies(pe) };
  const to = translateAccess(machine, pe, access);
  if (!to.ok) return to;
  const hit = watchpointFault(pe, access, length);
  if (hit !== undefined) return hit;
  return { ok: true, access, to, device: !isRam(machine.memory, to.pa) };
}

const note = (machine: Machine, pe: Pe, { access, to }: Block, length: number): void => {
  if ((pageFlags(machine.memory, granuleOf(to.pa)) & PageFlag.Watched) !== 0) watched(machine, pe, access, to, length);
};

/** The bytes of a block; one, where it is a device. */
export function readBlock(machine: Machine, pe: Pe, block: Block, length: number): Uint8Array | Fault {
  const { access, to } = block;
  if (block.device) {
    const value = readDevice(machine, pe.index, to.pa, 1);
    return value === undefined ? externalFault(access, to) : Uint8Array.of(Number(value & 0xffn));
  }
  const from = touchPage(machine.memory, to.context, granuleOf(to.pa), false) + (to.pa % 4096);
  note(machine, pe, block, length);
  return machine.memory.bytes().slice(from, from + length);
}

/** Undefined when done. */
export function writeBlock(machine: Machine, pe: Pe, block: Block, bytes: Uint8Array): Fault | undefined {
  const { access, to } = block;
  if (block.device) {
    const done = writeDevice(machine, pe.index, to.pa, 1, BigInt(bytes[0] ?? 0));
    return done ? undefined : externalFault(access, to);
  }
  writeBytes(machine.memory, to.context, pa(to.pa), bytes);
  note(machine, pe, block, bytes.length);
  return undefined;
}
