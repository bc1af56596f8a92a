/** Where a PE stands between two steps, in the words of the debugger's stack. */
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import type { Frame as CommandFrame } from '../../emulator/rmm/commands/row';
import { type Guest, hasHostImage } from './guest';

export type Position =
  /** Code of a Realm, or of a Host that is an image, is about to execute an instruction. */
  | { readonly kind: 'guest'; readonly world: Guest['world'] }
  /** The RMM is between two stages of a command; `inner`: called by the Realm (RSI, PSCI) and not by the Host. */
  | { readonly kind: 'command'; readonly frame: CommandFrame; readonly inner: boolean }
  /** The built-in Host is about to make a call, or (`answering`) to take in the answer to one. */
  | { readonly kind: 'host'; readonly answering: boolean }
  /** Between the above: the Monitor switches worlds, the RMM serves an exception, or code runs that is nobody's here. */
  | { readonly kind: 'transit' }
  | { readonly kind: 'off' };

export function positionOf(machine: Machine, pe: number): Position {
  const runner = machine.pes[pe]?.runner;
  const inner = machine.rmm.guestFrames[pe];
  const outer = machine.rmm.frames[pe];
  switch (runner) {
    case 'a64':
    case 'waiting':
    case 'event':
      if (machine.rmm.entries[pe]) return { kind: 'guest', world: Pas.Realm };
      return hasHostImage(machine) ? { kind: 'guest', world: Pas.NonSecure } : { kind: 'transit' };
    case 'host':
      return { kind: 'host', answering: machine.host.progress.call !== null };
    case 'rmm':
      if (inner) return { kind: 'command', frame: inner, inner: true };
      // With a REC entered and no command of its own the RMM serves an exception of the Realm.
      return outer && !machine.rmm.entries[pe] ? { kind: 'command', frame: outer, inner: false } : { kind: 'transit' };
    case 'off':
      return { kind: 'off' };
    default:
      return { kind: 'transit' };
  }
}
