/** What a benchmark answers: rows of the table that `npm run bench` prints. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The budget: at most or at least so much of the unit. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  /** The same measured on something else, and what that was. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** Why there is no peer value. */
  readonly note?: string;
}

/** Every test/bench/*.bench.ts exports one of these as `measure`. */
export type Measure = () => Promise<readonly Row[]>;

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The smallest value that a share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new Error('no value was measured');
  return value;
}

/** Milliseconds of several runs of an action, the first (warming up) left out. */
export async function milliseconds(runs: number, action: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await action();
    if (run > 0) times.push(performance.now() - start);
  }
  return times;
}

/** Whether a row meets its goal; undefined when it has none. */
export function isMet(row: Row): boolean | undefined {
  if (!row.goal) return undefined;
  return 'atMost' in row.goal ? row.value <= row.goal.atMost : row.value >= row.goal.atLeast;
}
