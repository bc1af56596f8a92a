/** All rows, by FID; each says which version sets have it. */
import { PSCI_ROWS } from './psci/rows';
import { RMI_ROWS } from './rmi/rows';
import type { CommandInterface, CommandRow, VersionSet, Word } from './row';
import { RSI_ROWS } from './rsi/rows';

export const ROWS: readonly CommandRow[] = [...RMI_ROWS, ...RSI_ROWS, ...PSCI_ROWS];

/** Number of the last X register that a command looks at: X4 at least, which RMI hands back. */
const LAST_ARGUMENTS = new Map(
  ROWS.map((row) => [row, row.inputs.reduce((most, { reg }) => Math.max(most, Number(reg.slice(1))), 4)]),
);
export const lastArgument = (row: CommandRow): number => LAST_ARGUMENTS.get(row) ?? 4;

const BY_FID = new Map<number, CommandRow>();
for (const row of ROWS) {
  BY_FID.set(row.fid, row);
  if (row.fidAlt !== undefined) BY_FID.set(row.fidAlt, row);
}

/** SMCCC: the SVE hint, bit 16 of a function identifier, is not part of it. */
const SVE_HINT = 0x1_0000;

/** A function identifier as passed in X0 (only W0 counts), without the SVE hint. */
export const fidOf = (x0: Word): number => (lowerHalf(x0) & ~SVE_HINT) >>> 0;

/** W<n> of X<n>. */
export const lowerHalf = (word: Word): number =>
  typeof word === 'number' ? word % 0x1_0000_0000 : Number(BigInt.asUintN(32, word));

/** The row of a FID; undefined when unknown. */
export const rowOfFid = (fid: number): CommandRow | undefined => BY_FID.get(fid);

/** The row of a FID as this caller may use it: RMI is the Host's, RSI and PSCI are the Realm's. */
export function rowFor(caller: 'host' | 'realm', fid: number, versionSet: VersionSet): CommandRow | undefined {
  const row = BY_FID.get(fid);
  const allowed: readonly CommandInterface[] = caller === 'host' ? ['rmi'] : ['rsi', 'psci'];
  if (row === undefined || !allowed.includes(row.interface)) return undefined;
  return row.versions.includes(versionSet) ? row : undefined;
}

export const rowOfName = (name: string): CommandRow | undefined => ROWS.find((row) => row.name === name);
