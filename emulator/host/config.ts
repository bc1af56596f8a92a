/** What the built-in VMM is asked to do. Part of the machine's configuration, never of its state. */
import type { HashAlgorithm } from '../../attestation/hash';
import type { ElfImage } from './image/image';

export interface HostRealmConfig {
  /** For people; also the default RPV. */
  readonly name?: string;
  readonly image: ElfImage;
  /** IPA width in bits, 32 to 48; the lower half is Protected. Default 33. */
  readonly ipaWidth?: number;
  /** Bytes of RAM from the image's base (rounded down to 2 MiB). Default 16 MiB; a larger image makes it larger. */
  readonly memorySize?: number;
  /** Default sha-256. */
  readonly hashAlgorithm?: HashAlgorithm;
  /** Realm Personalization Value, at most 64 bytes, zero-padded. Default: the name in UTF-8. */
  readonly rpv?: Uint8Array;
  /** False loads the image without measuring its content (RMI_DATA_CREATE flags 0). Default true. */
  readonly measured?: boolean;
  /** Number of RECs; the first is runnable, the others wait for PSCI_CPU_ON. Default 1. */
  readonly recs?: number;
}

export interface HostConfig {
  readonly realms: readonly HostRealmConfig[];
  /** 64 bytes handed to a guest that asks (host call 6). Default: bytes 0x00 to 0x3f. */
  readonly challenge?: Uint8Array;
}

/** The challenge used when the configuration has none: byte i is i. */
export const DEFAULT_CHALLENGE: Uint8Array = Uint8Array.from({ length: 64 }, (_, i) => i);
