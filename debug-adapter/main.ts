/** The debug adapter's process: DAP on standard input and output, or with `--port N` for clients on this machine. */
import { createServer } from 'node:net';
import { Problem } from '../attestation/problem';
import { badOption, badPort } from './problems';
import { Adapter } from './session/adapter';
import { messageOfError } from './session/errors';

const EXIT_USAGE = 2;
const EXIT_DEFECT = 3;
/** Time the last messages get to leave the process. */
const FLUSH_MS = 100;

function portOf(args: readonly string[]): number | undefined {
  if (args.length === 0) return undefined;
  const text =
    args[0] === '--port' ? args[1] : args[0]?.startsWith('--port=') ? args[0].slice('--port='.length) : undefined;
  if (text === undefined && args[0] !== '--port') throw badOption(args[0]!);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw badPort(text ?? '');
  return port;
}

const adapters = new Set<Adapter>();

function failAll(error: unknown): void {
  for (const adapter of adapters) adapter.fail(error);
  process.exitCode = EXIT_DEFECT;
  setTimeout(() => process.exit(), FLUSH_MS);
}

function serve(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, onClosed: () => void): void {
  const adapter = new Adapter();
  adapters.add(adapter);
  adapter.onClosed = () => {
    adapters.delete(adapter);
    onClosed();
  };
  // A client that goes away in the middle of a message is no defect.
  output.on('error', () => adapter.onClosed());
  adapter.start(input, output);
}

function main(): void {
  process.on('uncaughtException', failAll);
  process.on('unhandledRejection', failAll);
  const port = portOf(process.argv.slice(2));
  if (port === undefined) {
    serve(process.stdin, process.stdout, () => setTimeout(() => process.exit(), FLUSH_MS));
    return;
  }
  const server = createServer((socket) => serve(socket, socket, () => socket.end()));
  server.on('error', (error) => {
    process.stderr.write(`Cannot listen on port ${port}: ${error.message}\n`);
    process.exit(EXIT_USAGE);
  });
  server.listen(port, '127.0.0.1', () => process.stderr.write(`Realmscope debug adapter on 127.0.0.1:${port}\n`));
}

try {
  main();
} catch (error) {
  process.stderr.write(`${messageOfError(error)}\n`);
  process.exit(error instanceof Problem ? EXIT_USAGE : EXIT_DEFECT);
}
