/** Drives the goal of the moment in slices, and tells the client when the guest stands still or has ended. */
import { renewHandles } from '../variables/handles';
import { changedRuns, forgetChanges } from './changes';
import { endOfRun } from './end-of-run';
import { detailsOfError, messageOfError } from './errors';
import { flushOutput, tell } from './output';
import { forgetStacks } from './stacks';
import type { Goal, Session, StopInfo, Target } from './state';

/** Time a slice may take, so that a pause is answered soon. */
const SLICE_MS = 8;
const MIN_SLICE = 500;
const MAX_SLICE = 5_000_000;

/** Starts to run towards a goal. */
export function resume(session: Session, target: Target, goal: Goal): void {
  session.goal = goal;
  session.status = 'running';
  session.stop = undefined;
  session.pauseRequested = false;
  session.caught.length = 0;
  forgetChanges(target.changed);
  forgetStacks(session);
  session.send('cca/changed', { generation: session.generation, reason: 'running' });
  setImmediate(() => slice(session, target));
}

function slice(session: Session, target: Target): void {
  if (session.status !== 'running' || session.target !== target || !session.goal) return;
  try {
    const outcome = advanceFor(session, session.goal);
    if (outcome === 'again') {
      setImmediate(() => slice(session, target));
      return;
    }
    if (outcome === 'ended') endOfRun(session, target);
    else halt(session, target, outcome);
  } catch (error) {
    // A defect of the emulator must not look like a run that goes on.
    tell(session.send, detailsOfError(error), 'stderr');
    halt(session, target, {
      reason: 'exception',
      description: 'The emulator failed',
      pe: 0,
      exception: { id: 'internal-error', text: messageOfError(error), details: detailsOfError(error) },
    });
  }
}

/** Advances the goal for one slice's time, and adapts the number of steps to it. */
function advanceFor(session: Session, goal: Goal): ReturnType<Goal['advance']> {
  const start = performance.now();
  for (;;) {
    const before = performance.now();
    const outcome = goal.advance();
    const now = performance.now();
    const took = now - before;
    if (took > SLICE_MS) session.sliceSteps = Math.max(MIN_SLICE, Math.floor(session.sliceSteps / 2));
    else if (took < SLICE_MS / 4) session.sliceSteps = Math.min(MAX_SLICE, session.sliceSteps * 2);
    if (outcome !== 'again') return outcome;
    if (session.pauseRequested) return { reason: 'pause', description: 'Paused', pe: 0 };
    if (now - start >= SLICE_MS) return 'again';
  }
}

/** The guest stands still: tells the client. Without debugging nobody can look, so that the run is over instead. */
export function halt(session: Session, target: Target, stop: StopInfo): void {
  if (target.configuration.noDebug && stop.exception) {
    endOfRun(session, target, stop.exception.text);
    return;
  }
  session.goal = undefined;
  session.status = 'stopped';
  session.stop = stop;
  session.generation++;
  target.changedAtStop = changedRuns(target.machine, target.changed);
  forgetStacks(session);
  renewHandles(session.handles);
  flushOutput(target.output);
  session.send('stopped', {
    reason: stop.reason,
    description: stop.description,
    threadId: stop.pe + 1,
    allThreadsStopped: true,
    ...(stop.exception ? { text: stop.exception.text } : {}),
    ...(stop.breakpointIds ? { hitBreakpointIds: stop.breakpointIds } : {}),
  });
  session.send('cca/changed', { generation: session.generation, reason: 'stopped' });
}
