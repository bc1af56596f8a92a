/** One debug session: everything its request handlers share. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { HostConfig } from '../../emulator/host/host';
import type { Machine } from '../../emulator/machine/machine';
import type { TraceReader } from '../../emulator/trace/trace';
import { type BreakpointStore, createBreakpoints } from '../breakpoints/store';
import { notLaunched } from '../problems';
import type { StackEntry } from '../stack/frames';
import { type CallDocuments, createCallDocuments } from '../stack/virtual-sources';
import { createHandles, type Handles } from '../variables/handles';
import type { ChangedRun, Changes } from './changes';
import type { Image } from './images';
import type { LaunchConfiguration } from './launch-configuration';
import type { Output } from './output';

/** What the adapter sends by itself. Typed loosely: each sender knows its event's body. */
export type SendEvent = (event: string, body?: object) => void;

/** Why the guest stands still, as told to the client. */
export interface StopInfo {
  readonly reason:
    | 'entry'
    | 'breakpoint'
    | 'function breakpoint'
    | 'instruction breakpoint'
    | 'step'
    | 'pause'
    | 'exception'
    | 'restart';
  /** A sentence; VS Code shows it in the Call Stack view. */
  readonly description: string;
  readonly pe: number;
  readonly breakpointIds?: readonly number[];
  /** For `exceptionInfo`. */
  readonly exception?: { readonly id: string; readonly text: string; readonly details: string };
  /** The call that has just ended here. */
  readonly justEnded?: number;
}

/** A launched guest. Restart makes a new one. */
export interface Target {
  readonly configuration: LaunchConfiguration;
  readonly machine: Machine;
  /** Those whose code can be shown by its sources. */
  readonly images: readonly Image[];
  /** What the built-in Host was asked to do; undefined when the Host is an image. */
  readonly host: HostConfig | undefined;
  readonly output: Output;
  /** Pairs begin and end of commands for the call trace. */
  readonly trace: TraceReader;
  /** What happened to granules since the guest was last resumed. */
  readonly changed: Changes;
  /** Of the stop before: what panels ring. */
  changedAtStop: readonly ChangedRun[];
  /** Steps since launch, for the budget. */
  steps: number;
  /** Ends the subscription to the machine's events. */
  dispose: () => void;
}

/** Something an event listener noticed that the run has to look at. */
export type Caught =
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly when: 'before' | 'after';
      readonly call: number;
      readonly pe: number;
      readonly fid: number;
    }
  | {
      readonly kind: 'exception';
      readonly filter: string;
      readonly text: string;
      readonly details: string;
      readonly pe: number;
      readonly call?: number;
    };

/** What is wanted of the run: advances a little and says whether to go on. */
export interface Goal {
  /** Commands whose begin or end the goal itself waits for. */
  readonly watch?: (caught: {
    readonly when: 'before' | 'after';
    readonly name: string;
    readonly call: number;
    readonly pe: number;
  }) => boolean;
  readonly advance: () => 'again' | 'ended' | StopInfo;
}

export interface Session {
  readonly send: SendEvent;
  /** `configuring`: launched, waiting for configurationDone. */
  status: 'idle' | 'configuring' | 'running' | 'stopped' | 'ended';
  target: Target | undefined;
  launchArguments: Record<string, unknown> | undefined;
  readonly breakpoints: BreakpointStore;
  readonly handles: Handles;
  /** Frames handed out for the present stop, by id. */
  readonly frames: Map<number, { readonly pe: number; readonly entry: StackEntry }>;
  readonly stacks: Map<number, readonly StackEntry[]>;
  nextFrame: number;
  /** Documents of calls handed out, by their source references. */
  readonly documents: CallDocuments;
  /** Frame that untagged references mean. */
  focus: number | undefined;
  goal: Goal | undefined;
  pauseRequested: boolean;
  readonly caught: Caught[];
  stop: StopInfo | undefined;
  /** The first RMI call is still to come and wanted. */
  entryPending: boolean;
  generation: number;
  /** Code breakpoints the machine has now. */
  armed: { readonly target: Target; readonly key: string } | undefined;
  /** Steps a slice is made of, adapted to its time. */
  sliceSteps: number;
  clientLinesFrom1: boolean;
  clientColumnsFrom1: boolean;
  /** Set once the client was told that the session is over. */
  terminated: boolean;
}

export function createSession(send: SendEvent): Session {
  return {
    send,
    status: 'idle',
    target: undefined,
    launchArguments: undefined,
    breakpoints: createBreakpoints(),
    handles: createHandles(),
    frames: new Map(),
    stacks: new Map(),
    nextFrame: 1,
    documents: createCallDocuments(),
    focus: undefined,
    goal: undefined,
    pauseRequested: false,
    caught: [],
    stop: undefined,
    entryPending: false,
    generation: 0,
    armed: undefined,
    sliceSteps: 20_000,
    clientLinesFrom1: true,
    clientColumnsFrom1: true,
    terminated: false,
  };
}

/** The launched guest. @throws Problem `not-launched` */
export function targetOf(session: Session, request: string): Target {
  if (!session.target) throw notLaunched(request);
  return session.target;
}

/** A request's handler: returns the body of the response, or throws a Problem. Never waits: requests keep their order. */
export type Handler = (session: Session, args: never) => object | undefined;

export type { DebugProtocol };
