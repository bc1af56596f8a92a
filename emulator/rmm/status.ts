/** Return codes of the three interfaces by name (RMM 1.0 and, 5 to 7, RMM 1.1: RmiStatusCode, RsiCommandReturnCode; PSCI 1.1). */
export const STATUS_CODES: Readonly<Record<string, bigint>> = {
  RMI_SUCCESS: 0n,
  RMI_ERROR_INPUT: 1n,
  RMI_ERROR_REALM: 2n,
  RMI_ERROR_REC: 3n,
  RMI_ERROR_RTT: 4n,
  RMI_ERROR_NOT_SUPPORTED: 5n,
  RMI_ERROR_DEVICE: 6n,
  RMI_ERROR_RTT_AUX: 7n,
  RSI_SUCCESS: 0n,
  RSI_ERROR_INPUT: 1n,
  RSI_ERROR_STATE: 2n,
  RSI_INCOMPLETE: 3n,
  RSI_ERROR_UNKNOWN: 4n,
  PSCI_SUCCESS: 0n,
  PSCI_NOT_SUPPORTED: -1n,
  PSCI_INVALID_PARAMETERS: -2n,
  PSCI_DENIED: -3n,
  PSCI_ALREADY_ON: -4n,
  PSCI_INVALID_ADDRESS: -9n,
};

/** SMCCC: what an unknown function identifier returns. */
export const SMCCC_NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;

/** Value of X0; success is zero in all three interfaces. `index` goes to bits 15:8 of an RMI result; PSCI codes are signed. */
export function statusValue(status: string, index = 0): bigint {
  const code = STATUS_CODES[status];
  if (code === undefined) throw new RangeError(`Unknown status ${status}.`);
  return code < 0n ? BigInt.asUintN(64, code) : code + BigInt(index & 0xff) * 256n;
}

const PREFIX = { rmi: 'RMI_', rsi: 'RSI_', psci: 'PSCI_' } as const;

/** Name of the status in X0 of a command, `?` when it has none. */
export function statusName(kind: 'rmi' | 'rsi' | 'psci', x0: bigint): string {
  const code = kind === 'psci' ? BigInt.asIntN(32, x0) : x0 & 0xffn;
  const found = Object.entries(STATUS_CODES).find(([name, value]) => name.startsWith(PREFIX[kind]) && value === code);
  if (found !== undefined) return found[0];
  return x0 === SMCCC_NOT_SUPPORTED ? 'SMCCC_NOT_SUPPORTED' : '?';
}
