/** Settings, each with the default the code relies on. */
export const SETTINGS = {
  'realmscope.memoryMap.colourBy': {
    order: 1,
    type: 'string',
    enum: ['pas', 'state', 'realm', 'mecid'],
    enumDescriptions: [
      'Physical address space: who the granule protection check lets in.',
      'State the RMM tracks: UNDELEGATED, DELEGATED, RD, REC, DATA, RTT…',
      'Realm that owns the granule.',
      'Encryption context of the granule.',
    ],
    default: 'state',
    markdownDescription: 'What the memory ownership map colours by when it opens.',
  },
  'realmscope.memoryMap.openOnStart': {
    order: 2,
    type: 'boolean',
    default: false,
    markdownDescription: 'Open the memory ownership map when debugging starts.',
  },
  'realmscope.languageServer.enabled': {
    order: 3,
    type: 'boolean',
    default: true,
    markdownDescription:
      'Explain and complete names of RMI, RSI and PSCI commands, their structures, status codes and FIDs in C, C++, Rust and A64 assembly. The server starts when a file that mentions one is opened.',
  },
} as const;

export const settingContributions = (): unknown => ({ title: 'Realmscope', properties: SETTINGS });
