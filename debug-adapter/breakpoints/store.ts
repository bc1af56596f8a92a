/** All breakpoints of a session. They outlive a restart; addresses are found again for each launch. */
import type { CommandStop } from '../session/launch-configuration';
import type { Target } from '../session/state';
import type { Guest } from '../stack/guest';

/** Conditions every kind of breakpoint may have. */
export interface Extras {
  readonly condition: string | undefined;
  readonly hitCondition: string | undefined;
  readonly logMessage: string | undefined;
  /** Hits so far whose condition held. */
  hits: number;
}

/** An instruction of the code of a world. */
export interface CodeAddress {
  readonly va: bigint;
  readonly world: Guest['world'];
}

/** Where a breakpoint is in an image, or why it is nowhere. */
export interface Binding {
  /** Empty when not verified. */
  readonly addresses: readonly CodeAddress[];
  /** What a stop there is called: `main.c:12`, `main`, `0x8000_0000`. */
  readonly label: string;
  /** From 1; source breakpoints only. */
  readonly line?: number;
  /** Why it is nowhere, or cannot be hit as things are: such a breakpoint is not verified. */
  readonly message?: string;
}

export interface CodePoint extends Extras {
  readonly id: number;
  readonly kind: 'source' | 'function' | 'instruction';
  binding: Binding;
  /** Looks the place up in an image: again after a restart, when the guest may have been built anew. */
  readonly bind: (target: Target) => Binding;
}

export interface CommandPoint extends Extras {
  readonly id: number;
  readonly stop: CommandStop;
}

export interface BreakpointStore {
  nextId: number;
  /** One more with every change of the code breakpoints. */
  version: number;
  /** By client path. */
  readonly source: Map<string, CodePoint[]>;
  functions: CodePoint[];
  commands: CommandPoint[];
  instructions: CodePoint[];
  exceptions: Set<string>;
}

export const createBreakpoints = (): BreakpointStore => ({
  nextId: 1,
  version: 0,
  source: new Map(),
  functions: [],
  commands: [],
  instructions: [],
  exceptions: new Set(),
});

export const codePoints = (store: BreakpointStore): CodePoint[] => [
  ...[...store.source.values()].flat(),
  ...store.functions,
  ...store.instructions,
];

export const extrasOf = (args: { condition?: string; hitCondition?: string; logMessage?: string }): Extras => ({
  condition: args.condition?.trim() || undefined,
  hitCondition: args.hitCondition?.trim() || undefined,
  logMessage: args.logMessage || undefined,
  hits: 0,
});
