/**
 * Asking for a system reset. Whoever asks (a watchdog, the board's control registers, PSCI) only leaves the request in the
 * schedule; the run loop carries it out at the next step boundary.
 */
import type { Schedule } from './schedule';

/** Why the system was reset, by who asked for it. */
export const RESET_REASONS = [
  'generic watchdog',
  'watchdog',
  'trusted watchdog',
  'system registers',
  'PSCI_SYSTEM_RESET',
] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

/** Asks for a system reset. The first request counts until it is carried out. */
export function requestReset(machine: { readonly schedule: Schedule }, reason: ResetReason): void {
  machine.schedule.reset ??= reason;
}
