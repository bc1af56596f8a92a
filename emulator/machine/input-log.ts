/**
 * Everything that enters the machine from outside, stamped with the position at which it took effect. With the
 * configuration and the images it determines the run.
 */
import { noteConsoleInput } from '../devices/devices';
import type { Machine } from './machine';
import type { Saved } from './saved';

export type Input =
  | { readonly kind: 'console'; readonly position: number; readonly channel: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'memory';
      readonly position: number;
      readonly context: number;
      readonly pa: number;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'register';
      readonly position: number;
      readonly pe: number;
      readonly name: string;
      readonly value: bigint;
    }
  | { readonly kind: 'interrupt'; readonly position: number; readonly intid: number; readonly pe: number }
  | {
      readonly kind: 'line';
      readonly position: number;
      readonly intid: number;
      readonly high: boolean;
      readonly pe: number;
    }
  | { readonly kind: 'serror'; readonly position: number; readonly pe: number; readonly iss: number };

export interface InputLog {
  readonly entries: Input[];
  /** Console bytes not read yet, by channel. */
  readonly queues: number[][];
  /** Blocks of entropy drawn so far. */
  entropyBlocks: number;
}

export function createInputLog(): InputLog {
  return { entries: [], queues: Array.from({ length: 8 }, () => []), entropyBlocks: 0 };
}

/** Types on a console. */
export function enterConsole(machine: Machine, channel: number, bytes: Uint8Array): void {
  machine.inputs.entries.push({ kind: 'console', position: machine.clock.position, channel, bytes: bytes.slice() });
  machine.inputs.queues[channel]?.push(...bytes);
  noteConsoleInput(machine, channel);
}

/** Next byte typed on a channel, removed from its queue; undefined when there is none. */
export const takeConsoleByte = (inputs: InputLog, channel: number): number | undefined =>
  inputs.queues[channel]?.shift();

/** How many bytes wait on a channel. */
export const consoleBytesWaiting = (inputs: InputLog, channel: number): number => inputs.queues[channel]?.length ?? 0;

/**
 * Entropy for the machine's use: SHA-512 of seed and block number, so that the same platform draws the same bytes.
 * Every call starts a new block.
 */
export function drawEntropy(machine: Machine, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 64) {
    const block = new Uint8Array(16);
    const view = new DataView(block.buffer);
    view.setBigUint64(0, machine.platform.seed, true);
    view.setFloat64(8, machine.inputs.entropyBlocks++, true);
    bytes.set(machine.services.sha512(block).subarray(0, Math.min(64, length - at)), at);
  }
  return bytes;
}

export function saveInputs(inputs: InputLog): Saved {
  return {
    entries: inputs.entries.map((entry) => ({ ...entry })),
    queues: inputs.queues.map((queue) => [...queue]),
    entropyBlocks: inputs.entropyBlocks,
  };
}

export function restoreInputs(inputs: InputLog, saved: Saved): void {
  const { entries, queues, entropyBlocks } = saved as unknown as InputLog;
  inputs.entries.splice(0, inputs.entries.length, ...entries.map((entry) => ({ ...entry })));
  inputs.queues.splice(0, inputs.queues.length, ...queues.map((queue) => [...queue]));
  inputs.entropyBlocks = entropyBlocks;
}
