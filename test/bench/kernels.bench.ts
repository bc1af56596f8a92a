/**
 * Kernels of compiled A64 code, interpreted and translated, against qemu-system-aarch64 (plain TCG and -icount) and
 * qemu-aarch64 on the same code. Every figure is a median over rounds that take turns; starting QEMU is left out.
 */
import { isInstalled, kernelMachine, type Peer, qemuSystem, qemuUser } from './guest-kernel';
import type { Row } from './row';
import { median } from './row';

const INTEGER = ['sha256', 'memory', 'sort', 'bytecode', 'core'];
const VECTOR = ['float'];
const ROUNDS = 3;
/** Instructions of one measurement of our translator; QEMU gets as many. */
const WORK = 300e6;
/** Milliseconds: a peer's round that took less is lost in what its start takes, and does not count. */
const LEAST_TIME = 20;

interface Figures {
  readonly translated: number;
  readonly cold: number;
  readonly interpreted: number;
  /** MIPS of those installed and measured, by name. */
  readonly peers: ReadonlyMap<string, number>;
}

const mips = (instructions: number, milliseconds: number): number => instructions / milliseconds / 1000;

function peersOf(name: string): [string, Peer][] {
  const peers: [string, Peer][] = [];
  if (isInstalled('qemu-system-aarch64')) {
    peers.push(['TCG', qemuSystem(name, [])], ['-icount', qemuSystem(name, ['-icount', 'shift=0,sleep=off'])]);
  }
  if (isInstalled('qemu-aarch64')) peers.push(['qemu-user', qemuUser(name)]);
  return peers;
}

function measureKernel(name: string): Figures {
  const interpreter = kernelMachine(name, 'interpreter');
  const one = interpreter(1).instructions;
  const each = interpreter(11).instructions / 10 - one / 10;
  const many = Math.ceil(WORK / each);
  const first = kernelMachine(name, 'both');
  const colds = first(many);
  if (kernelMachine(name, 'interpreter')(3).result !== kernelMachine(name, 'translator')(3).result) {
    throw new Error(`${name}: engines differ.`);
  }
  first(many);
  // Warm, too: V8 compiles the interpreter's loops for good while they run.
  interpreter(Math.ceil(many / 8));
  const peers = peersOf(name);
  const bases = new Map(peers.map(([peer, { run }]) => [peer, Math.min(run(1), run(1))]));
  const series = new Map<string, number[]>();
  const note = (key: string, value: number): void => void series.set(key, [...(series.get(key) ?? []), value]);
  for (let round = 0; round < ROUNDS; round++) {
    const ours = first(many);
    note('ours', mips(ours.instructions, ours.milliseconds));
    const plain = interpreter(Math.ceil(many / 8));
    note('interpreted', mips(plain.instructions, plain.milliseconds));
    for (const [peer, { run }] of peers) {
      const spent = run(many) - bases.get(peer)!;
      if (spent > LEAST_TIME) note(peer, mips(each * many, spent));
    }
  }
  for (const [, { close }] of peers) close();
  return {
    translated: median(series.get('ours')!),
    cold: mips(colds.instructions, colds.milliseconds),
    interpreted: median(series.get('interpreted')!),
    peers: new Map(
      peers.flatMap(([peer]) => {
        const seen = series.get(peer);
        return seen === undefined ? [] : [[peer, median(seen)] as const];
      }),
    ),
  };
}

const geomean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

export async function measure(): Promise<readonly Row[]> {
  const all = new Map([...INTEGER, ...VECTOR].map((name) => [name, measureKernel(name)]));
  const rows: Row[] = [];
  for (const [name, { translated, peers }] of all) {
    const tcg = peers.get('TCG');
    const row = { name: `${name}, translated`, value: translated, unit: 'MIPS' };
    rows.push(
      tcg === undefined
        ? { ...row, note: 'no qemu-system-aarch64 here' }
        : { ...row, peer: { name: 'TCG', value: tcg } },
    );
  }
  const share = (names: readonly string[], of: (figures: Figures) => number, peer: string): number | undefined => {
    const ratios = names.map((name) => of(all.get(name)!) / (all.get(name)!.peers.get(peer) ?? Number.NaN));
    return ratios.some(Number.isNaN) ? undefined : geomean(ratios);
  };
  const add = (name: string, value: number | undefined, atLeast?: number): void => {
    if (value !== undefined)
      rows.push({ name, value, unit: '×', ...(atLeast === undefined ? {} : { goal: { atLeast } }) });
  };
  add(
    'integer, translated / TCG',
    share(INTEGER, (f) => f.translated, 'TCG'),
    1,
  );
  add(
    'integer, translated / -icount',
    share(INTEGER, (f) => f.translated, '-icount'),
    1.5,
  );
  add(
    'integer, translated / qemu-user',
    share(INTEGER, (f) => f.translated, 'qemu-user'),
  );
  add(
    'integer, first run with translating / TCG',
    share(INTEGER, (f) => f.cold, 'TCG'),
  );
  add(
    'integer, interpreted / TCG',
    share(INTEGER, (f) => f.interpreted, 'TCG'),
    0.25,
  );
  add(
    'NEON and FP, translated / TCG',
    share(VECTOR, (f) => f.translated, 'TCG'),
    0.4,
  );
  add(
    'NEON and FP, first run with translating / TCG',
    share(VECTOR, (f) => f.cold, 'TCG'),
  );
  return rows;
}
