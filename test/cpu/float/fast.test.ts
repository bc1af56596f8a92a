/** Every row's two ways to its result: what `emit` writes on host arithmetic, and what `finish` computes exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Control, Flag } from '../../../emulator/cpu/float/environment';
import { DOUBLE, type Format, HALF, SINGLE } from '../../../emulator/cpu/float/format';
import { CPU_FLAG, FINISH, FLAGS, NZCV, V } from '../../../emulator/cpu/layout';
import { sysregOffset } from '../../../emulator/cpu/sysreg/sysreg';
import type { Row } from '../../../emulator/cpu/table/row';
import { fieldsOf } from '../../../emulator/cpu/table/row';
import { ROWS, rowOf } from '../../../emulator/cpu/table/table';
import { createFlatMachine, PE_STATE, putWords } from '../../support/flat-machine';
import { operand, type Random, random } from './operands';

const CODE = 0x1000n;
const FPCR = PE_STATE + sysregOffset('FPCR');
const FPSR = PE_STATE + sysregOffset('FPSR');
const machine = createFlatMachine([{ va: CODE, size: 4096 }]);
const view = machine.view();
view.setUint32(PE_STATE + FLAGS, CPU_FLAG.FP_ENABLED, true);

const isFloat = (row: Row): boolean =>
  row.finish !== undefined && (/^(F|BF|[SU]CVTF)/.test(row.name) || /loating-point/.test(row.section));
const rows = ROWS.filter(isFloat);
const formatOf = ({ name }: Row): Format => (/half/.test(name) ? HALF : /single|BF/.test(name) ? SINGLE : DOUBLE);

function wordOf(row: Row, next: Random): number {
  for (;;) {
    const word = (row.value | (next() & ~row.mask)) >>> 0;
    if (rowOf(word) === row) return word;
  }
}

function fill(format: Format, next: Random, make: (format: Format, next: Random) => bigint): void {
  for (let at = 0; at < 512; at += format.width / 8) {
    const bits = make(format, next);
    if (format.width === 64) view.setBigUint64(PE_STATE + V + at, bits, true);
    else if (format.width === 32) view.setUint32(PE_STATE + V + at, Number(bits), true);
    else view.setUint16(PE_STATE + V + at, Number(bits), true);
  }
}

const registers = (): Uint8Array => machine.bytes().slice(PE_STATE + V, PE_STATE + V + 512);

function execute(word: number): void {
  putWords(machine, CODE, [word]);
  machine.setPc(CODE);
  machine.run(1);
  assert.equal(machine.pc(), CODE + 4n);
}

const CONTROLS = [0, 0, 0, 0, Control.DN, Control.AHP, Control.FZ, Control.FZ16, 1 << 22, 2 << 22, 3 << 22];
const WHOLE = 0xffff_ffff_ffff_ffffn;

/** One instance both ways, from the same state. */
function compare(row: Row, next: Random): void {
  const format = formatOf(row);
  const word = wordOf(row, next);
  const fields = fieldsOf(row, word);
  fill(format, next, operand);
  const before = registers();
  const fpcr = CONTROLS[next() % CONTROLS.length]!;
  const fpsr = next() % 2 === 0 ? 0 : Flag.Inexact;
  const general = fields['Rn'] ?? 0;
  const value = next() % 4 === 0 ? BigInt(next() % 64) : BigInt.asUintN(64, BigInt(next()) * BigInt(next()) - 0x7fffn);
  for (let n = 0; n < 31; n++) machine.setX(n, value);
  const start = (): void => {
    machine.bytes().set(before, PE_STATE + V);
    view.setUint32(FPCR, fpcr, true);
    view.setUint32(FPSR, fpsr, true);
    view.setUint32(PE_STATE + NZCV, 0, true);
  };
  start();
  execute(word);
  const after = registers();
  const flags = view.getUint32(FPSR, true);
  const nzcv = view.getUint32(PE_STATE + NZCV, true) >>> 28;
  start();
  const operandBits = general === 31 ? 0n : value;
  view.setBigUint64(PE_STATE + FINISH, (word & 0x8000_0000) === 0 ? operandBits & 0xffff_ffffn : operandBits, true);
  row.finish!({ view, pe: PE_STATE }, fields);
  const what = `${row.name} ${word.toString(16)} fpcr ${fpcr.toString(16)} fpsr ${fpsr.toString(16)}`;
  if (row.name.startsWith('FCCMP') && nzcv === fields['nzcv']) return;
  assert.deepEqual(after, registers(), what);
  assert.equal(flags, view.getUint32(FPSR, true), what);
  const result = view.getBigUint64(PE_STATE + FINISH, true);
  if (row.name.startsWith('FC') && row.name.includes('CMP') && row.section.includes('loating-point')) {
    assert.equal(nzcv, Number(result), what);
  } else if (/^FCVT[NPMZA][SU] .*-bit/.test(row.name) && fields['Rd'] !== 31) {
    const wide = (word & 0x8000_0000) !== 0;
    assert.equal(machine.x(fields['Rd']!), result & (wide ? WHOLE : 0xffff_ffffn), what);
  }
}

test('host arithmetic gives what exact arithmetic gives', () => {
  assert.ok(rows.length > 300);
  const next = random(21);
  for (const row of rows) {
    const count = formatOf(row) === HALF || /(BF|FR(ECP|SQRT)(E|X)|FCMLA|FCADD|FML[AS]L)/.test(row.name) ? 3 : 40;
    for (let at = 0; at < count; at++) compare(row, next);
  }
});

/** Small integers: sums, products and quotients by powers of two are exact. */
const integer = (format: Format, next: Random): bigint => {
  const value = 2 ** (next() % 6);
  const scratch = new DataView(new ArrayBuffer(8));
  if (format === SINGLE) scratch.setFloat32(0, value);
  else scratch.setFloat64(0, value);
  return format === SINGLE ? BigInt(scratch.getUint32(0)) : scratch.getBigUint64(0);
};

const QUICK =
  /^F(CVT|CVTL|CVTN|MAXV|MINV|MAXNMV|MINNMV|ADD|SUB|MUL|NMUL|DIV|SQRT|MADD|MSUB|NMADD|NMSUB|MLA|MLS|MAX|MIN|ABD|CMP|CCMP|CM(EQ|GE|GT|LE|LT)|CVTZS|RINT[NPMZAXI]) /;

test('exact values do not need TypeScript, with or without FPSR.IXC and FPCR.FZ', () => {
  const next = random(33);
  for (const row of rows) {
    const format = formatOf(row);
    // Fixed-point numbers saturate.
    if (!QUICK.test(row.name) || format === HALF || row.name.includes('fixed')) continue;
    let finished = 0;
    const { finish } = row;
    const counted = row as { finish: Row['finish'] };
    counted.finish = (state, fields) => {
      finished++;
      finish!(state, fields);
    };
    for (let at = 0; at < 20; at++) {
      fill(format, next, integer);
      view.setUint32(FPCR, at % 4 < 2 ? 0 : Control.FZ, true);
      view.setUint32(FPSR, at % 2 === 0 ? 0 : Flag.Inexact, true);
      execute(wordOf(row, next));
    }
    counted.finish = finish;
    assert.equal(finished, 0, row.name);
  }
});
