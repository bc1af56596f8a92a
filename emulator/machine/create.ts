/** Wires a machine together in its power-on state. */
import { createInterpreter } from '../cpu/interpreter/interpreter';
import { createPe, writePc, writePstate, writeSysreg } from '../cpu/pe';
import { featuresOn } from '../cpu/table/features';
import { createDevices } from '../devices/devices';
import { enableInterrupts } from '../devices/gic/gic';
import type { HostConfig } from '../host/config';
import { createHost } from '../host/host';
import { buildGpt } from '../memory/gpt';
import { createMemory } from '../memory/memory';
import { createMonitor } from '../monitor/monitor';
import { bootRmm, createRmm } from '../rmm/rmm';
import { connectTranslation, createTranslation } from '../translation/translation';
import { createClock, timedBus } from './clock';
import { createEventRing, emit } from './event-ring';
import { createInputLog } from './input-log';
import type { Machine } from './machine';
import type { Platform } from './platform';
import { PRESET_NAMES, type PresetName, presetPlatform } from './presets/presets';
import { unknownPreset } from './problems';
import { createSchedule } from './schedule';
import { createServices, type Services } from './services';
import { createStopControl } from './stop';

export interface MachineConfig {
  readonly platform: Platform | PresetName;
  readonly services?: Partial<Services>;
  /** What the built-in VMM does; without it PE 0 starts as A64 code at `platform.payloadBase`. */
  readonly host?: HostConfig;
}

/** PSTATE at the hand-off to Non-secure EL2: EL2h, DAIF masked. */
const HAND_OFF_PSTATE = 0x3c9;

/**
 * A machine just after its firmware has booted: GPT in Root memory, RMM ready, PE 0 at Non-secure EL2 as the boot chain
 * hands it to a payload (platform facts, section 5), the other PEs off.
 * @throws Problem `platform-unknown`, and those of the Host's configuration
 */
export function createMachine(config: MachineConfig): Machine {
  const platform = resolvePlatform(config.platform);
  const clock = createClock();
  const services = createServices(config.services);
  const memory = createMemory({ ...platform, mecidBits: platform.mec.mecidBits, xts: services.xts });
  const pes = Array.from({ length: platform.pes }, (_, index) => createPe(memory, index, platform));
  const machine = {
    platform,
    services,
    memory,
    pes,
    clock,
    schedule: createSchedule(platform.quantum),
    events: createEventRing(),
    inputs: createInputLog(),
    stop: createStopControl(),
    monitor: createMonitor(),
    rmm: createRmm(platform.pes),
    host: createHost(platform, config.host),
    devices: createDevices(platform),
  } as unknown as { -readonly [Part in keyof Machine]: Machine[Part] };
  machine.translation = createTranslation();
  machine.interpreter = createInterpreter(memory, timedBus(clock, machine.translation.bus), {
    features: featuresOn(platform.features),
  });
  connect(machine);
  powerOn(machine, config.host !== undefined);
  return machine;
}

function resolvePlatform(platform: Platform | PresetName): Platform {
  if (typeof platform !== 'string') return platform;
  if (!PRESET_NAMES.includes(platform)) throw unknownPreset(platform, PRESET_NAMES);
  return presetPlatform(platform);
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

/** What the boot chain leaves. */
function powerOn(machine: Machine, nativeHost: boolean): void {
  const { platform, memory, pes } = machine;
  const changed = memory.onGpiChanged;
  memory.onGpiChanged = () => {};
  buildGpt(memory, platform);
  memory.onGpiChanged = changed;
  for (const pe of pes) {
    writeSysreg(pe, 'GPTBR_EL3', platform.gpt.gptbr);
    writeSysreg(pe, 'GPCCR_EL3', platform.gpt.gpccr);
    writePstate(pe, HAND_OFF_PSTATE);
  }
  bootRmm(machine);
  if (nativeHost) enableInterrupts(machine);
  const boot = pes[0];
  if (boot === undefined) return;
  writePc(boot, BigInt(platform.payloadBase));
  boot.runner = nativeHost ? 'host' : 'a64';
}
