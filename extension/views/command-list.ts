import type { CatalogueCommand } from '../../emulator/rmm/commands/catalogue-types';

/** A breakpoint on a command is a function breakpoint of this name; with ` after` it stops when the command returns. */
export interface CommandBreakpointName {
  readonly command: string;
  readonly after: boolean;
}

const NAME = /^\s*([A-Za-z0-9_]+)(\s+after)?\s*$/;

/** What a function breakpoint's name means, when it names a command. */
export function parseCommandName(
  name: string,
  commands: readonly CatalogueCommand[],
): CommandBreakpointName | undefined {
  const match = NAME.exec(name);
  const command = commands.find((each) => each.name === match?.[1]?.toUpperCase());
  return command === undefined ? undefined : { command: command.name, after: match?.[2] !== undefined };
}

export const INTERFACES = [
  { id: 'rmi', label: 'RMI', detail: 'Host → RMM' },
  { id: 'rsi', label: 'RSI', detail: 'Realm → RMM' },
  { id: 'psci', label: 'PSCI', detail: 'Realm → RMM' },
] as const;

export type InterfaceId = (typeof INTERFACES)[number]['id'];

export const commandsOf = (commands: readonly CatalogueCommand[], id: InterfaceId): CatalogueCommand[] =>
  commands.filter((command) => command.interface === id).sort((a, b) => a.name.localeCompare(b.name, 'en'));

export const fidText = (fid: number): string => `0x${fid.toString(16).toUpperCase().padStart(8, '0')}`;
