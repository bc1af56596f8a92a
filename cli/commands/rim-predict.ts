/** `rim predict`: the RIM a guest will have under the built-in Host, without running it. */
import { toHex } from '../../attestation/bytes';
import { layOut } from '../../emulator/host/layout';
import { predictSteps } from '../../emulator/host/predict';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { MEASURED_OPTIONS, realmsOf } from './realm-options';

export const rimPredict: Command = {
  syntax: {
    name: 'rim predict',
    summary: 'compute the RIM a guest will have under the built-in Host',
    arguments: ['GUEST.elf'],
    options: [
      { name: '--steps', summary: 'show the RIM after every measured command' },
      ...MEASURED_OPTIONS,
      JSON_SWITCH,
      NO_COLOUR,
    ],
  },
  run: (options, output) => {
    const path = options.positional[0] ?? '';
    const { realms } = layOut({ realms: realmsOf([path], 1, options) });
    const steps = realms[0] === undefined ? [] : predictSteps(realms[0]);
    const rim = toHex(steps.at(-1)?.rim ?? new Uint8Array());
    if (options.switches.has('--json')) {
      const shown = steps.map((step) => ({ step: step.text, rim: toHex(step.rim) }));
      output.line(JSON.stringify({ schema: 'realmscope.rim/1', guest: path, rim, steps: shown }, null, 2));
      return ExitCode.Good;
    }
    if (options.switches.has('--steps')) {
      for (const step of steps) output.line(`${output.paint('dim', toHex(step.rim))} ${step.text}`);
    }
    output.line(rim);
    return ExitCode.Good;
  },
};
