/** `rim predict`: the RIM a guest will have under the built-in Host, without running it. */
import { toHex } from '../../attestation/bytes';
import { readElf } from '../../emulator/host/image/elf';
import { layOut } from '../../emulator/host/layout';
import { predictSteps } from '../../emulator/host/predict';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { readInput } from '../files';
import { choiceOption, numberOption } from '../options';

export const rimPredict: Command = {
  syntax: {
    name: 'rim predict',
    summary: 'compute the RIM a guest will have under the built-in Host',
    arguments: ['GUEST.elf'],
    options: [
      { name: '--steps', summary: 'show the RIM after every measured command' },
      { name: '--ipa-width', value: 'BITS', summary: "the Realm's IPA width, 32 to 48 (default 33)" },
      { name: '--memory', value: 'BYTES', summary: "the Realm's RAM (default 16 MiB)" },
      { name: '--hash', value: 'NAME', summary: 'sha-256 (default) or sha-512' },
      JSON_SWITCH,
      NO_COLOUR,
    ],
  },
  run: (options, output) => {
    const path = options.positional[0] ?? '';
    const ipaWidth = numberOption(options, '--ipa-width', 32, 48);
    const memorySize = numberOption(options, '--memory', 1, 2 ** 47);
    const hashAlgorithm = choiceOption(options, '--hash', ['sha-256', 'sha-512'] as const);
    const { realms } = layOut({
      realms: [
        {
          image: readElf(readInput(path), path),
          ...(ipaWidth === undefined ? {} : { ipaWidth }),
          ...(memorySize === undefined ? {} : { memorySize }),
          ...(hashAlgorithm === undefined ? {} : { hashAlgorithm }),
        },
      ],
    });
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
