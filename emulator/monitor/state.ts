/**
 * What the Monitor (EL3, Root) keeps outside emulated memory. Register contexts of the worlds a PE is not in lie in Root
 * memory, in the layout of `context.ts`.
 */

/** A PE that PSCI has put into a power-down state: where it starts again when an interrupt wakes it, with what X0. */
export interface PowerDown {
  readonly entry: bigint;
  readonly context: bigint;
}

/** What PSCI counts of a power state of a PE, a cluster or the system (PSCI_STAT_COUNT, PSCI_STAT_RESIDENCY). */
export interface PowerStatistics {
  count: number;
  /** Ticks of the system counter spent there, until it was left last. */
  ticks: number;
  /** Ticks when the state was entered; -1 outside of it. */
  since: number;
}

export interface MonitorState {
  /** Made on first need; the same until reset. */
  platformToken: Uint8Array | null;
  /** By PE: PSCI_CPU_ON has named it and it has not run yet. */
  readonly starting: boolean[];
  /** By PE: the power-down state it is in, or null. */
  readonly down: (PowerDown | null)[];
  /** By PE: the level up to which it has agreed to a power-down (0 itself, 1 its cluster, 2 the system); -1 while on. */
  readonly agreed: number[];
  /** By PE: stand-by. */
  readonly standby: PowerStatistics[];
  /** Power-down: the PEs, then the clusters, then the system. */
  readonly powerDown: PowerStatistics[];
}
