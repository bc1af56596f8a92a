/** Names that `package.json` and the code must agree on. */
export const CommandId = {
  openMemoryMap: 'realmscope.openMemoryMap',
  revealInMap: 'realmscope.revealInMap',
  breakOnCommand: 'realmscope.breakOnCommand',
  removeCommandBreakpoints: 'realmscope.removeCommandBreakpoints',
  copyRim: 'realmscope.copyRim',
  copyValue: 'realmscope.copyValue',
  debugGuest: 'realmscope.debugGuest',
  openAttestSample: 'realmscope.openAttestSample',
  startAttestSample: 'realmscope.startAttestSample',
  showAdapterLog: 'realmscope.showAdapterLog',
} as const;

export const ViewId = {
  realms: 'realmscope.realms',
  commandBreakpoints: 'realmscope.commandBreakpoints',
  contexts: 'realmscope.contexts',
} as const;

/** View type of the memory ownership map. */
export const MEMORY_MAP_PANEL = 'realmscope.memoryMap';

/** Context keys of `when` clauses. */
export const ContextKey = {
  /** There is something to show: a session runs or its last answers are still there. */
  hasMachine: 'realmscope.hasMachine',
} as const;

/** Language id of A64 assembly. */
export const ASSEMBLY_LANGUAGE = 'a64';

/** Languages a Realm guest is written in: breakpoints, hover and completion. */
export const GUEST_LANGUAGES = ['c', 'cpp', 'rust', ASSEMBLY_LANGUAGE] as const;
