/** Events that the performance monitors count (Arm ARM D13.11). */
export const Event = {
  softwareIncrement: 0x00,
  instructions: 0x08,
  exceptions: 0x09,
  returns: 0x0a,
  cycles: 0x11,
  chain: 0x1e,
  frontendStalls: 0x23,
  backendStalls: 0x24,
} as const;

/** Events that PMCEID<n>_EL0 advertises. Nothing stalls here: those two stay at zero. */
export const COMMON_EVENTS: readonly number[] = Object.values(Event);
