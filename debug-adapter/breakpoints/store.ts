/** All breakpoints of a session. They outlive a restart; addresses are found again for each launch. */
import type { CommandStop } from '../session/launch-configuration';

/** Conditions every kind of breakpoint may have. */
export interface Extras {
  readonly condition: string | undefined;
  readonly hitCondition: string | undefined;
  readonly logMessage: string | undefined;
  /** Hits so far whose condition held. */
  hits: number;
}

export interface CodePoint extends Extras {
  readonly id: number;
  readonly kind: 'source' | 'function' | 'instruction';
  /** VAs of the Realm regime (R-EL1 and R-EL0). */
  readonly addresses: readonly bigint[];
  readonly label: string;
}

export interface CommandPoint extends Extras {
  readonly id: number;
  readonly stop: CommandStop;
}

export interface BreakpointStore {
  nextId: number;
  /** By client path. */
  readonly source: Map<string, CodePoint[]>;
  functions: CodePoint[];
  commands: CommandPoint[];
  instructions: CodePoint[];
  exceptions: Set<string>;
}

export const createBreakpoints = (): BreakpointStore => ({
  nextId: 1,
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
