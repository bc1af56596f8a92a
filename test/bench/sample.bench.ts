/** The sample from the command line, from starting Node to the verified token. */
import { execFileSync } from 'node:child_process';
import { median, milliseconds, type Row } from './row';

const RUN = ['dist/cli.js', 'run', 'samples/attest/attest.elf', '--json'];

export async function measure(): Promise<Row[]> {
  const run = (...args: string[]) => execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const node = median(await milliseconds(5, () => run('-e', '0')));
  const sample = median(await milliseconds(5, () => run(...RUN)));
  return [
    { name: 'sample: start to verified token', value: sample - node, unit: 'ms', goal: { atMost: 1000 } },
    { name: 'sample: start of Node alone', value: node, unit: 'ms' },
  ];
}
