/**
 * What the Monitor (EL3, Root) keeps outside emulated memory. Register contexts of the worlds a PE is not in lie in Root
 * memory, in the layout of `context.ts`.
 */
export interface MonitorState {
  /** Made on first need; the same until reset. */
  platformToken: Uint8Array | null;
}
