/** The granule protection table: built, walked and changed in Root memory, in its architectural encoding. */
import type { Granule, Pa } from '../address';
import type { Platform } from '../machine/platform';
import type { MachineMemory } from './memory';
import type { Pas } from './pas';

/** Granule protection information, the four-bit values of GPT entries (Arm ARM, GPT level 1 granules descriptor). */
export const Gpi = { None: 0, Secure: 8, NonSecure: 9, Root: 10, Realm: 11, Any: 15 } as const;
export type Gpi = (typeof Gpi)[keyof typeof Gpi];

/** GPI that admits exactly this PAS. */
export const gpiOfPas = (pas: Pas): Gpi => (8 + pas) as Gpi;

/** What a walk found. `fault` is set where the table itself is bad; `gpi` is then 0. */
export interface GptWalk {
  /** Level of the descriptor that decides: 0 for a block, 1 for granules or a contiguous range. */
  readonly level: 0 | 1;
  readonly descriptorPa: Pa;
  readonly descriptor: bigint;
  readonly kind: 'block' | 'granules' | 'contiguous' | 'above-pps' | 'invalid';
  readonly gpi: number;
  /** The range of addresses that share this entry and GPI. */
  readonly base: Pa;
  readonly size: number;
  /** Address of the L0 table entry that was read first. */
  readonly l0Pa: Pa;
  readonly fault?: 'walk' | 'addressSize' | 'eabt';
}

export declare function buildGpt(memory: MachineMemory, platform: Platform): void;
export declare function walkGpt(memory: MachineMemory, platform: Platform, pa: Pa): GptWalk;
export declare function gpiOf(memory: MachineMemory, platform: Platform, pa: Pa): number;
export declare function setGpi(memory: MachineMemory, platform: Platform, granule: Granule, gpi: Gpi): number;
