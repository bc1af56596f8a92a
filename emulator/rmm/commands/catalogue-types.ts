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
}

export interface CatalogueCommand {
  readonly name: string;
  readonly interface: 'rmi' | 'rsi' | 'psci';
  readonly fid: number;
  /** The SMC32 twin, where there is one. */
  readonly fidAlt?: number;
  readonly summary: string;
  readonly inputs: readonly CatalogueOperand[];
  readonly outputs: readonly CatalogueOperand[];
  readonly failures: readonly CatalogueFailure[];
  readonly notes: readonly string[];
}
