/** Save, restore and hash of a whole machine. Caches are left out. */
import type { Machine } from './machine';
import type { Saved } from './saved';

export interface Snapshot {
  readonly version: number;
  readonly platform: string;
  readonly parts: { readonly [part: string]: Saved };
}

export declare function saveMachine(machine: Machine): Snapshot;
/** Puts a machine of the same platform into the saved state. @throws Problem `snapshot-version`, `snapshot-platform` */
export declare function restoreMachine(machine: Machine, snapshot: Snapshot): void;
/** SHA-256 over everything a snapshot holds, as hexadecimal. Equal for machines that will behave equally. */
export declare function hashMachine(machine: Machine): string;
