/** The kernels of test/bench/guests/a64 on our engines and on QEMU: milliseconds for a number of iterations. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Exit } from '../../emulator/cpu/exit';
import { BUDGET, CPU_FLAG, FLAGS } from '../../emulator/cpu/layout';
import type { Engine } from '../../emulator/cpu/translator/translator';
import { createFlatMachine, PE_STATE } from '../support/flat-machine';
import { QEMU_RAM } from './qemu';

const FOLDER = 'test/bench/guests/a64';
const START = BigInt(QEMU_RAM);
/** Where start.S keeps the number of iterations, in the image and in the file. */
const ITERATIONS = 0x20;
const SVC = 0xd400_0001;
const SLICE = 1_000_000;
/** Semihosting SYS_EXIT with ADP_Stopped_ApplicationExit, status 0: mov x0, #0x18; adr x1, . + 12; hlt #0xf000; nop. */
const LEAVE = [0xd280_0300, 0x1000_0061, 0xd45e_0000, 0xd503_201f, 0x20026, 0, 0, 0];

const read = (name: string): Buffer => gunzipSync(readFileSync(`${FOLDER}/${name}.gz`));

export interface Run {
  readonly instructions: number;
  readonly milliseconds: number;
  readonly result: bigint;
}

/** A machine with a kernel in it, which runs any number of times and keeps what was translated. */
export function kernelMachine(name: string, engine: Engine): (iterations: number) => Run {
  const image = read(`${name}.bin`);
  const machine = createFlatMachine([{ va: START, size: image.length + 4096 }], { engine });
  const view = machine.view();
  const place = machine.addressOf(START)!;
  machine.bytes().set(image, place);
  view.setUint32(place + image.length, SVC, true);
  view.setUint32(PE_STATE + FLAGS, CPU_FLAG.FP_ENABLED, true);
  return (iterations) => {
    view.setBigUint64(place + ITERATIONS, BigInt(iterations), true);
    machine.setPc(START);
    const start = performance.now();
    let instructions = 0;
    for (;;) {
      const exit = machine.run(SLICE);
      instructions += SLICE - view.getInt32(PE_STATE + BUDGET, true);
      if (exit === Exit.Budget) continue;
      if (exit === Exit.Svc) break;
      // The write of CPACR_EL1: the flat machine has no system registers.
      if (exit !== Exit.System) throw new Error(`${name} left with exit ${exit} at ${machine.pc().toString(16)}.`);
      machine.setPc(machine.pc() + 4n);
    }
    return { instructions, milliseconds: performance.now() - start, result: machine.x(0) };
  };
}

export interface Peer {
  readonly run: (iterations: number) => number;
  readonly close: () => void;
}

const withFolder = (make: (folder: string) => (iterations: number) => void): Peer => {
  const folder = mkdtempSync(join(tmpdir(), 'qemu-'));
  const execute = make(folder);
  return {
    run(iterations) {
      const start = performance.now();
      execute(iterations);
      return performance.now() - start;
    },
    close: () => rmSync(folder, { recursive: true }),
  };
};

const QUIET = { stdio: 'ignore', timeout: 120_000 } as const;

/** qemu-system-aarch64 on an image that ends where its last byte is, with further options. */
export const qemuImage = (image: Buffer, address: number, options: readonly string[]): Peer =>
  withFolder((folder) => {
    const words = Buffer.concat([image, Buffer.from(new Uint32Array(LEAVE).buffer)]);
    const file = join(folder, 'code.bin');
    const machine = ['-M', 'virt', '-cpu', 'max', '-accel', 'tcg', '-display', 'none', '-serial', 'none'];
    const load = ['-semihosting', '-device', `loader,file=${file},addr=${address},cpu-num=0`];
    return (iterations) => {
      words.writeBigUInt64LE(BigInt(iterations), ITERATIONS);
      writeFileSync(file, words);
      execFileSync('qemu-system-aarch64', [...machine, ...options, ...load], QUIET);
    };
  });

/** The same on a kernel (`-icount`). */
export const qemuSystem = (name: string, options: readonly string[]): Peer =>
  qemuImage(read(`${name}.bin`), QEMU_RAM, ['-m', '256M', ...options]);

/** qemu-aarch64 on the kernel as a Linux program. */
export const qemuUser = (name: string): Peer =>
  withFolder((folder) => {
    const elf = read(`${name}.elf`);
    const header = Number(elf.readBigUInt64LE(32));
    const text = Number(elf.readBigUInt64LE(header + 8));
    const file = join(folder, 'program');
    return (iterations) => {
      elf.writeBigUInt64LE(BigInt(iterations), text + ITERATIONS);
      writeFileSync(file, elf);
      chmodSync(file, 0o755);
      execFileSync('qemu-aarch64', ['-cpu', 'max', file], QUIET);
    };
  });

export const isInstalled = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
