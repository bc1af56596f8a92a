/** Rows of PSCI 1.1 as a Realm sees it, in the order of their FIDs, and SMCCC_VERSION. */
import type { CommandRow } from '../row';
import { affinityInfo } from './affinity-info';
import { cpuOff } from './cpu-off';
import { cpuOn } from './cpu-on';
import { cpuSuspend } from './cpu-suspend';
import { psciFeatures } from './features';
import { smcccVersion } from './smccc-version';
import { systemOff, systemReset } from './system-off';
import { psciVersion } from './version';

export const PSCI_ROWS: readonly CommandRow[] = [
  smcccVersion,
  psciVersion,
  cpuSuspend,
  cpuOff,
  cpuOn,
  affinityInfo,
  systemOff,
  systemReset,
  psciFeatures,
];
