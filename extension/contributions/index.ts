/**
 * What `package.json` tells VS Code, assembled from the typed descriptions it comes from. `node scripts/contributions.mjs`
 * writes it; a test fails when the two differ.
 */
import { DEBUG_TYPE } from '../../debug-adapter/protocol';
import { GUEST_LANGUAGES, MEMORY_MAP_PANEL } from '../ids';
import { colourContributions } from './colours';
import { commandContributions, menuContributions } from './commands';
import { debuggerContributions } from './debuggers';
import { grammarContributions, languageContributions } from './languages';
import { settingContributions } from './settings';
import { containerContributions, viewContributions, welcomeContributions } from './views';

const REPOSITORY = 'https://github.com/realmscope/realmscope';

/** Fields of `package.json` that are the extension's; the others are kept by hand. */
export const extensionManifest = (): Record<string, unknown> => ({
  categories: ['Debuggers', 'Programming Languages', 'Visualization', 'Education'],
  keywords: [
    'arm',
    'cca',
    'rme',
    'realm',
    'rmm',
    'confidential computing',
    'aarch64',
    'attestation',
    'emulator',
    'debug',
  ],
  icon: 'extension/media/icon.png',
  galleryBanner: { color: '#141414', theme: 'dark' },
  homepage: REPOSITORY,
  repository: { type: 'git', url: `${REPOSITORY}.git` },
  bugs: { url: `${REPOSITORY}/issues` },
  extensionKind: ['workspace'],
  capabilities: {
    untrustedWorkspaces: {
      supported: 'limited',
      description:
        'Debugging runs programs of the workspace in an emulator and needs trust; highlighting, hover and completion do not.',
    },
    virtualWorkspaces: {
      supported: false,
      description: 'The debug adapter and the language server read files from disk.',
    },
  },
  activationEvents: [
    `onDebugResolve:${DEBUG_TYPE}`,
    `onDebugDynamicConfigurations:${DEBUG_TYPE}`,
    `onWebviewPanel:${MEMORY_MAP_PANEL}`,
    ...GUEST_LANGUAGES.map((language) => `onLanguage:${language}`),
  ],
  contributes: {
    debuggers: debuggerContributions(),
    breakpoints: GUEST_LANGUAGES.map((language) => ({ language })),
    languages: languageContributions(),
    grammars: grammarContributions(),
    viewsContainers: containerContributions(),
    views: viewContributions(),
    viewsWelcome: welcomeContributions(),
    commands: commandContributions(),
    menus: menuContributions(),
    colors: colourContributions(),
    configuration: settingContributions(),
  },
});
