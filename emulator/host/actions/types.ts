/**
 * A list of actions for the Host's seat: plain data, one action a line, so that it can be kept in a file, printed in
 * another notation and executed a micro-step at a time. Addresses and register values are texts.
 */

/**
 * A 64-bit value: a number, hexadecimal or decimal text (`0x8010_0000`, `-1`), a name of the list, a name of the
 * specification (`RMI_REJECT`, `PSCI_DENIED`, `PSCI_CPU_ON`: its FID), or a sum of those: `page + 0x800`.
 */
export type Value = number | string;

/** Values by name: operands of a call, fields of a structure, registers. */
export type Values = Readonly<Record<string, Value>>;

/** Bytes of a page: zeros, and then what is given, in this order. */
export interface Content {
  /** A structure of the RMM's tables; `fields` name its members: `vmid`, `aux[2]`, `enter.flags.trap_wfi`. */
  readonly struct?: string;
  readonly fields?: Values;
  /** 64-bit words by offset. */
  readonly words?: Values;
  /** Every byte. */
  readonly byte?: Value;
  /** Bytes in hexadecimal, from offset 0. */
  readonly bytes?: string;
  /** A64 instructions, from offset 0. */
  readonly a64?: readonly Value[];
  /** A secret of the list, from offset 0. */
  readonly secret?: string;
}

/** What must come of a call. Without any of these it must succeed. */
export interface CallExpectation {
  /** Status that it must fail with: `RMI_ERROR_RTT`. */
  readonly fails?: string;
  /** Index of that status. */
  readonly index?: Value;
  /** The failure condition of the row that must have held: `rtt_walk`. */
  readonly because?: string;
  /** Output operands. */
  readonly returns?: Values;
  /** Either way will do. */
  readonly may?: true;
}

/** Gives names to granules, lowest free first. With `delegated` each is given to RMI_GRANULE_DELEGATE too. */
export interface TakeAction {
  readonly take: string;
  readonly pages?: number;
  /** Bytes that the first address is a multiple of. */
  readonly align?: Value;
  readonly delegated?: true;
}

/** Gives a name to a value. */
export interface NameAction {
  readonly name: string;
  readonly is: Value;
}

/** Declares bytes that must never come to the Host: every read of the list is searched for 8 of them in a row. */
export interface SecretAction {
  readonly secret: string;
  /** Hexadecimal. */
  readonly bytes: string;
}

/** An RMI command by name, its operands by name. */
export interface CallAction extends CallExpectation {
  readonly call: string;
  readonly with?: Values;
  /** Output operands to keep under a name. */
  readonly keep?: Readonly<Record<string, string>>;
  /** RMI_REC_ENTER: what the REC does this time. Without it the Realm's own A64 code runs. */
  readonly guest?: readonly GuestAction[];
  /** Meanwhile, on PE 1: from the step boundary at which the call has passed a stage. The call waits for its end. */
  readonly during?: During;
}

export interface During {
  /** A `let` or `do` stage by name, or a failure condition that did not hold. */
  readonly after: string;
  readonly do: readonly HostAction[];
}

/** Any SMC: X0 and up, and what comes back from X0. */
export interface SmcAction {
  readonly smc: Value;
  readonly x?: readonly Value[];
  readonly returns: readonly Value[];
}

/** Who makes an access: this PE at NS-EL2, an agent in another PAS, or a probe on the memory bus behind the MPE. */
export type Actor = 'host' | 'secure' | 'root' | 'realm' | 'bus';

/** Writes a page, or `value` of `size` bytes. The granule protection check decides. */
export interface WriteAction extends Content {
  readonly write: Value;
  /** Keep the bytes that are not named. */
  readonly update?: true;
  /** Writes what a `read` kept. */
  readonly tape?: string;
  readonly as?: Actor;
  /** Fault that it must end with: `GPF`. */
  readonly fails?: string;
}

/** Reads `size` bytes (8 without it). Without an expectation it must only be allowed. */
export interface ReadAction {
  readonly read: Value;
  readonly size?: Value;
  readonly as?: Actor;
  readonly fails?: string;
  /** The value, little endian. */
  readonly is?: Value;
  /** Every byte is this. */
  readonly byte?: Value;
  /** This secret, or what was kept under this name, is not in it: it reads as something else. */
  readonly not?: string;
  /** Keeps the bytes under a name. */
  readonly tape?: string;
  readonly may?: true;
}

/** The exit half of a run page: these fields, and zero in all that a Host may see of the Realm but these. */
export interface ExitAction {
  readonly exit: Value;
  /** Reason. */
  readonly is: string;
  readonly fields?: Values;
}

/** What the RMM keeps of a granule. */
export interface GranuleAction {
  readonly granule: Value;
  readonly state?: string;
  /** `NS`, `REALM`, `ROOT` or `SECURE`. */
  readonly pas?: string;
  readonly owner?: Value;
}

/** An RTT entry: where the walk for an IPA ends. */
export interface RttAction {
  readonly rtt: Value;
  /** Of which Realm. */
  readonly rd: Value;
  /** 3 without it. */
  readonly level?: Value;
  readonly hipas?: string;
  readonly ripas?: string;
  readonly addr?: Value;
  /** Level at which the walk ended. */
  readonly ends?: Value;
}

/** A Realm. */
export interface RealmAction {
  readonly realm: Value;
  readonly state?: string;
  readonly mecid?: Value;
  readonly vmid?: Value;
  /** The RIM must be (not be) what an earlier line kept. */
  readonly rimIs?: string;
  readonly rimIsNot?: string;
  readonly keepRim?: string;
}

/** Actions of another PE. They begin at once and go on beside those of PE 0. */
export interface OnAction {
  readonly on: number;
  readonly do: readonly HostAction[];
}

/** Waits for a step boundary. */
export interface UntilAction {
  readonly until: Condition;
}

export interface Condition {
  /** The actions of this PE are done. */
  readonly done?: number;
  /** A PE is in a Realm. */
  readonly inRealm?: number;
}

export type HostAction =
  | TakeAction
  | NameAction
  | SecretAction
  | CallAction
  | SmcAction
  | WriteAction
  | ReadAction
  | ExitAction
  | GranuleAction
  | RttAction
  | RealmAction
  | OnAction
  | UntilAction;

/** An RSI or PSCI command of the Realm. */
export interface GuestCall extends CallExpectation {
  readonly call: string;
  readonly with?: Values;
  readonly keep?: Readonly<Record<string, string>>;
  /** The command leaves to the Host; its results come with the next entry. */
  readonly exits?: true;
}

/** Any SMC of the Realm. */
export interface GuestSmc {
  readonly smc: Value;
  readonly x?: readonly Value[];
  readonly returns?: readonly Value[];
  readonly exits?: true;
}

/** An access by VA through both stages of translation: one of `load`, `store` and `fetch`. */
export interface GuestAccess {
  readonly load?: Value;
  readonly store?: Value;
  readonly fetch?: Value;
  /** 1, 2, 4 or 8 bytes; 8 without it. */
  readonly size?: number;
  /** What is stored; what a load must give. */
  readonly is?: Value;
  /** What a load must not give. */
  readonly not?: Value;
  /** The exception that the Realm must take: `SEA`, `ADDRESS_SIZE`, `TRANSLATION`, `PERMISSION`. */
  readonly fails?: string;
  /** The access leaves to the Host. */
  readonly exits?: true;
}

/** Sets X registers (`x0`), system registers by name and `pc`. */
export interface GuestSet {
  readonly set: Values;
}

/** Compares the same. */
export interface GuestSee {
  readonly see: Values;
}

/** Takes an exception to R-EL2, as recorded or made up. */
export interface GuestTakes {
  readonly takes: 'sync' | 'irq' | 'fiq' | 'serror';
  readonly esr?: Value;
  readonly far?: Value;
  readonly hpfar?: Value;
  /** The exception leaves to the Host; without it the Realm goes on. */
  readonly exits?: true;
  /** The Realm is told: `UNDEFINED` or a fault as in `GuestAccess`. */
  readonly fails?: string;
}

/** What a REC does. After the last action an FIQ ends the entry. */
export type GuestAction = GuestCall | GuestSmc | GuestAccess | GuestSet | GuestSee | GuestTakes | UntilAction;

/** What came of an action. */
export interface ActionResult {
  /** Where it stands: `actions[3].guest[0]`. */
  readonly path: string;
  readonly pe: number;
  /** In one line. */
  readonly text: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly actual: string;
}

export interface ActionReport {
  readonly results: readonly ActionResult[];
  /** Every action of every PE was executed and passed. */
  readonly passed: boolean;
  /** The first that did not, or where the list got stuck. */
  readonly failure: ActionResult | undefined;
}
