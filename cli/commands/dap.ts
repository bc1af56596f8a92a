/** `dap`: the debug adapter on standard input and output, for any DAP client. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, ExitCode } from '../command';
import { noAdapter } from '../problems';

export const dap: Command = {
  syntax: {
    name: 'dap',
    summary: 'run the debug adapter on standard input and output',
    arguments: [],
    options: [],
    notes: ['Speaks the Debug Adapter Protocol. docs/custom-requests.md lists what it adds.'],
  },
  run: () => {
    const path = join(__dirname, 'adapter.js');
    if (!existsSync(path)) throw noAdapter(path);
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path], { stdio: 'inherit' });
      child.on('error', reject);
      child.on('exit', (code) => resolve(code === 0 ? ExitCode.Good : ExitCode.Defect));
    });
  },
};
