/** What instructions do to the stack: for places that call frame information says nothing, or nothing true, about. */
import type { FrameRegisters, ReadMemory } from './unwind';

const SP = 31;
/** The base register SP in the forms below. */
const ON_SP = 0x0000_03e0;

/** stp, ldp of X registers: signed 7-bit offset in units of 8. */
const PAIR_POST = 0xa880_0000 + ON_SP;
const PAIR_PRE = 0xa980_0000 + ON_SP;
const PAIR_WRITE_BACK_MASK = 0xff80_0000 + ON_SP;
const LDP_POST = 0xa8c0_0000 + ON_SP;
const LDP_OFFSET = 0xa940_0000 + ON_SP;
const PAIR_MASK = 0xffc0_0000 + ON_SP;
/** str, ldr of an X register with write-back: signed 9-bit offset; bit 10 is set in both forms. */
const SINGLE_WRITE_BACK = 0xf800_0400 + ON_SP;
const SINGLE_WRITE_BACK_MASK = 0xffa0_0400 + ON_SP;
const LDR_POST = 0xf840_0400 + ON_SP;
const LDR_POST_MASK = 0xffe0_0c00 + ON_SP;
/** ldr of an X register: 12-bit offset in units of 8. */
const LDR_OFFSET = 0xf940_0000 + ON_SP;
/** add, sub sp, sp, #imm{, lsl #12}. */
const ADD_SP = 0x9100_03ff;
const SUB_SP = 0xd100_03ff;
const ADD_SUB_SP_MASK = 0xff80_03ff;
const MOV_SP_FP = 0x9100_03bf;
/** add x29, sp, #imm, which is also mov x29, sp. */
const ADD_FP = 0x9100_03fd;
const ADD_FP_MASK = 0xffc0_03ff;
const AUTIASP = 0xd503_23bf;
const AUTIBSP = 0xd503_23ff;
const RET = 0xd65f_03c0;
const RETAA = 0xd65f_0bff;
const RETAB = 0xd65f_0fff;

const MAX_PROLOGUE = 4096n;
const MAX_EPILOGUE = 16;

const is = (word: number, mask: number, value: number): boolean => (word & mask) >>> 0 === value;
const signed = (word: number, low: number, width: number): bigint =>
  BigInt.asIntN(width, BigInt((word >>> low) % 2 ** width));

/** Bytes that an instruction adds to SP. */
function stackChange(word: number): bigint {
  if (is(word, PAIR_WRITE_BACK_MASK, PAIR_PRE) || is(word, PAIR_WRITE_BACK_MASK, PAIR_POST)) {
    return signed(word, 15, 7) * 8n;
  }
  if (is(word, SINGLE_WRITE_BACK_MASK, SINGLE_WRITE_BACK)) return signed(word, 12, 9);
  const amount = BigInt((word >>> 10) % 4096) << ((word >>> 22) % 2 === 1 ? 12n : 0n);
  if (is(word, ADD_SUB_SP_MASK, ADD_SP)) return amount;
  return is(word, ADD_SUB_SP_MASK, SUB_SP) ? -amount : 0n;
}

/** Whether X29 points to the record of the function entered at `entry`; if not, how many bytes it has taken by `pc`. */
export function recordState(
  entry: bigint | undefined,
  pc: bigint,
  read: ReadMemory,
): { kind: 'made' } | { kind: 'none'; pushed: bigint } {
  if (entry === undefined || pc - entry > MAX_PROLOGUE) return { kind: 'made' };
  let pushed = 0n;
  for (const word of words(read(entry, Number(pc - entry)))) {
    if (is(word, ADD_FP_MASK, ADD_FP)) return { kind: 'made' };
    pushed -= stackChange(word);
  }
  return { kind: 'none', pushed: pushed < 0n ? 0n : pushed };
}

/**
 * The registers behind the RET that the instructions at `pc` lead straight to. Undefined when they do anything but
 * restore registers and give back stack on the way.
 */
export function runEpilogue({ pc, x: before }: FrameRegisters, read: ReadMemory): FrameRegisters | undefined {
  const x = [...before];
  const load = (register: number, offset: bigint): void => {
    const sp = x[SP];
    const bytes = sp === undefined ? undefined : read(BigInt.asUintN(64, sp + offset), 8);
    if (register < SP) {
      x[register] = bytes && new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
    }
  };
  for (const word of words(read(pc, MAX_EPILOGUE * 4) ?? read(pc, 4))) {
    if (word === RET || word === RETAA || word === RETAB) return { pc, x };
    const isPair = is(word, PAIR_MASK, LDP_POST) || is(word, PAIR_MASK, LDP_OFFSET);
    const isPost = is(word, PAIR_MASK, LDP_POST) || is(word, LDR_POST_MASK, LDR_POST);
    if (isPair) {
      const offset = isPost ? 0n : signed(word, 15, 7) * 8n;
      load(word % 32, offset);
      load((word >>> 10) % 32, offset + 8n);
    } else if (isPost) load(word % 32, 0n);
    else if (is(word, PAIR_MASK, LDR_OFFSET)) load(word % 32, BigInt((word >>> 10) % 4096) * 8n);
    else if (word === MOV_SP_FP) x[SP] = x[29];
    else if (!is(word, ADD_SUB_SP_MASK, ADD_SP) && word !== AUTIASP && word !== AUTIBSP) return undefined;
    const sp = x[SP];
    x[SP] = sp === undefined ? undefined : sp + stackChange(word);
  }
  return undefined;
}

function words(bytes: Uint8Array | undefined): number[] {
  if (!bytes) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(i * 4, true));
}
