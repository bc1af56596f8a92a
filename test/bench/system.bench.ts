/** What an operating system does, on a whole machine at NS-EL1, against qemu-system-aarch64 on the same image. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { pa } from '../../emulator/address';
import { type Pe, readPc, readX, writePc, writePstate, writeSysreg } from '../../emulator/cpu/pe';
import { createMachine } from '../../emulator/machine/create';
import { run } from '../../emulator/machine/run-loop';
import { writeBytes } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { isInstalled, type Peer, qemuImage } from './guest-kernel';
import type { Row } from './row';
import { median } from './row';

const START = 0x8800_0000;
const ITERATIONS = 0x20;
const KIND = 0x28;
const ROUNDS = 3;
/** B to itself, behind the image. */
const STOP = Uint8Array.of(0, 0, 0, 0x14);
const EL1H = 0x3c5;
const SLICE = 5000;

const read = (): Buffer => gunzipSync(readFileSync('test/bench/guests/a64/system.bin.gz'));

function imageFor(kind: number): Buffer {
  const image = read();
  image.writeBigUInt64LE(BigInt(kind), KIND);
  return image;
}

interface Run {
  readonly milliseconds: number;
  readonly sum: bigint;
}

function ours(kind: number): (iterations: number) => Run {
  const machine = createMachine({ platform: 'fvp' });
  const pe = machine.pes[0] as Pe;
  const image = imageFor(kind);
  const end = START + image.length;
  return (iterations) => {
    image.writeBigUInt64LE(BigInt(iterations), ITERATIONS);
    const context = encryptionContext(Pas.NonSecure);
    for (let at = 0; at < image.length; at += 4096) {
      writeBytes(machine.memory, context, pa(START + at), image.subarray(at, Math.min(at + 4096, image.length)));
    }
    writeBytes(machine.memory, context, pa(end), STOP);
    writeSysreg(pe, 'SCR_EL3', 0x40_0003_0501n);
    writePstate(pe, EL1H);
    writePc(pe, BigInt(START));
    pe.runner = 'a64';
    const start = performance.now();
    for (let steps = 0; readPc(pe) !== BigInt(end); steps += SLICE) {
      run(machine, { steps: SLICE });
      if (steps > 40 * iterations + 100_000) throw new Error(`Kind ${kind} stays at ${readPc(pe).toString(16)}.`);
    }
    return { milliseconds: performance.now() - start, sum: readX(pe, 0) };
  };
}

const KINDS = [
  { kind: 0, name: 'SVC and ERET', iterations: 100_000, options: [] },
  { kind: 1, name: 'page mapped elsewhere: store, TLBI, load', iterations: 30_000, options: [] },
  // With EL2, QEMU answers PSCI calls by SMC itself, as our monitor does.
  { kind: 2, name: 'SMC round trip (PSCI_VERSION)', iterations: 100_000, options: ['-machine', 'virtualization=on'] },
] as const;

export async function measure(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { kind, name, iterations, options } of KINDS) {
    const engine = ours(kind);
    engine(iterations);
    const peer: Peer | undefined = isInstalled('qemu-system-aarch64')
      ? qemuImage(imageFor(kind), START, ['-m', '2G', ...options])
      : undefined;
    const base = peer === undefined ? 0 : Math.min(peer.run(1), peer.run(1));
    const [mine, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      mine.push((engine(iterations).milliseconds * 1e6) / iterations);
      if (peer !== undefined) theirs.push(((peer.run(iterations * 10) - base) * 1e5) / iterations);
    }
    peer?.close();
    const row = { name, value: median(mine), unit: 'ns' };
    rows.push(peer === undefined ? row : { ...row, peer: { name: 'TCG', value: median(theirs) } });
  }
  return rows;
}
