/** Plain data about commands, for hover, completion, breakpoint lists, trace and docs. No machine code behind it. */
export interface CatalogueOperand {
  readonly reg: string;
  readonly name: string;
  readonly type: string;
  readonly summary: string;
  readonly validWhen?: string;
}

export interface CatalogueFailure {
  readonly id: string;
  readonly text: string;
  readonly status: string;
  /** Version sets that have this condition; absent: all that have the command. */
  readonly versions?: readonly string[];
}

/** What a call does once no condition stopped it: effects, and the ways it leaves by. */
export interface CatalogueEffect {
  readonly name: string;
  readonly text: string;
}

export interface CatalogueCommand {
  readonly name: string;
  readonly interface: 'rmi' | 'rsi' | 'psci';
  readonly fid: number;
  /** The SMC32 twin, where there is one. */
  readonly fidAlt?: number;
  /** Version sets that have the command: `1.0`, `1.1-v0.8.0`. */
  readonly versions: readonly string[];
  readonly summary: string;
  readonly inputs: readonly CatalogueOperand[];
  readonly outputs: readonly CatalogueOperand[];
  readonly failures: readonly CatalogueFailure[];
  readonly effects: readonly CatalogueEffect[];
  readonly notes: readonly string[];
}
