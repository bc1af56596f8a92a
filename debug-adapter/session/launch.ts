/** Makes the machine of a launch: reads the guest, its symbols, and wires the listeners. */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { mecidOfRealm } from '../../emulator/host/config';
import type { HostConfig, HostRealmConfig } from '../../emulator/host/host';
import { readElf } from '../../emulator/host/image/elf';
import { createMachine } from '../../emulator/machine/create';
import { withVersionSet } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { Pas } from '../../emulator/memory/pas';
import { watchRunaway } from '../../emulator/trace/runaway';
import { createTraceReader } from '../../emulator/trace/trace';
import { programMissing } from '../problems';
import { openProgram, warningsOf } from '../symbols/program';
import { newChanges } from './changes';
import type { LaunchConfiguration } from './launch-configuration';
import { listen } from './machine-events';
import { NODE_SERVICES } from './node-services';
import { createOutput, tell } from './output';
import { clientPath, createSourceMap } from './sources';
import type { Session, Target } from './state';

/** @throws Problem of the ELF reader, the Host's configuration or the file system */
export function createTarget(session: Session, configuration: LaunchConfiguration): Target {
  const path = resolve(clientPath(configuration.program));
  const image = readElf(readProgram(path), path);
  const { memoryLimit, rmmVersion, mecid } = configuration;
  const platform = withVersionSet({ ...presetPlatform(configuration.platform), memoryLimit }, rmmVersion);
  const host: HostConfig = {
    realms: Array.from({ length: configuration.realms }, (_, index) => ({
      ...realmOf(configuration),
      ...(mecid === undefined ? {} : { mecid: mecidOfRealm(mecid, index) }),
      name: basename(path).replace(/\.elf$/i, '') + (index === 0 ? '' : `-${index + 1}`),
      image,
    })),
    ...(configuration.challenge === undefined ? {} : { challenge: configuration.challenge }),
  };
  const machine = createMachine({ platform, services: NODE_SERVICES, host });
  machine.rmm.evaluations.on = !configuration.noDebug;
  const program = openProgram(image);
  for (const warning of warningsOf(program).slice(0, 10)) tell(session.send, `Debug information: ${warning}`, 'stderr');
  const output = createOutput(session.send);
  const changed = newChanges();
  const unsubscribe = listen(session, machine, output, changed);
  const runaway = watchRunaway(machine);
  return {
    configuration,
    machine,
    images: [{ world: Pas.Realm, program, sources: createSourceMap(path, configuration.sourceMap) }],
    host,
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

function readProgram(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'permission denied'
            : String(code);
    throw programMissing(path, why);
  }
}
