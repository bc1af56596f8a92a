/** The form of an attack: plain data, a list of actions for the Host's seat and what defends against it. */
import type { HostAction } from '../../emulator/host/actions/actions';
import type { VersionSet } from '../../emulator/rmm/commands/row';

export interface Attack {
  /** What is tried, in a sentence without a full stop. */
  readonly name: string;
  /** What stops it, and where the architecture says so. */
  readonly defence: string;
  /** Name of the fixture it starts from. */
  readonly from: string;
  readonly actions: readonly HostAction[];
  /** Nothing at all may have changed at the end, but for time and the Host's own registers. */
  readonly unchanged?: true;
}

export interface AttackGroup {
  readonly title: string;
  readonly attacks: readonly Attack[];
}

export interface Fixture {
  readonly name: string;
  /** What is there when an attack begins. */
  readonly summary: string;
  /** Version set of the RMM; 1.0 without it. */
  readonly rmm?: VersionSet;
  readonly actions: readonly HostAction[];
}
