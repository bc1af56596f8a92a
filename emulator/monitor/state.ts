/**
 * What the Monitor (EL3, Root) keeps outside emulated memory. Register contexts of the worlds a PE is not in lie in Root
 * memory, in the layout of `context.ts`.
 */

/** A PE that PSCI has put into a power-down state: where it starts again when an interrupt wakes it, with what X0. */
export interface PowerDown {
  readonly entry: bigint;
  readonly context: bigint;
}

/** What PSCI counts of a PE and a power state (PSCI_STAT_COUNT, PSCI_STAT_RESIDENCY). */
export interface PowerStatistics {
  readonly powerState: number;
  count: number;
  /** Ticks of the system counter spent there. */
  ticks: number;
}

export interface MonitorState {
  /** Made on first need; the same until reset. */
  platformToken: Uint8Array | null;
  /** By PE: PSCI_CPU_ON has named it and it has not run yet. */
  readonly starting: boolean[];
  /** By PE: the power-down state it is in, or null. */
  readonly down: (PowerDown | null)[];
  /** By PE: the suspension it is in, as `powerState`, and when it began; or null. */
  readonly suspended: ({ readonly powerState: number; readonly since: number } | null)[];
  /** By PE. */
  readonly statistics: PowerStatistics[][];
}
