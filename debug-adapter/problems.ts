/** Every message the adapter has for a user, with its number for DAP clients. */
import { type Blame, Problem } from '../attestation/problem';

const problem = (code: string, what: string, fix?: string, blame: Blame = 'usage', where?: string): Problem =>
  new Problem({ code, what, fix, blame, where });

const quoted = (value: unknown): string => {
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
};

export const badReference = (text: string) =>
  problem('bad-reference', `${quoted(text)} is no address.`, 'Give a hexadecimal number such as 0x80000000.');

export const unknownAttribute = (name: string, nearest: string | undefined) =>
  problem(
    'launch-unknown-attribute',
    `the launch configuration has an unknown attribute ${quoted(name)}.`,
    nearest ? `Did you mean "${nearest}"?` : 'Remove it from launch.json.',
  );

export const missingAttribute = (name: string) =>
  problem('launch-missing-attribute', `the launch configuration lacks "${name}".`, 'Add it to launch.json.');

export const badAttribute = (name: string, value: unknown, expected: string) =>
  problem('launch-bad-attribute', `the launch attribute "${name}" is ${quoted(value)}.`, `Give ${expected}.`);

export const unknownCommand = (name: string, nearest: string | undefined) =>
  problem(
    'unknown-command',
    `there is no command ${quoted(name)}.`,
    nearest ? `Did you mean ${nearest}?` : 'Names are those of the RMM specification: RMI_…, RSI_…, PSCI_….',
  );

export const programMissing = (path: string, why: string, attribute: string) =>
  problem(
    'program-missing',
    `the file ${quoted(path)} cannot be read: ${why}.`,
    `Set "${attribute}" in launch.json to the image, or build it.`,
  );

export const needsHost = (attribute: string) =>
  problem(
    'launch-needs-host',
    `the launch attribute "${attribute}" is given without "host".`,
    'Give "host" the image of a Host, or remove it.',
  );

export const alreadyLaunched = () =>
  problem('already-launched', 'a guest was launched in this session already.', 'Restart the session.');

export const notLaunched = (request: string) =>
  problem('not-launched', `"${request}" needs a launched guest.`, 'Send a launch request first.');

export const attachUnsupported = () =>
  problem(
    'attach-unsupported',
    'there is nothing to attach to: the machine runs inside this session.',
    'Use a launch configuration with "request": "launch".',
  );

export const unknownRequest = (name: string) =>
  problem('unknown-request', `the request ${quoted(name)} is not supported.`);

export const badArgument = (name: string, value: unknown, expected: string) =>
  problem('bad-argument', `the argument "${name}" is ${quoted(value)}.`, `Give ${expected}.`);

export const isRunning = (request: string) =>
  problem('is-running', `"${request}" needs a stopped guest.`, 'Pause first.');

export const ended = (request: string) =>
  problem('run-ended', `"${request}" cannot be served: the run has ended.`, 'Restart the session.');

export const noSuchThread = (id: number) => problem('no-such-thread', `there is no thread ${id}.`);

export const noSuchFrame = (id: number) => problem('no-such-frame', `the stack frame ${id} is gone: the guest ran on.`);

export const noSuchVariable = (reference: number) =>
  problem('no-such-variable', `the variables reference ${reference} is unknown or gone.`);

export const noSuchSource = (reference: number) => problem('no-such-source', `there is no source ${reference}.`);

export const noSuchRealm = (id: string) =>
  problem('no-such-realm', `there is no Realm ${quoted(id)}.`, 'Ask cca/realms for those that exist.');

export const notMapped = (what: string, why: string) => problem('not-mapped', `${what} cannot be read: ${why}.`);

export const unknownName = (name: string, nearest: string | undefined) =>
  problem(
    'unknown-name',
    `there is no variable, register or symbol ${quoted(name)} here.`,
    nearest ? `Did you mean "${nearest}"?` : undefined,
  );

export const badOperand = (what: string) => problem('bad-operand', what);

export const badPort = (text: string) =>
  problem('bad-port', `${quoted(text)} is no port.`, 'Give --port a number from 1 to 65535.');

export const badOption = (text: string) =>
  problem(
    'bad-option',
    `unknown option ${quoted(text)}.`,
    'The adapter speaks DAP on standard input and output, or with --port N on 127.0.0.1.',
  );

/** A number for DAP's `ErrorMessage.id`: stable for a code, from 1000. */
export function errorId(code: string): number {
  let hash = 0;
  for (const character of code) hash = (hash * 31 + character.charCodeAt(0)) % 9000;
  return 1000 + hash;
}
