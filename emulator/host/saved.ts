/** What changes while the built-in VMM runs: plain data. */

/** How the run ended, in the Host's eyes. */
export interface HostOutcome {
  /**
   * `exit`: the guest gave an exit code; `off`: it turned itself off (PSCI); `fault`: it did something the Host cannot
   * serve; `refused`: an RMI command failed that should not have.
   */
  readonly kind: 'exit' | 'off' | 'fault' | 'refused';
  /** The guest's code for `exit`, 0 for `off`, -1 otherwise. */
  readonly code: number;
  /** One or more sentences for a person. */
  readonly text: string;
}

/** A table the Host has created in a Realm. */
export interface HostTable {
  readonly level: number;
  /** Base IPA of the range the table covers. */
  readonly ipa: number;
  readonly pa: number;
}

/** A page the Host has mapped as DATA. */
export interface HostPage {
  readonly ipa: number;
  readonly pa: number;
}

/** What the Host knows of a REC between two entries. */
export interface HostRecProgress {
  /** Turned on (PSCI). */
  on: boolean;
  /** Left by WFI or PSCI_CPU_SUSPEND: not entered until an interrupt is pending for it. */
  waiting: boolean;
  /** Its list registers as they were at its last exit; empty while all of them are zero. */
  lrs: bigint[];
  /** INTIDs to make pending at the next entry. */
  pending: number[];
  /** System count at which its EL1 timers' outputs are asserted, as of its last exit; -1: never. */
  virtualTimer: number;
  physicalTimer: number;
  /** A counter of its PMU has overflowed and asks for an interrupt, as of its last exit. */
  overflow: boolean;
}

/** Memory set aside for one 2 MiB block of a Realm, given a page at a time. */
export interface HostBlock {
  readonly pa: number;
  /** Pages given. */
  pages: number;
}

export interface HostRealmProgress {
  /** Indices of the RECs that exist, in order of creation. */
  recs: number[];
  /** By REC index. */
  states: HostRecProgress[];
  /** The RD exists. */
  created: boolean;
  /** Auxiliary granules of each REC, as RMI_REC_AUX_COUNT says. */
  auxCount: number;
  /** How far RIPAS has been set: an IPA. */
  ripasTop: number;
  tables: HostTable[];
  pages: HostPage[];
  /** Granules delegated and not yet given back. */
  delegated: number[];
  /** REC entered last or to enter next. */
  turn: number;
  /** No more entries: teardown may begin. */
  ended: boolean;
  outcome: HostOutcome | null;
  /** Token bytes received and not yet closed by host call 5. */
  tokenBytes: Uint8Array;
  /** Tokens the guest has published, in order. */
  tokens: Uint8Array[];
  /** Registers of the emulated PL011 that keep what is written, by offset. */
  uart: { [offset: string]: number };
  /** Characters of a line that has no end yet; used when several Realms write at once. */
  line: number[];
  /** Tables folded into a block of data: needed again before the data can be taken back. */
  folded: HostTable[];
  /** Delegated granules that have no use now: tables folded away. */
  spare: number[];
  /** By IPA of the block. */
  blocks: { [ipa: string]: HostBlock };
  /** How much of the shared memory is mapped: bytes. */
  sharedTop: number;
}

/** An RMI call the Host makes outside its plan, to serve an exit. */
export interface ServiceCall {
  readonly name: string;
  /** X1 on. */
  readonly args: readonly number[];
  /** What its success means: see `service.ts`. */
  readonly effect: 'delegated' | 'table' | 'page' | 'ripas' | 'psci' | 'fold';
  readonly realm: number;
  /** For the call stack. */
  readonly text: string;
}

export interface HostProgress {
  /** Index of the plan line in progress, and the repetition of it. */
  line: number;
  index: number;
  /** An RMI call is out: its name and arguments (X1 on). Its answer comes next. */
  call: { readonly name: string; readonly args: readonly number[]; readonly service: boolean } | null;
  /** Calls to make before the plan goes on, first one first. */
  service: ServiceCall[];
  realms: HostRealmProgress[];
  /** RmiFeatureRegister0 as answered. */
  features: bigint;
  /** Next granule for memory on demand. */
  demand: number;
  /** The Realm whose REC was entered last or is entered next. */
  current: number;
  /** The REC that left gives its turn to the next one. */
  yielded: boolean;
  /** System count at which its turn ends if another could run; 0 before the first turn. */
  turnEnd: number;
  /** The PE on which the Host waits for a timer, -1 while it does not. */
  sleeping: number;
  /** The plan is done. */
  finished: boolean;
}
