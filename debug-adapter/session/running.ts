/** Requests that let the guest run, and those about threads. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { currentEl, securityState } from '../../emulator/cpu/pe';
import { PAS_NAMES } from '../../emulator/memory/pas';
import { ended, isRunning, noSuchThread } from '../problems';
import { continueGoal, type StepKind, stepGoal } from '../stepping/goals';
import { resume } from './run-control';
import { type Session, type Target, targetOf } from './state';

/** The target, standing still. @throws Problem `is-running`, `run-ended`, `not-launched` */
export function stoppedTarget(session: Session, request: string): Target {
  const target = targetOf(session, request);
  if (session.status === 'running') throw isRunning(request);
  if (session.status !== 'stopped') throw ended(request);
  return target;
}

export function peOfThread(target: Target, thread: number): number {
  if (!target.machine.pes[thread - 1]) throw noSuchThread(thread);
  return thread - 1;
}

export function continueRequest(
  session: Session,
  args: DebugProtocol.ContinueArguments,
): DebugProtocol.ContinueResponse['body'] {
  const target = targetOf(session, 'continue');
  peOfThread(target, args.threadId);
  // A second press of the key before the first was answered: the guest runs already.
  if (session.status === 'running') return { allThreadsContinued: true };
  stoppedTarget(session, 'continue');
  resume(session, target, continueGoal(session, target));
  return { allThreadsContinued: true };
}

/** next, stepIn, stepOut. A key held down asks again before the stop: the guest runs already, and that is no error. */
export const stepRequest =
  (kind: StepKind, name: string) =>
  (session: Session, args: DebugProtocol.NextArguments): undefined => {
    if (session.status === 'running') {
      peOfThread(targetOf(session, name), args.threadId);
      return undefined;
    }
    const target = stoppedTarget(session, name);
    const pe = peOfThread(target, args.threadId);
    const goal = stepGoal(session, target, pe, kind, args.granularity === 'instruction');
    resume(session, target, goal);
    return undefined;
  };

/** Answered at once; the stop follows at the end of the slice. */
export function pause(session: Session): undefined {
  targetOf(session, 'pause');
  if (session.status === 'running') session.pauseRequested = true;
  return undefined;
}

export function threads(session: Session): DebugProtocol.ThreadsResponse['body'] {
  // A PE that is off has nothing to show; it appears when PSCI_CPU_ON has turned it on. PE 0 is always there.
  const pes = (session.target?.machine.pes ?? []).filter(({ index, runner }) => index === 0 || runner !== 'off');
  return {
    threads: pes.map((pe) => ({ id: pe.index + 1, name: `PE ${pe.index} · ${stateName(session.target!, pe.index)}` })),
  };
}

/** `Realm EL1`, `Root EL3`, `off`. */
function stateName(target: Target, index: number): string {
  const pe = target.machine.pes[index]!;
  if (pe.runner === 'off') return 'off';
  const place = `${PAS_NAMES[securityState(pe)]} EL${currentEl(pe)}`;
  return pe.runner === 'waiting' || pe.runner === 'event' ? `${place}, waiting` : place;
}
