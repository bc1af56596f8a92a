/** `gdb`: the machine behind the gdb remote protocol, for gdb, lldb and whatever else speaks it. */
import { createMachine } from '../../emulator/machine/create';
import type { EventRecord } from '../../emulator/machine/event-ring';
import { subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { type Command, ExitCode, NO_COLOUR } from '../command';
import { serveGdb } from '../gdb/server';
import { numberOption, type ParsedOptions } from '../options';
import { cannotListen } from '../problems';
import { createConsoleReader, readConsole, restOfConsole } from '../report/console';
import { consoleLine } from '../report/trace';
import { NODE_SERVICES } from '../services';
import { HOST_IMAGE, HOST_OPTIONS, hostImageOf } from './host-options';
import { MOST_PES, platformOf } from './platform-options';
import { MACHINE_OPTIONS, prepare } from './run';

/** The machine that `run` would make of the same options. */
function machineOf(options: ParsedOptions): Machine {
  const hostImage = hostImageOf(options);
  if (hostImage === undefined) return prepare(options).machine;
  const pes = numberOption(options, '--pes', 1, MOST_PES);
  return createMachine({
    platform: platformOf(options),
    services: NODE_SERVICES,
    hostImage,
    ...(pes === undefined ? {} : { pes }),
  });
}

const DEFAULT_PORT = 1234;
const MOST_PORT = 65535;

export const gdbCommand: Command = {
  syntax: {
    name: 'gdb',
    summary: 'serve the gdb remote protocol: every PE a thread, the machine stopped before its first step',
    arguments: ['GUEST.elf'],
    repeated: true,
    instead: HOST_IMAGE,
    options: [
      { name: '--port', value: 'N', summary: `TCP port on 127.0.0.1 (default ${DEFAULT_PORT}; 0: any that is free)` },
      ...MACHINE_OPTIONS.filter(({ name }) => name !== '--budget'),
      ...HOST_OPTIONS,
      NO_COLOUR,
    ],
    notes: [
      'Connect with gdb-multiarch GUEST.elf -ex "target remote :1234". The server ends when a client kills the machine.',
      'A step of one PE lets the others have their turns, and a breakpoint counts in every world and at every EL, so ' +
        'that nothing a debugger does changes the run.',
    ],
  },
  run: async (options, output) => {
    const port = numberOption(options, '--port', 0, MOST_PORT) ?? DEFAULT_PORT;
    const machine = machineOf(options);
    const console = createConsoleReader();
    const onConsole = (record: EventRecord): void => {
      const line = readConsole(console, record);
      if (line !== undefined) output.line(consoleLine(line, output.paint));
    };
    subscribe(machine.events, onConsole, ['console']);
    try {
      await serveGdb({
        machine,
        port,
        onListening: (actual) => output.line(`Waiting for gdb on 127.0.0.1:${actual}`),
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' || code === 'EACCES') throw cannotListen(port, message);
      throw error;
    }
    for (const line of restOfConsole(console)) output.line(consoleLine(line, output.paint));
    return ExitCode.Good;
  },
};
