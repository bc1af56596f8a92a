/** Decides whether a stop of the machine is one for the client: which breakpoint, and does its condition hold. */
import { hitConditionHolds } from '../breakpoints/hit-condition';
import { type CodePoint, type CommandPoint, codePoints, type Extras } from '../breakpoints/store';
import { evaluateCondition, type HitPlace, interpolate } from '../evaluate/condition';
import { showHex } from '../format';
import { positionOf } from '../stack/position';
import { messageOfError } from './errors';
import { tell } from './output';
import type { Caught, Session, StopInfo, Target } from './state';

/** The stop to report, or undefined to go on. Empties `session.caught`. */
export function judgeStop(session: Session, target: Target): StopInfo | undefined {
  const caught = session.caught.splice(0);
  const { requested } = target.machine.stop;
  for (const each of caught) {
    const stop = each.kind === 'exception' ? exceptionStop(each) : commandStop(session, target, each);
    if (stop) return stop;
  }
  if (requested?.kind === 'breakpoint' && requested.va !== undefined)
    return codeStop(session, target, requested.va, requested.pe ?? 0);
  if (requested?.kind === 'error') {
    return {
      reason: 'exception',
      description: 'Stopped by the emulator',
      pe: requested.pe ?? 0,
      exception: { id: 'emulator', text: requested.text, details: requested.text },
    };
  }
  return undefined;
}

function exceptionStop(caught: Extract<Caught, { kind: 'exception' }>): StopInfo {
  const { filter, text, details, pe, call } = caught;
  return {
    reason: 'exception',
    description: text,
    pe,
    exception: { id: filter, text, details },
    ...(call === undefined ? {} : { justEnded: call }),
  };
}

function commandStop(
  session: Session,
  target: Target,
  caught: Extract<Caught, { kind: 'command' }>,
): StopInfo | undefined {
  const { name, when, call, pe } = caught;
  const ended = when === 'after' ? { justEnded: call } : {};
  const position = positionOf(target.machine, pe);
  const entry = session.entryPending && when === 'before' && name.startsWith('RMI_');
  if (entry) session.entryPending = false;
  const points = session.breakpoints.commands.filter(({ stop }) => stop.name === name && stop.when === when);
  const hit = points.filter((point) => wants(session, target, { pe, ...ended }, point));
  const text = when === 'after' ? `${name} returned` : name;
  if (hit.length > 0)
    return {
      reason: 'function breakpoint',
      description: `Paused on ${text}`,
      pe,
      breakpointIds: hit.map(({ id }) => id),
      ...ended,
    };
  const configured = target.configuration.breakOn.some((stop) => stop.name === name && stop.when === when);
  if (configured) return { reason: 'function breakpoint', description: `Paused on ${text}`, pe, ...ended };
  if (entry && position.kind === 'command')
    return { reason: 'entry', description: `Paused on the Host's first RMI call`, pe };
  return undefined;
}

function codeStop(session: Session, target: Target, va: bigint, pe: number): StopInfo | undefined {
  const position = positionOf(target.machine, pe);
  if (position.kind !== 'guest') return undefined;
  const points = codePoints(session.breakpoints).filter((point) =>
    point.binding.addresses.some((address) => address.va === va && address.world === position.world),
  );
  const hit = points.filter((point) => wants(session, target, { pe }, point));
  const first = hit[0];
  if (!first) return undefined;
  const reasons = {
    source: 'breakpoint',
    function: 'function breakpoint',
    instruction: 'instruction breakpoint',
  } as const;
  return {
    reason: reasons[first.kind],
    description: `Paused on ${labelOf(first, va)}`,
    pe,
    breakpointIds: hit.map(({ id }) => id),
  };
}

const labelOf = (point: CodePoint, va: bigint): string =>
  point.kind === 'instruction' ? showHex(va) : point.binding.label;

/** Condition, hit count, log message, in this order. */
function wants(
  session: Session,
  target: Target,
  at: HitPlace,
  point: Extras & { readonly id: CommandPoint['id'] },
): boolean {
  if (point.condition !== undefined) {
    try {
      if (!evaluateCondition(session, target, at, point.condition)) return false;
    } catch (error) {
      // A condition that cannot be evaluated stops: missing a stop would be worse.
      tell(session.send, `Breakpoint condition "${point.condition}": ${messageOfError(error)}`, 'stderr');
    }
  }
  point.hits++;
  if (point.hitCondition !== undefined && !hitConditionHolds(point.hitCondition, point.hits)) return false;
  if (point.logMessage === undefined) return true;
  tell(session.send, interpolate(session, target, at, point.logMessage));
  return false;
}
