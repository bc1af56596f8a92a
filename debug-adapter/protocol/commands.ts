import type { Hex } from './common';

/** `cca/commands`: every command of the built-in firmware, and which have breakpoints now. */
export interface CommandsResponse {
  readonly commands: readonly CommandEntry[];
}

export interface CommandEntry {
  /** `RMI_REALM_CREATE`: the name to give to a function breakpoint (`RMI_REALM_CREATE after`: when it returns). */
  readonly name: string;
  readonly interface: 'rmi' | 'rsi' | 'psci';
  readonly fid: Hex;
  readonly summary: string;
  readonly before: boolean;
  readonly after: boolean;
}

/** `cca/console`: what the Realm has printed so far. */
export interface ConsoleArguments {
  /** First character wanted; default 0. */
  readonly from?: number;
}

export interface ConsoleResponse {
  readonly text: string;
  /** Characters printed so far: the `from` of the next request. */
  readonly total: number;
}
