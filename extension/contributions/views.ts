import { CommandId, ViewId } from '../ids';

const CONTAINER = 'realmscope';

export const containerContributions = (): unknown => ({
  activitybar: [{ id: CONTAINER, title: 'Realmscope', icon: 'extension/media/activity.svg' }],
});

export const viewContributions = (): unknown => ({
  [CONTAINER]: [
    { id: ViewId.realms, name: 'Realms', icon: 'extension/media/activity.svg', contextualTitle: 'Realmscope' },
    {
      id: ViewId.commandBreakpoints,
      name: 'Command Breakpoints',
      icon: 'extension/media/activity.svg',
      contextualTitle: 'Realmscope',
    },
    {
      id: ViewId.contexts,
      name: 'Encryption Contexts',
      icon: 'extension/media/activity.svg',
      contextualTitle: 'Realmscope',
    },
  ],
});

export const welcomeContributions = (): unknown[] => [
  {
    view: ViewId.realms,
    contents: `Realms, their RECs, RTTs and measurements appear here while a guest is debugged.\n[Start Attest Sample](command:${CommandId.startAttestSample})\n[Open Attest Sample](command:${CommandId.openAttestSample})`,
    when: '!realmscope.hasMachine',
  },
  {
    view: ViewId.realms,
    contents: 'No Realm exists yet: the Host has not called RMI_REALM_CREATE.',
    when: 'realmscope.hasMachine',
  },
  {
    view: ViewId.contexts,
    contents: 'MECIDs, the Realms they belong to and the state of their keys appear here while a guest is debugged.',
    when: '!realmscope.hasMachine',
  },
  { view: ViewId.contexts, contents: 'No encryption context is in use.', when: 'realmscope.hasMachine' },
];
