/** Platforms by name. */
import type { Platform } from '../platform';
import { big, fvp } from './fvp';
import { traceA, traceB, traceC } from './trace';

const PRESETS = { fvp, 'trace-a': traceA, 'trace-b': traceB, 'trace-c': traceC, big } as const;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];

/** Every call makes a new, equal description; change figures by spreading it into your own. */
export const presetPlatform = (name: PresetName): Platform => PRESETS[name]();
