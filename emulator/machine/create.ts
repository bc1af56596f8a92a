/** Wires a machine together in its power-on state. */
import { createInterpreter } from '../cpu/interpreter/interpreter';
import { createPe } from '../cpu/pe';
import { featuresOn } from '../cpu/table/features';
import type { Engine } from '../cpu/translator/translator';
import { createDevices } from '../devices/devices';
import { REDISTRIBUTOR_SIZE } from '../devices/gic/gic';
import type { HostConfig } from '../host/config';
import { createHost } from '../host/host';
import { MAX_PES } from '../memory/map';
import { createMemory } from '../memory/memory';
import { createMonitor } from '../monitor/monitor';
import { createRmm } from '../rmm/rmm';
import { connectTranslation, createTranslation } from '../translation/translation';
import type { HostImageConfig } from './boot/config';
import { planBoot } from './boot/plan';
import { hostTwice, tooManyPes } from './boot/problems';
import { createClock, timedBus } from './clock';
import { createEventRing, emit } from './event-ring';
import { createInputLog } from './input-log';
import type { Machine } from './machine';
import type { Platform } from './platform';
import { powerOn } from './power-on';
import { PRESET_NAMES, type PresetName, presetPlatform } from './presets/presets';
import { unknownPreset } from './problems';
import { createSchedule } from './schedule';
import { createServices, type Services } from './services';
import { createStopControl } from './stop';

export interface MachineConfig {
  readonly platform: Platform | PresetName;
  readonly services?: Partial<Services>;
  /** Number of PEs, 1 to 8. Default: the platform's. */
  readonly pes?: number;
  /** What the built-in VMM does; without it PE 0 starts as A64 code. */
  readonly host?: HostConfig;
  /** A Host that is real code. Without either, PE 0 starts at `platform.payloadBase` in empty memory. */
  readonly hostImage?: HostImageConfig;
  /** What executes A64 code: `both` when absent. Neither the guest nor the events can tell. */
  readonly engine?: Engine;
}

/**
 * A machine just after its firmware has booted: GPT in Root memory, RMM ready, PE 0 at Non-secure EL2 as the boot chain
 * hands it to a payload (platform facts, section 5), the other PEs off.
 * @throws Problem `platform-unknown`, `platform-pes`, and those of the Host's configuration or image
 */
export function createMachine(config: MachineConfig): Machine {
  const platform = withPes(resolvePlatform(config.platform), config.pes);
  if (config.host !== undefined && config.hostImage !== undefined) throw hostTwice();
  const boot = config.hostImage === undefined ? undefined : planBoot(platform, config.hostImage);
  const clock = createClock();
  const services = createServices(config.services);
  const memory = createMemory({ ...platform, mecidBits: platform.mec.mecidBits, xts: services.xts });
  const pes = Array.from({ length: platform.pes }, (_, index) => createPe(memory, index, platform));
  const machine = {
    platform,
    boot,
    services,
    memory,
    pes,
    clock,
    schedule: createSchedule(platform.quantum),
    events: createEventRing(),
    inputs: createInputLog(),
    stop: createStopControl(),
    monitor: createMonitor(platform.pes),
    rmm: createRmm(platform.pes),
    host: createHost(platform, config.host),
    devices: createDevices(platform),
  } as unknown as { -readonly [Part in keyof Machine]: Machine[Part] };
  machine.translation = createTranslation();
  machine.interpreter = createInterpreter(memory, timedBus(clock, machine.translation.bus), {
    features: featuresOn(platform.features),
    engine: config.engine ?? 'both',
  });
  connect(machine);
  powerOn(machine);
  return machine;
}

function resolvePlatform(platform: Platform | PresetName): Platform {
  if (typeof platform !== 'string') return platform;
  if (!PRESET_NAMES.includes(platform)) throw unknownPreset(platform, PRESET_NAMES);
  return presetPlatform(platform);
}

/** The platform with another number of PEs: each has a pair of redistributor frames. */
function withPes(platform: Platform, pes = platform.pes): Platform {
  if (!Number.isInteger(pes) || pes < 1 || pes > MAX_PES) throw tooManyPes(pes, MAX_PES);
  if (pes === platform.pes) return platform;
  const devices = platform.devices.map((region) =>
    region.kind === 'gicr' ? { ...region, size: REDISTRIBUTOR_SIZE * pes } : region,
  );
  return { ...platform, pes, devices };
}

/** What memory and breakpoints tell the other parts. */
function connect(machine: Machine): void {
  const { memory, schedule } = machine;
  connectTranslation(machine);
  const changed = memory.onGpiChanged;
  memory.onGpiChanged = (granule, from, to) => {
    changed(granule, from, to);
    emit(machine, 'gpi', schedule.current, granule * 4096, from, to);
  };
}
