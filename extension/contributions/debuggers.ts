import { DEBUG_TYPE, launchSchema } from '../../debug-adapter/protocol';
import { GUEST_LANGUAGES } from '../ids';

/** A launch configuration as F5 makes one where there is no launch.json. */
export const launchConfiguration = (name: string, program: string) => ({
  type: DEBUG_TYPE,
  request: 'launch',
  name,
  program,
  stopOnEntry: true,
});

const program = `\${workspaceFolder}/attest.elf`;

export const debuggerContributions = (): unknown[] => [
  {
    type: DEBUG_TYPE,
    label: 'Arm CCA (Realmscope)',
    languages: GUEST_LANGUAGES,
    // VS Code runs a program whose runtime is "node" under its own Node.js, so none needs to be on PATH.
    program: './dist/adapter.js',
    runtime: 'node',
    configurationAttributes: { launch: launchSchema() },
    initialConfigurations: [launchConfiguration('Debug Realm guest', program)],
    configurationSnippets: [
      {
        label: 'Arm CCA: Debug a Realm guest',
        description: 'Boot a Realm from an AArch64 ELF file and stop at the first RMI call of the Host.',
        body: launchConfiguration('Debug Realm guest', `^"\\\${workspaceFolder}/\${1:attest.elf}"`),
      },
      {
        label: 'Arm CCA: Debug a Host of real code',
        description:
          'Enter an A64 image at Non-secure EL2 as a boot chain does; it makes RMI calls and runs Realms itself.',
        body: {
          type: DEBUG_TYPE,
          request: 'launch',
          name: 'Debug Host',
          host: `^"\\\${workspaceFolder}/\${1:host.elf}"`,
          stopOnEntry: true,
        },
      },
      {
        label: 'Arm CCA: Stop at RMI and RSI commands',
        description: 'Boot a Realm and stop at the named commands, wherever they are called from.',
        body: {
          ...launchConfiguration('Debug Realm guest, stop at commands', `^"\\\${workspaceFolder}/\${1:attest.elf}"`),
          stopOnEntry: false,
          breakOn: [`\${2:RMI_REC_ENTER}`, `\${3:RSI_ATTESTATION_TOKEN_INIT}`],
        },
      },
    ],
    strings: {
      unverifiedBreakpoints:
        'A grey breakpoint is not bound yet: its code is not in the Realm image, the image has no debug information for that line, or the name is no RMI, RSI or PSCI command and no function of the guest.',
    },
  },
];
