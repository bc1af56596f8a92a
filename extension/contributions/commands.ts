import { CommandId, MEMORY_MAP_PANEL, ViewId } from '../ids';

interface CommandDescription {
  readonly command: string;
  readonly title: string;
  readonly icon?: string;
  readonly enablement?: string;
  /** Needs an argument from a view, so it makes no sense in the palette. */
  readonly hidden?: boolean;
}

const COMMANDS: readonly CommandDescription[] = [
  { command: CommandId.openMemoryMap, title: 'Open Memory Ownership Map', icon: '$(table)' },
  { command: CommandId.breakOnCommand, title: 'Break on Command…', icon: '$(add)' },
  { command: CommandId.removeCommandBreakpoints, title: 'Remove All Command Breakpoints', icon: '$(close-all)' },
  { command: CommandId.copyRim, title: 'Copy RIM', icon: '$(copy)', enablement: 'realmscope.hasMachine' },
  { command: CommandId.showAdapterLog, title: 'Show Adapter Log', icon: '$(output)' },
  { command: CommandId.openAttestSample, title: 'Open Attest Sample' },
  { command: CommandId.startAttestSample, title: 'Start Attest Sample', icon: '$(debug-start)' },
  { command: CommandId.debugGuest, title: 'Debug as Realm Guest', icon: '$(debug-alt)', hidden: true },
  { command: CommandId.copyValue, title: 'Copy Value', icon: '$(copy)', hidden: true },
  { command: CommandId.revealInMap, title: 'Reveal in Memory Ownership Map', icon: '$(table)', hidden: true },
];

export const commandContributions = (): unknown[] =>
  COMMANDS.map(({ hidden: _, ...description }) => ({ ...description, category: 'Realmscope' }));

const inView = (view: string): string => `view == ${view}`;

export const menuContributions = (): Record<string, unknown[]> => ({
  commandPalette: COMMANDS.filter((command) => command.hidden).map(({ command }) => ({ command, when: 'false' })),
  'view/title': [
    { command: CommandId.openMemoryMap, when: inView(ViewId.realms), group: 'navigation@1' },
    { command: CommandId.showAdapterLog, when: inView(ViewId.realms), group: '1_log' },
    { command: CommandId.breakOnCommand, when: inView(ViewId.commandBreakpoints), group: 'navigation@1' },
    { command: CommandId.removeCommandBreakpoints, when: inView(ViewId.commandBreakpoints), group: 'navigation@2' },
  ],
  'view/item/context': [
    {
      command: CommandId.revealInMap,
      when: `${inView(ViewId.realms)} && viewItem =~ /\\bplace\\b/`,
      group: 'inline@1',
    },
    { command: CommandId.copyValue, when: `${inView(ViewId.realms)} && viewItem =~ /\\bvalue\\b/`, group: 'inline@2' },
    { command: CommandId.copyRim, when: `${inView(ViewId.realms)} && viewItem =~ /\\brealm\\b/`, group: '1_copy' },
  ],
  'explorer/context': [{ command: CommandId.debugGuest, when: 'resourceExtname == .elf', group: 'navigation@30' }],
  'debug/toolBar': [{ command: CommandId.openMemoryMap, when: 'debugType == cca', group: 'navigation@100' }],
  'editor/title': [
    { command: CommandId.showAdapterLog, when: `activeWebviewPanelId == ${MEMORY_MAP_PANEL}`, group: '1_log' },
  ],
});
