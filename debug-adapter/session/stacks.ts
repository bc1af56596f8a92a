/** The stacks of the present stop, and the frames handed out for them. */
import { guestReader } from '../memory/guest-memory';
import { noSuchFrame } from '../problems';
import { type StackContext, type StackEntry, stackOf } from '../stack/frames';
import type { Session, Target } from './state';

/** `justEnded`: a call that has just ended there; of the present stop unless given. */
export function stackEntries(
  session: Session,
  target: Target,
  pe: number,
  justEnded = session.stop?.pe === pe ? session.stop.justEnded : undefined,
): readonly StackEntry[] {
  let entries = session.stacks.get(pe);
  if (!entries) {
    const { machine, images } = target;
    const { documents } = session;
    const read: StackContext['read'] = (guest) => guestReader(machine, guest);
    entries = stackOf({ machine, images, read, documents, justEnded }, pe);
    session.stacks.set(pe, entries);
  }
  return entries;
}

/** Forgets frames and stacks: the guest runs on, or was changed. */
export function forgetStacks(session: Session): void {
  session.stacks.clear();
  session.frames.clear();
  session.focus = undefined;
}

/** The frame a client was given. @throws Problem `no-such-frame` */
export function frameOf(session: Session, id: number): { readonly pe: number; readonly entry: StackEntry } {
  const frame = session.frames.get(id);
  if (!frame) throw noSuchFrame(id);
  return frame;
}
