/** What the built-in VMM is asked to do. Part of the machine's configuration, never of its state. */
import type { HashAlgorithm } from '../../attestation/hash';
import type { ElfImage } from './image/image';

/**
 * Ways in which the Host may be less obliging than usual, all within what RMM 1.0 lets a Host do:
 *
 * - `ripas-in-steps`: a RIPAS change is carried out in pieces of one page, an entry of the REC for each;
 * - `ripas-reject`: a request to change RIPAS to RAM is rejected;
 * - `deny-cpu-on`: PSCI_CPU_ON is answered with DENIED;
 * - `inject-sea`: an access to an Unprotected IPA without memory or device gives the guest a synchronous external abort,
 *   where the Host otherwise ends the Realm with an explanation.
 */
export const HOST_BEHAVIOURS = ['ripas-in-steps', 'ripas-reject', 'deny-cpu-on', 'inject-sea'] as const;
export type HostBehaviour = (typeof HOST_BEHAVIOURS)[number];

export interface HostRealmConfig {
  /** For people; also the default RPV. */
  readonly name?: string;
  readonly image: ElfImage;
  /** IPA width in bits, 32 to 48, to 52 with LPA2; the lower half is Protected. Default 33. */
  readonly ipaWidth?: number;
  /** RmiRealmFlags.lpa2: 52-bit descriptors. Default: where the IPA width needs it. */
  readonly lpa2?: boolean;
  /** Starting level of the RTTs, -1 to 2; how many tables are concatenated there follows. Default: see `startOf`. */
  readonly levelStart?: number;
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
  /** RmiRealmParams.mecid, RMM 1.1 only. Default 0, which several Realms can have while it is Shared. */
  readonly mecid?: number;
  /** Event counters of a PMU for the Realm. Default: no PMU. */
  readonly pmuCounters?: number;
  /** Hardware breakpoints and watchpoints, 2 or more. Default 2. */
  readonly breakpoints?: number;
  readonly watchpoints?: number;
  /** Folds RTTs that are alike (RMI_RTT_FOLD), and gives memory so that they can be. Default false. */
  readonly fold?: boolean;
  /** Bytes of Host memory mapped at Unprotected IPAs; all Realms of a configuration see the same. Default 0. */
  readonly sharedMemory?: number;
  /** Level of the mappings of shared memory, 1 (1 GiB blocks) to 3 (pages). Default: the largest its size is a multiple of. */
  readonly sharedLevel?: number;
  readonly behaviour?: readonly HostBehaviour[];
}

/** MECIDs of Realms that are configured alike: the Shared one for all, else one after another. */
export const mecidOfRealm = (first: number, index: number): number => (first === 0 ? 0 : first + index);

export interface HostConfig {
  readonly realms: readonly HostRealmConfig[];
  /** 64 bytes handed to a guest that asks (host call 6). Default: bytes 0x00 to 0x3f. */
  readonly challenge?: Uint8Array;
}

/** The challenge used when the configuration has none: byte i is i. */
export const DEFAULT_CHALLENGE: Uint8Array = Uint8Array.from({ length: 64 }, (_, i) => i);
