/** The built-in VMM inside a machine. */
import type { ActionSeat } from './actions/state';
import type { HostConfig } from './config';
import type { HostLayout } from './layout';
import type { HostProgress } from './saved';

export type { HostConfig, HostRealmConfig } from './config';
export type { HostOutcome } from './saved';

export interface HostState {
  /** Undefined when this machine has no built-in VMM. */
  readonly config: HostConfig | undefined;
  /** Where everything goes: follows from the configuration. */
  readonly layout: HostLayout | undefined;
  /** What changes while it runs. */
  progress: HostProgress;
  /** An action list that sits in the Host's seat instead of the VMM. */
  actions: ActionSeat | undefined;
}
