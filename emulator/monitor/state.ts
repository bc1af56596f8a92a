/**
 * What the Monitor (EL3, Root) keeps outside emulated memory. Register contexts of the worlds a PE is not in lie in Root
 * memory, in the layout of `context.ts`.
 */

/** Attestation material of this boot, as EL3 hands it to the RMM (RMM-EL3: get Realm key, get platform token). */
export interface BootAttestation {
  /** RAK private scalar, 48 bytes. */
  readonly rakPrivate: Uint8Array;
  readonly platformToken: Uint8Array;
}

export interface MonitorState {
  /** Made on first need; the same until reset. */
  attestation: BootAttestation | null;
}
