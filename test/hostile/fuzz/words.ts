/** Random code: instances of every instruction row, system registers that exist, system instructions, any word at all. */
import { SYSREG_ROWS } from '../../../emulator/cpu/sysreg/sysreg';
import { ROWS } from '../../../emulator/cpu/table/table';
import { shapeOf, wordOf } from '../../cpu/isa/recording/words';
import type { Random } from '../support';

const shapes = ROWS.map(shapeOf);
const memory = shapes.filter(({ value }) => ((value >>> 25) & 5) === 4);

const anyRow = (random: Random): number => wordOf(random.pick(shapes), random.word);
const anyMemory = (random: Random): number => wordOf(random.pick(memory), random.word);
const anyWord = (random: Random): number => random.word();

const encodings = SYSREG_ROWS.map(({ encoding: [op0, op1, crn, crm, op2] }) => {
  return (((op0 & 3) << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5)) >>> 0;
});
/** MSR of a register of the table, and MRS. */
export const writeRegister = (random: Random, rt: number): number => (0xd500_0000 | random.pick(encodings) | rt) >>> 0;
const register = (random: Random): number =>
  (0xd500_0000 | (random.below(2) << 21) | random.pick(encodings) | random.below(32)) >>> 0;

/** TLBI, AT, DC, IC and whatever else is in SYS, with fields that are often implemented. */
const maintenance = (random: Random): number =>
  (0xd508_0000 |
    (random.pick([0, 0, 3, 4, 4, 6, random.below(8)]) << 16) |
    (random.pick([7, 8, 8, 8, 9, random.below(16)]) << 12) |
    (random.below(16) << 8) |
    (random.below(8) << 5) |
    random.below(32)) >>>
  0;

const ERET = 0xd69f_03e0;
const leaving = (random: Random): number =>
  random.pick([0xd400_0001, 0xd400_0002, 0xd400_0003, ERET, ERET, 0xd503_207f, 0xd503_205f, 0xd420_0000, 0xd503_3fdf]);

/** MSR (immediate): PSTATE fields. */
const pstate = (random: Random): number => (0xd500_401f | (random.below(8) << 16) | (random.below(128) << 5)) >>> 0;

export const codeWord = (random: Random): number => {
  const kind = random.below(32);
  if (kind < 14) return anyRow(random);
  if (kind < 20) return anyMemory(random);
  if (kind < 23) return register(random);
  if (kind < 26) return maintenance(random);
  if (kind < 27) return pstate(random);
  return kind < 29 ? leaving(random) : anyWord(random);
};
