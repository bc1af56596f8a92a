/** Makes the machine of a launch: reads images and symbols, and wires the listeners. */
import { basename, resolve } from 'node:path';
import { type HostConfig, mecidOfRealm } from '../../emulator/host/config';
import type { HostRealmConfig } from '../../emulator/host/host';
import { type ElfImage, readElf } from '../../emulator/host/image/elf';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { type Platform, withVersionSet } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { MAX_PES } from '../../emulator/memory/map';
import { Pas } from '../../emulator/memory/pas';
import { watchRunaway } from '../../emulator/trace/runaway';
import { createTraceReader } from '../../emulator/trace/trace';
import type { Guest } from '../stack/guest';
import { openProgram, warningsOf } from '../symbols/program';
import { newChanges } from './changes';
import { hostImageOf, readProgram } from './host-image';
import type { Image } from './images';
import type { LaunchConfiguration } from './launch-configuration';
import { listen } from './machine-events';
import { NODE_SERVICES } from './node-services';
import { createOutput, tell } from './output';
import { clientPath, createSourceMap } from './sources';
import type { Session, Target } from './state';

/** What a launch makes before anybody listens. */
interface Loaded {
  readonly machine: Machine;
  readonly images: readonly Image[];
  readonly host: HostConfig | undefined;
}

/** @throws Problem of the ELF reader, the Host's configuration or the file system */
export function createTarget(session: Session, configuration: LaunchConfiguration): Target {
  const { memoryLimit, rmmVersion } = configuration;
  const platform = withVersionSet({ ...presetPlatform(configuration.platform), memoryLimit }, rmmVersion);
  const loaded =
    configuration.host === undefined ? loadGuest(configuration, platform) : loadHost(configuration, platform);
  const { machine, images } = loaded;
  machine.rmm.evaluations.on = !configuration.noDebug;
  for (const { program } of images) {
    for (const warning of warningsOf(program).slice(0, 10))
      tell(session.send, `Debug information: ${warning}`, 'stderr');
  }
  const output = createOutput(session.send);
  const changed = newChanges();
  const unsubscribe = listen(session, machine, output, changed);
  const runaway = watchRunaway(machine);
  return {
    configuration,
    ...loaded,
    output,
    trace: createTraceReader(machine),
    changed,
    changedAtStop: [],
    steps: 0,
    dispose: () => {
      unsubscribe();
      runaway.end();
    },
  };
}

const imageWith = (
  { sourceMap }: LaunchConfiguration,
  world: Guest['world'],
  image: ElfImage,
  path: string,
): Image => ({ world, program: openProgram(image), sources: createSourceMap(path, sourceMap) });

const pesOf = ({ pes }: LaunchConfiguration): { pes?: number } => (pes === undefined ? {} : { pes });

/** A Realm guest under the built-in Host. */
function loadGuest(configuration: LaunchConfiguration, platform: Platform): Loaded {
  const path = resolve(clientPath(configuration.program));
  const image = readElf(readProgram(path, 'program'), path);
  const { mecid } = configuration;
  const host: HostConfig = {
    realms: Array.from({ length: configuration.realms }, (_, index) => ({
      ...realmOf(configuration),
      ...(mecid === undefined ? {} : { mecid: mecidOfRealm(mecid, index) }),
      name: basename(path).replace(/\.elf$/i, '') + (index === 0 ? '' : `-${index + 1}`),
      image,
    })),
    ...(configuration.challenge === undefined ? {} : { challenge: configuration.challenge }),
  };
  const machine = createMachine({ platform, services: NODE_SERVICES, host, ...pesOf(configuration) });
  return { machine, host, images: [imageWith(configuration, Pas.Realm, image, path)] };
}

/** A Host of real code; `program` gives the symbols of what it runs in a Realm. */
function loadHost(configuration: LaunchConfiguration, platform: Platform): Loaded {
  const { hostImage, elf, path } = hostImageOf(configuration);
  const machine = createMachine({ platform, services: NODE_SERVICES, hostImage, pes: configuration.pes ?? MAX_PES });
  const images: Image[] = [];
  if (elf !== undefined) images.push(imageWith(configuration, Pas.NonSecure, elf, path));
  if (configuration.program !== '') {
    const program = resolve(clientPath(configuration.program));
    images.push(imageWith(configuration, Pas.Realm, readElf(readProgram(program, 'program'), program), program));
  }
  return { machine, host: undefined, images };
}

/** What the configuration says about each Realm. */
function realmOf(configuration: LaunchConfiguration): Omit<HostRealmConfig, 'image'> {
  const { ipaWidth, memorySize, hashAlgorithm, recs, breakpoints, watchpoints, fold, sharedMemory } = configuration;
  const { lpa2, levelStart, pmuCounters, hostBehaviour } = configuration;
  return {
    ...{ ipaWidth, memorySize, hashAlgorithm, recs, breakpoints, watchpoints, fold, sharedMemory },
    behaviour: hostBehaviour,
    ...(lpa2 ? { lpa2 } : {}),
    ...(levelStart === undefined ? {} : { levelStart }),
    ...(pmuCounters === undefined ? {} : { pmuCounters }),
  };
}
