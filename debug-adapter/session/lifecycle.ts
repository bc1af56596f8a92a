/** Requests about the life of a session: initialize to disconnect. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { setCodeBreakpoints } from '../../emulator/machine/stop';
import { EXCEPTION_FILTERS } from '../breakpoints/exception-filters';
import { rebind } from '../breakpoints/set';
import { alreadyLaunched, attachUnsupported } from '../problems';
import { continueGoal } from '../stepping/goals';
import { CAPABILITIES } from './capabilities';
import { terminate } from './end-of-run';
import { createTarget } from './launch';
import { readLaunchConfiguration } from './launch-configuration';
import { halt, resume } from './run-control';
import { forgetStacks } from './stacks';
import { type Session, type Target, targetOf } from './state';

export function initialize(
  session: Session,
  args: DebugProtocol.InitializeRequestArguments,
): DebugProtocol.Capabilities {
  session.clientLinesFrom1 = args.linesStartAt1 ?? true;
  session.clientColumnsFrom1 = args.columnsStartAt1 ?? true;
  for (const { filter, default: on } of EXCEPTION_FILTERS) if (on) session.breakpoints.exceptions.add(filter);
  return CAPABILITIES;
}

export function launch(session: Session, args: Record<string, unknown>): undefined {
  if (session.target || session.status === 'ended') throw alreadyLaunched();
  const configuration = readLaunchConfiguration(args);
  session.target = createTarget(session, configuration);
  session.launchArguments = args;
  session.status = 'configuring';
  session.send('process', {
    name: configuration.host ?? configuration.program,
    isLocalProcess: false,
    startMethod: 'launch',
    pointerSize: 64,
  });
  // Breakpoints are taken from now on: the image is known, so that each is verified at once.
  session.send('initialized');
  return undefined;
}

export function attach(): never {
  throw attachUnsupported();
}

/** The gate before the first instruction. */
export function configurationDone(session: Session): undefined {
  const target = targetOf(session, 'configurationDone');
  if (session.status === 'configuring') begin(session, target);
  return undefined;
}

/** Lets the machine run; a Host that is an image stands at its first instruction if wanted. */
function begin(session: Session, target: Target): void {
  const { configuration } = target;
  session.entryPending = configuration.stopOnEntry && !configuration.noDebug;
  if (session.entryPending && configuration.host !== undefined) {
    session.entryPending = false;
    halt(session, target, { reason: 'entry', description: 'Paused at the entry of the Host', pe: 0 });
  } else resume(session, target, continueGoal(session, target));
}

/** Starts over with the same or a new configuration, keeping breakpoints. */
export function restart(session: Session, args: { arguments?: Record<string, unknown> }): undefined {
  const old = targetOf(session, 'restart');
  const launchArguments = args.arguments ?? session.launchArguments ?? {};
  const configuration = readLaunchConfiguration(launchArguments);
  const target = createTarget(session, configuration);
  release(session);
  old.dispose();
  session.target = target;
  session.launchArguments = launchArguments;
  session.terminated = false;
  rebind(session, target);
  begin(session, target);
  return undefined;
}

/** Stops the run where it is. The session stays to be disconnected. */
export function terminateRequest(session: Session): undefined {
  release(session);
  session.status = 'ended';
  session.send('cca/changed', { generation: ++session.generation, reason: 'ended' });
  terminate(session);
  return undefined;
}

export function disconnect(session: Session): undefined {
  release(session);
  session.status = 'ended';
  session.target?.dispose();
  session.target = undefined;
  return undefined;
}

function release(session: Session): void {
  session.goal = undefined;
  session.stop = undefined;
  forgetStacks(session);
  session.armed = undefined;
  if (session.target) setCodeBreakpoints(session.target.machine, []);
}
