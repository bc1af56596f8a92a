/** Conditions and log messages of breakpoints, evaluated where the PE has stopped. */

import { messageOfError } from '../session/errors';
import { stackEntries } from '../session/stacks';
import type { Session, Target } from '../session/state';
import { summary } from '../variables/typed-value';
import { evaluateText, integer } from './evaluate';
import type { Place } from './names';

/** Where a breakpoint was hit. */
export interface HitPlace {
  readonly pe: number;
  /** The call that has just ended there, whose inputs and outputs are names then. */
  readonly justEnded?: number;
}

const placeAt = (session: Session, target: Target, { pe, justEnded }: HitPlace): Place => ({
  session,
  target,
  pe,
  entry: stackEntries(session, target, pe, justEnded)[0],
});

/** @throws Problem when it cannot be evaluated */
export function evaluateCondition(session: Session, target: Target, at: HitPlace, condition: string): boolean {
  try {
    return integer(evaluateText(placeAt(session, target, at), condition)) !== 0n;
  } finally {
    session.stacks.clear();
  }
}

/** The message with every `{expression}` replaced by its value. */
export function interpolate(session: Session, target: Target, at: HitPlace, message: string): string {
  const place = placeAt(session, target, at);
  const text = message.replace(/\{([^{}]*)\}/g, (_, expression: string) => {
    try {
      return summary(evaluateText(place, expression), 0);
    } catch (error) {
      return `<${messageOfError(error)}>`;
    }
  });
  session.stacks.clear();
  return text;
}
