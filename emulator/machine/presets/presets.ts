/** Platforms by name. */
import type { Platform } from '../platform';

export const PRESET_NAMES = ['fvp', 'trace-a', 'trace-b', 'trace-c', 'big'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export declare function presetPlatform(name: PresetName): Platform;
