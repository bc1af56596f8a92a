/** qemu-system-aarch64 (TCG) as the peer of the interpreter: the same instructions on a bare machine at EL1. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, milliseconds } from './row';

/** Version of the installed QEMU, or undefined when there is none. */
export function qemuVersion(): string | undefined {
  const answer = spawnSync('qemu-system-aarch64', ['--version'], { encoding: 'utf8' });
  return /version (\S+)/.exec(answer.stdout ?? '')?.[1];
}

/** Where the code runs: RAM of QEMU's `virt` machine, beyond the device tree at its start. */
export const QEMU_RAM = 0x4800_0000;

/** After the code: a semihosting SYS_EXIT with ADP_Stopped_ApplicationExit, status 0. */
const EXIT = [
  0xd2800300, // mov x0, #0x18
  0x10000061, // adr x1, . + 12
  0xd45e0000, // hlt #0xf000
  0xd503201f, // nop, so that the block below is 8-byte aligned when the code is
  ...[0x20026, 0, 0, 0],
];

/**
 * Milliseconds QEMU needs for position-independent A64 code that runs from its first to past its last word, median of
 * several runs. Starting QEMU is part of it: measure two lengths of the same work and take the difference.
 */
export async function qemuMilliseconds(code: readonly number[], runs = 3): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'qemu-'));
  const file = join(folder, 'code.bin');
  const padded = code.length % 2 === 0 ? code : [...code, 0xd503201f];
  writeFileSync(file, new Uint8Array(Uint32Array.from([...padded, ...EXIT]).buffer));
  const machine = ['-M', 'virt', '-cpu', 'max', '-accel', 'tcg', '-m', '256M', '-display', 'none', '-serial', 'none'];
  const load = ['-semihosting', '-device', `loader,file=${file},addr=${QEMU_RAM},cpu-num=0`];
  try {
    const run = () => execFileSync('qemu-system-aarch64', [...machine, ...load], { stdio: 'ignore', timeout: 60_000 });
    return median(await milliseconds(runs, run));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
