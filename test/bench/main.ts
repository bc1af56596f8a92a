/** Runs the benchmarks and prints their rows. scripts/bench.mjs bundles this with every *.bench.ts as `benches`. */
import { writeFileSync } from 'node:fs';
import { isMet, type Measure, type Row } from './row';

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const goalText = ({ goal }: Row): string =>
  goal ? ('atMost' in goal ? `≤ ${figure(goal.atMost)}` : `≥ ${figure(goal.atLeast)}`) : '';

function peerText({ peer, note, value }: Row): string {
  if (!peer) return note ?? '';
  return `${peer.name}: ${figure(peer.value)} (ratio ${(value / peer.value).toFixed(2)})`;
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    figure(row.value),
    row.unit,
    goalText(row),
    { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(row))] ?? '',
    peerText(row),
  ]);
  const head = ['measured', 'value', 'unit', 'goal', '', 'peer'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), ...cells.map(line)].join('\n');
}

const asJson = (row: Row) => ({
  name: row.name,
  value: row.value,
  unit: row.unit,
  goal: row.goal ?? null,
  met: isMet(row) ?? null,
  peer: row.peer ?? null,
});

export async function main(benches: Readonly<Record<string, Measure>>, jsonFile?: string): Promise<number> {
  const rows: Row[] = [];
  let broken = 0;
  for (const [name, measure] of Object.entries(benches)) {
    try {
      rows.push(...(await measure()));
    } catch (error) {
      broken++;
      console.error(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  console.log(table(rows));
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(rows.map(asJson), undefined, 2)}\n`);
  const missed = rows.filter((row) => isMet(row) === false).length;
  console.log(`\n${rows.length} rows, ${missed} goals missed, ${broken} benchmarks failed.`);
  return broken > 0 ? 1 : 0;
}
