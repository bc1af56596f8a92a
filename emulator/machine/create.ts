/** Wires a machine together in its power-on state. */
import type { HostConfig } from '../host/config';
import type { Machine } from './machine';
import type { Platform } from './platform';
import type { PresetName } from './presets/presets';
import type { Services } from './services';

export interface MachineConfig {
  readonly platform: Platform | PresetName;
  readonly services?: Partial<Services>;
  readonly host?: HostConfig;
}

export declare function createMachine(config: MachineConfig): Machine;
