/** The command line, bundled once for a test file and run in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import * as esbuild from 'esbuild';

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandLine {
  /** A scratch folder, gone when the file's tests are. */
  readonly folder: string;
  readonly program: string;
  /** Runs it without the colour settings of whoever runs the tests. */
  run(
    args: readonly string[],
    more?: { readonly env?: Readonly<Record<string, string>>; readonly input?: Uint8Array; readonly cwd?: string },
  ): Answer;
}

export function commandLine(): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), 'realmscope-cli-'));
  const program = join(folder, 'cli.js');
  before(() =>
    esbuild.build({
      entryPoints: ['cli/main.ts'],
      outfile: program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      logLevel: 'error',
    }),
  );
  after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    program,
    run: (args, { env, ...more } = {}) => {
      const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env;
      const result = spawnSync(process.execPath, [program, ...args], {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
        env: { ...rest, ...env },
        ...more,
      });
      return { code: result.status, out: result.stdout, err: result.stderr };
    },
  };
}
