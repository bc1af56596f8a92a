import { basename, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../../debug-adapter/protocol';
import { launchConfiguration } from '../contributions/debuggers';
import { CommandId } from '../ids';
import { nearestGuests, orderGuests } from './elf-header';
import { activeFile, findGuests, isGuestFile } from './find-guests';

/** Launch attributes that name files, relative to the workspace folder if they like. */
const FILE_ATTRIBUTES = ['program', 'host', 'load'] as const;

/** Makes F5 work without a launch.json, and lists ready choices beside those of a launch.json. */
export const configurationProvider: vscode.DebugConfigurationProvider = {
  async provideDebugConfigurations(folder) {
    const guests = orderGuests((await findGuests(folder)).map(slashes), slashed(activeFile()));
    return guests.map((guest) => launchConfiguration(`Debug Realm guest ${basename(guest)}`, relative(guest, folder)));
  },

  async resolveDebugConfiguration(_folder, configuration) {
    if (configuration.request !== undefined || configuration.name !== undefined) return configuration;
    const guest = await chooseGuest();
    return guest === undefined ? undefined : launchConfiguration(`Debug ${basename(guest)}`, guest);
  },

  resolveDebugConfigurationWithSubstitutedVariables(folder, configuration) {
    const root = folder ?? vscode.workspace.workspaceFolders?.[0];
    if (root === undefined) return configuration;
    // A wrong type goes through as it is: the adapter names the attribute and what it wants.
    const placed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(placed)
        : typeof value !== 'string' || value === '' || isAbsolute(value)
          ? value
          : join(root.uri.fsPath, value);
    const given = FILE_ATTRIBUTES.filter((name) => configuration[name] !== undefined);
    return { ...configuration, ...Object.fromEntries(given.map((name) => [name, placed(configuration[name])])) };
  },
};

/** The guest that F5 means: the file in the editor, the only one near, or the user's choice. */
async function chooseGuest(): Promise<string | undefined> {
  const active = activeFile();
  if (active !== undefined && (await isGuestFile(active))) return active;
  const found = await findGuests();
  const near = nearestGuests(found.map(slashes), slashed(active));
  if (near.length === 1) return native(near[0]!, found);
  if (near.length === 0) return await explainNoGuest();
  const items = orderGuests(found.map(slashes), slashed(active)).map((guest) => ({
    label: basename(guest),
    description: vscode.workspace.asRelativePath(guest),
    guest,
  }));
  const choice = await vscode.window.showQuickPick(items, {
    title: 'Debug Realm Guest',
    placeHolder: 'ELF file to boot',
  });
  return choice === undefined ? undefined : native(choice.guest, found);
}

async function explainNoGuest(): Promise<undefined> {
  const sample = 'Start Attest Sample';
  const choice = await vscode.window.showErrorMessage(
    'No AArch64 ELF file (.elf, .axf) was found in this workspace. Build the Realm guest, or name it as "program" in launch.json.',
    'Open launch.json',
    sample,
  );
  if (choice === sample) await vscode.commands.executeCommand(CommandId.startAttestSample);
  else if (choice !== undefined) await vscode.commands.executeCommand('workbench.action.debug.configure');
  return undefined;
}

/** Starts the debugger on one file, without any launch configuration. */
export function debugGuest(program: string, folder?: vscode.WorkspaceFolder): Thenable<boolean> {
  return vscode.debug.startDebugging(folder, launchConfiguration(`Debug ${basename(program)}`, program));
}

const slashes = (path: string): string => path.replaceAll('\\', '/');
const slashed = (path: string | undefined): string | undefined => (path === undefined ? undefined : slashes(path));
const native = (path: string, found: readonly string[]): string => found.find((each) => slashes(each) === path) ?? path;

function relative(path: string, folder: vscode.WorkspaceFolder | undefined): string {
  const root = folder === undefined ? undefined : `${slashes(folder.uri.fsPath)}/`;
  return root !== undefined && path.startsWith(root) ? `\${workspaceFolder}/${path.slice(root.length)}` : path;
}

export function registerConfigurations(): vscode.Disposable[] {
  const { provideDebugConfigurations, ...resolver } = configurationProvider;
  return [
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, resolver),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      { provideDebugConfigurations: provideDebugConfigurations! },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
  ];
}
