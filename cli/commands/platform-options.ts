/** Options that choose the machine. */

import { type Platform, withVersionSet } from '../../emulator/machine/platform';
import { PRESET_NAMES, presetPlatform } from '../../emulator/machine/presets/presets';
import { MAX_PES } from '../../emulator/memory/map';
import { VERSION_SETS } from '../../emulator/rmm/commands/row';
import { choiceOption, type OptionRow, type ParsedOptions } from '../options';

export const MOST_PES = MAX_PES;

export const PLATFORM_OPTIONS: readonly OptionRow[] = [
  { name: '--platform', value: 'NAME', summary: `the machine: ${PRESET_NAMES.join(', ')} (default fvp)` },
  { name: '--preset', value: 'NAME', summary: 'the same as --platform' },
  { name: '--rmm-version', value: 'NAME', summary: `version of the RMM: ${VERSION_SETS.join(', ')} (default 1.0)` },
  {
    name: '--pes',
    value: 'N',
    summary: `number of PEs, 1 to ${MAX_PES} (default: 8 for a Host image, else the platform's)`,
  },
];

/** The platform as the options say; the number of PEs is the machine's to apply. */
export function platformOf(options: ParsedOptions): Platform {
  const name = choiceOption(options, '--preset', PRESET_NAMES) ?? choiceOption(options, '--platform', PRESET_NAMES);
  return withVersionSet(presetPlatform(name ?? 'fvp'), choiceOption(options, '--rmm-version', VERSION_SETS) ?? '1.0');
}
