/** Device accesses that the TLB spares the walk: never observable, and gone with whatever they depend on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { granuleOf, pa } from '../../emulator/address';
import { type Pe, readPc, readX, writePc, writeSysreg, writeX } from '../../emulator/cpu/pe';
import { subscribe } from '../../emulator/machine/event-ring';
import { enterConsole } from '../../emulator/machine/input-log';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { Gpi, setGpi } from '../../emulator/memory/gpt';
import { writeU32, writeU64 } from '../../emulator/memory/memory';
import { AF, BLOCK, NS, PAGE, RAM, space, tables } from './support';

const CODE = 0x8800_0000;
const UART2 = 0x1c0b_0000;
const VECTORS = 0x8900_0000n;

/** EL2 with a flat map, the UART's page at VA 0x1000, and a loop over the UART's registers. */
function polling(words: readonly number[]): { machine: Machine; pe: Pe; entry: number } {
  const { machine, pe } = space(2);
  const build = tables({ machine, pe }, RAM, 1);
  build.map(0x8000_0000n, 1, 0x8000_0000n | BLOCK | AF);
  const entry = build.map(0x1000n, 3, BigInt(UART2) | PAGE | AF | (1n << 2n));
  writeSysreg(pe, 'MAIR_EL2', 0x00ffn);
  writeSysreg(pe, 'TCR_EL2', 25n | (5n << 16n));
  writeSysreg(pe, 'TTBR0_EL2', BigInt(RAM));
  writeSysreg(pe, 'SCTLR_EL2', 0x30c5_0831n);
  writeSysreg(pe, 'VBAR_EL2', VECTORS);
  words.forEach((word, index) => {
    writeU32(machine.memory, NS, pa(CODE + 4 * index), word);
  });
  writePc(pe, BigInt(CODE));
  writeX(pe, 1, 0x1000n);
  pe.runner = 'a64';
  return { machine, pe, entry };
}

/** LDR W2, [X1, #0x18]; LDRB W3, [X1]; ADD W4, W3, #1; STRB W4, [X1]; B back. */
const ECHO = [0xb940_1822, 0x3940_0023, 0x1100_0464, 0x3900_0024, 0x17ff_fffc];

test('polling a UART is the same with and without what the TLB knows', () => {
  const runs = [false, true].map((alwaysFlush) => {
    const { machine } = polling(ECHO);
    machine.translation.alwaysFlush = alwaysFlush;
    const events: string[] = [];
    subscribe(machine.events, ({ position, words }) => events.push(`${position} ${words}`), ['console']);
    enterConsole(machine, 6, Uint8Array.of(0x41, 0x42, 0x43));
    run(machine, { steps: 500 });
    assert.equal(machine.translation.devicePages.size > 0, !alwaysFlush);
    return [hashMachine(machine), ...events];
  });
  assert.deepEqual(runs[0], runs[1]);
  assert.match(runs[0]![1]!, / 6,66/);
});

const faulted = (pe: Pe): boolean => readPc(pe) - VECTORS === 0x200n;
const step = (machine: Machine, count: number): unknown => run(machine, { steps: count });

test('a descriptor that changes takes the page away at once', () => {
  const { machine, pe, entry } = polling(ECHO);
  step(machine, 100);
  assert.equal(faulted(pe), false);
  writeU64(machine.memory, NS, pa(entry), 0n);
  step(machine, 1);
  assert.equal(faulted(pe), true);
});

test('a read-only page refuses the write, though reads are known', () => {
  const { machine, pe, entry } = polling(ECHO);
  step(machine, 100);
  writeU64(machine.memory, NS, pa(entry), BigInt(UART2) | PAGE | AF | (1n << 2n) | (1n << 7n));
  step(machine, 3);
  assert.equal(faulted(pe), false);
  step(machine, 1);
  assert.equal(faulted(pe), true);
});

test('a granule that moves to another PAS is out of reach at once', () => {
  const { machine, pe } = polling(ECHO);
  step(machine, 100);
  setGpi(machine.memory, machine.platform, granuleOf(pa(UART2)), Gpi.Secure);
  step(machine, 1);
  assert.equal(faulted(pe), true);
});

test('memory in place of a device is memory, and back again', () => {
  const { machine, pe, entry } = polling(ECHO);
  step(machine, 100);
  writeU64(machine.memory, NS, pa(entry), 0x8a00_0000n | PAGE | AF);
  writeU32(machine.memory, NS, pa(0x8a00_0018), 0x1234);
  step(machine, 1);
  assert.equal(readX(pe, 2), 0x1234n);
  step(machine, 99);
  writeU64(machine.memory, NS, pa(entry), BigInt(UART2) | PAGE | AF | (1n << 2n));
  step(machine, 1);
  assert.equal(readX(pe, 2), 0x90n);
});

test('an unaligned access faults, whatever is known of the page', () => {
  // LDR W2, [X1, #0x18]; LDUR W3, [X1, #1].
  const { machine, pe } = polling([0xb940_1822, 0xb840_1023]);
  step(machine, 2);
  assert.equal(faulted(pe), true);
});
