/** Conditions and log messages of breakpoints, evaluated where the PE has stopped. */

import { messageOfError } from '../session/errors';
import { stackEntries } from '../session/stacks';
import type { Session, Target } from '../session/state';
import { summary } from '../variables/typed-value';
import { evaluateText, integer } from './evaluate';
import type { Place } from './names';

const placeAt = (session: Session, target: Target, pe: number): Place => ({
  session,
  target,
  pe,
  entry: stackEntries(session, target, pe)[0],
});

/** @throws Problem when it cannot be evaluated */
export function evaluateCondition(session: Session, target: Target, pe: number, condition: string): boolean {
  try {
    return integer(evaluateText(placeAt(session, target, pe), condition)) !== 0n;
  } finally {
    session.stacks.clear();
  }
}

/** The message with every `{expression}` replaced by its value. */
export function interpolate(session: Session, target: Target, pe: number, message: string): string {
  const place = placeAt(session, target, pe);
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
