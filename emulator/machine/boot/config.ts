/** A Host that is real code: what is put into memory before PE 0 starts, and where it starts. Configuration, never state. */
import type { Pa } from '../../address';

/** A file of the user's and where it goes. */
export interface HostFile {
  /** As the user named it, for messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** PA of its first byte; for an ELF file the PA that its lowest segment is moved to. */
  readonly address?: number;
}

/** A word written before the start. */
export interface Poke {
  readonly address: number;
  readonly value: bigint;
  /** Bytes, little-endian. */
  readonly size: 4 | 8;
}

export interface HostImageConfig {
  /** An A64 program: an ELF file (loaded by its physical addresses), or anything else as it is (at `payloadBase`). */
  readonly image: HostFile;
  /** More files, raw or ELF. A raw one needs an address. */
  readonly loads?: readonly HostFile[];
  /** PA at which PE 0 starts. Default: the entry of an ELF file, else the first byte of the image. */
  readonly entry?: number;
  readonly pokes?: readonly Poke[];
  /** System resets that are carried out; the next one ends the run. Default 1000. */
  readonly resetLimit?: number;
}

/** Bytes at a PA. They are written at power on and again at every system reset. */
export interface LoadedRange {
  readonly name: string;
  readonly base: Pa;
  readonly bytes: Uint8Array;
}

/** What `HostImageConfig` comes to on a platform. */
export interface BootPlan {
  /** Disjoint, in the order given; the device tree last. */
  readonly ranges: readonly LoadedRange[];
  readonly entry: Pa;
  /** X0 at the hand-off: PA of a device tree, or 0. */
  readonly deviceTree: number;
  /** Pokes outside the ranges: written at power on alone. Those inside have been written into the ranges. */
  readonly pokes: readonly Poke[];
  readonly resetLimit: number;
}
