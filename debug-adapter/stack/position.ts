/** Where a PE stands between two steps, in the words of the debugger's stack. */
import type { Machine } from '../../emulator/machine/machine';
import type { Frame as CommandFrame } from '../../emulator/rmm/commands/row';

export type Position =
  /** A Realm's code is about to execute an instruction. */
  | { readonly kind: 'guest' }
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
      return machine.rmm.entries[pe] ? { kind: 'guest' } : { kind: 'transit' };
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
