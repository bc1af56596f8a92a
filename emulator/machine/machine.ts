/**
 * A machine: plain state in named parts, each with its own save and restore. Functions elsewhere act on it; nothing here
 * does. No part holds a promise, a closure or a generator (docs/architecture.md, "No JavaScript frame outlives a step").
 */
import type { Interpreter } from '../cpu/interpreter/interpreter';
import type { Pe } from '../cpu/pe';
import type { Devices } from '../devices/devices';
import type { HostState } from '../host/state';
import type { MachineMemory } from '../memory/memory';
import type { MonitorState } from '../monitor/state';
import type { RmmState } from '../rmm/state';
import type { Translation } from '../translation/translation';
import type { BootPlan } from './boot/config';
import type { Clock } from './clock';
import type { EventRing } from './event-ring';
import type { InputLog } from './input-log';
import type { Platform } from './platform';
import type { Schedule } from './schedule';
import type { Services } from './services';
import type { StopControl } from './stop';

export interface Machine {
  readonly platform: Platform;
  /** The Host that is real code, if there is one. */
  readonly boot: BootPlan | undefined;
  readonly services: Services;
  readonly memory: MachineMemory;
  readonly pes: readonly Pe[];
  readonly interpreter: Interpreter;
  readonly translation: Translation;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly events: EventRing;
  readonly inputs: InputLog;
  readonly stop: StopControl;
  readonly monitor: MonitorState;
  readonly rmm: RmmState;
  readonly host: HostState;
  readonly devices: Devices;
}
