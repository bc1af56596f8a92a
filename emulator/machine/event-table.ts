/**
 * Everything the machine tells the outside, each described once. The ring stores eight 64-bit words a record; the names
 * here are what the reader, the trace, the breakpoints and the documentation use.
 */
export interface EventDescription {
  readonly name: string;
  readonly summary: string;
  /** Names of the words in use, in order; at most eight. */
  readonly words: readonly string[];
}

export const EVENTS = {
  smc: {
    name: 'smc',
    summary: 'An SMC instruction trapped.',
    words: ['fid', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'world'],
  },
  commandBegin: {
    name: 'commandBegin',
    summary: 'A command was recognised; none of its stages has run.',
    words: ['fid', 'call', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'],
  },
  commandEnd: {
    name: 'commandEnd',
    summary: 'A command returned. `failed` is one more than the index of the failing stage, 0 on success.',
    words: ['fid', 'call', 'x0', 'x1', 'x2', 'x3', 'x4', 'failed'],
  },
  worldSwitch: { name: 'worldSwitch', summary: 'The PE changed its security state.', words: ['from', 'to'] },
  exception: {
    name: 'exception',
    summary: 'An exception was taken: synchronous (0), IRQ (1), FIQ (2) or SError (3).',
    words: ['fromEl', 'toEl', 'esr', 'far', 'elr', 'hpfar', 'world', 'kind'],
  },
  granuleState: {
    name: 'granuleState',
    summary: 'A granule changed its state.',
    words: ['pa', 'from', 'to', 'call'],
  },
  gpi: { name: 'gpi', summary: 'A GPT entry changed: the granule moved to another PAS.', words: ['pa', 'from', 'to'] },
  realmState: { name: 'realmState', summary: 'A Realm changed its state.', words: ['rd', 'from', 'to'] },
  rec: { name: 'rec', summary: 'A REC was entered (0) or left (1).', words: ['rec', 'rd', 'direction', 'exitReason'] },
  rtte: { name: 'rtte', summary: 'An RTT entry changed.', words: ['rd', 'ipa', 'level', 'from', 'to', 'rtt'] },
  measurement: { name: 'measurement', summary: 'RIM (0) or REM (1 to 4) changed.', words: ['rd', 'index'] },
  token: {
    name: 'token',
    summary: 'Token protocol: 0 initialised, 1 signed, 2 delivered, 3 handed to the built-in Host.',
    words: ['rd', 'rec', 'phase', 'size'],
  },
  mec: {
    name: 'mec',
    summary:
      'An encryption context was assigned (0), released (1), regenerated (2), made Shared (3) or private again (4).',
    words: ['mecid', 'action', 'generation', 'rd'],
  },
  dma: {
    name: 'dma',
    summary:
      'The bus master was started and has copied `count` bytes. `status` and `fault` are its registers (docs/devices.md).',
    words: ['source', 'destination', 'length', 'attributes', 'count', 'status', 'fault'],
  },
  interrupt: { name: 'interrupt', summary: 'An interrupt line changed.', words: ['intid', 'level'] },
  console: {
    name: 'console',
    summary: 'One byte of output. Channel: see `machine/console.ts`.',
    words: ['channel', 'byte'],
  },
  power: {
    name: 'power',
    summary:
      'PSCI turned a PE off (0) or on (1), put it into a power-down state (2), or an interrupt woke it there (3).',
    words: ['state', 'entry'],
  },
  reset: {
    name: 'reset',
    summary: 'The system was reset. `reason` counts in `RESET_REASONS` of `machine/reset.ts`.',
    words: ['count', 'reason'],
  },
  host: { name: 'host', summary: 'The built-in VMM began an action.', words: ['action', 'index'] },
} as const satisfies Record<string, EventDescription>;

export type EventName = keyof typeof EVENTS;
