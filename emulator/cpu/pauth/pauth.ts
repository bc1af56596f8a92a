/**
 * Pointer authentication (FEAT_PAuth2 with FEAT_FPACCOMBINE and FEAT_PACQARMA5) on the state of a PE: AddPAC, Auth,
 * Strip and AddPACGA of the Arm ARM. Results depend on operands, keys and PAUTH_CONFIG only, so they are remembered: a
 * function signs and authenticates the same return address again and again.
 */
import { FINISH, PAUTH_MODIFIER, PAUTH_STATUS } from '../layout';
import { sysregOffset } from '../sysreg/sysreg';
import { qarma } from './qarma';
import { CONFIG, LOWER_BOTTOM_SHIFT, pauthConfig, UPPER_BOTTOM_SHIFT } from './regime';

/** Numbers of the keys: bit 1 data, bit 0 the B key. */
export const Key = { IA: 0, IB: 1, DA: 2, DB: 3, GA: 4 } as const;
export type Key = (typeof Key)[keyof typeof Key];

export const Operation = { Sign: 0, Authenticate: 1, Strip: 2, Generic: 3 } as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

/** PAUTH_STATUS: how the last operation ended. A failure adds the ISS of its exception (data, B key). */
export const PauthStatus = { Done: 0, Trap2: 2, Trap3: 3, Failed: 4 } as const;

const KEY_REGISTERS = ['APIAKeyLo_EL1', 'APIBKeyLo_EL1', 'APDAKeyLo_EL1', 'APDBKeyLo_EL1', 'APGAKeyLo_EL1'] as const;
const HIGH_REGISTERS = ['APIAKeyHi_EL1', 'APIBKeyHi_EL1', 'APDAKeyHi_EL1', 'APDBKeyHi_EL1', 'APGAKeyHi_EL1'] as const;
const LOW = KEY_REGISTERS.map(sysregOffset);
const HIGH = HIGH_REGISTERS.map(sysregOffset);

/** The operands of `qarma`, and what else a result depends on. */
const ENTRIES = 1024;
const WORDS = 13;
const CONFIG_WORD = 8;
const OPERATION_WORD = 9;
const RESULT_WORD = 10;
const STATUS_WORD = 12;
/** OPERATION_WORD is 0 in an empty entry. */
const memory = new Uint32Array(ENTRIES * WORDS);
const entry = new Uint32Array(WORDS);
const operands = entry.subarray(0, 8);
const code = new Uint32Array(2);

const M64 = 0xffff_ffff_ffff_ffffn;
const maskBetween = (high: number, low: number): bigint =>
  ((1n << BigInt(high + 1)) - 1n) & ~((1n << BigInt(low)) - 1n);
const join = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

/** ComputePAC of a pointer under the modifier and key in `operands`. */
function codeOf(pointer: bigint): bigint {
  const low = operands[0]!;
  const high = operands[1]!;
  operands[0] = Number(pointer & 0xffff_ffffn);
  operands[1] = Number(pointer >> 32n);
  qarma(operands, code);
  operands[0] = low;
  operands[1] = high;
  return join(code[0]!, code[1]!);
}

interface Shape {
  /** The bits that an authentication code can take: those that are neither address nor tag, without bit 55. */
  readonly mask: bigint;
  /** The same with bit 55. */
  readonly extension: bigint;
}

function shapeOf(config: number, data: boolean, upper: boolean, tbiUpper: boolean): Shape {
  const tbi =
    (config &
      (tbiUpper
        ? data
          ? CONFIG.UPPER_TBI_DATA
          : CONFIG.UPPER_TBI_INSTRUCTION
        : data
          ? CONFIG.LOWER_TBI_DATA
          : CONFIG.LOWER_TBI_INSTRUCTION)) !==
    0;
  const bottom = (config >>> (upper ? UPPER_BOTTOM_SHIFT : LOWER_BOTTOM_SHIFT)) & 63;
  const extension = maskBetween(tbi ? 55 : 63, bottom);
  return { mask: extension & ~(1n << 55n), extension };
}

/** AddPAC: the code is XORed into the bits it takes; bit 55 keeps which half the pointer is in. */
function sign(pointer: bigint, config: number, data: boolean): bigint {
  const select55 = (config & (data ? CONFIG.SELECT_55_DATA : CONFIG.SELECT_55_INSTRUCTION)) !== 0;
  const bit55 = ((pointer >> 55n) & 1n) === 1n;
  const tbi = shapeOf(config, data, bit55, bit55).extension < 1n << 56n;
  const select = select55 || tbi ? bit55 : pointer >> 63n === 1n;
  const { mask, extension } = shapeOf(config, data, select, bit55);
  const extended = (pointer & ~extension) | (select ? extension : 0n);
  const signed = pointer ^ (codeOf(extended) & mask);
  return (signed & ~(1n << 55n)) | (select ? 1n << 55n : 0n);
}

/** Strip, and what a pointer was before it was signed if nothing is wrong with it. */
function strip(pointer: bigint, config: number, data: boolean): bigint {
  const upper = ((pointer >> 55n) & 1n) === 1n;
  const { extension } = shapeOf(config, data, upper, upper);
  return (pointer & ~extension) | (upper ? extension : 0n);
}

/** Auth: the code taken away again. Undefined where it was not the right one. */
function authenticate(pointer: bigint, config: number, data: boolean): bigint | undefined {
  const upper = ((pointer >> 55n) & 1n) === 1n;
  const { mask } = shapeOf(config, data, upper, upper);
  const original = strip(pointer, config, data);
  return ((pointer ^ codeOf(original)) & mask) === (original & mask) ? original : undefined;
}

/** Works out the result of `entry` for the first time. */
function compute(operation: Operation, key: Key): void {
  const pointer = join(entry[0]!, entry[1]!);
  const config = entry[CONFIG_WORD]! | 0;
  const data = (key & 2) !== 0;
  let result: bigint | undefined;
  if (operation === Operation.Generic) result = codeOf(pointer) & ~0xffff_ffffn;
  else if (operation === Operation.Sign) result = sign(pointer, config, data);
  else if (operation === Operation.Strip) result = strip(pointer, config, data);
  else result = authenticate(pointer, config, data);
  entry[STATUS_WORD] = result === undefined ? PauthStatus.Failed + key : PauthStatus.Done;
  const given = (result ?? pointer) & M64;
  entry[RESULT_WORD] = Number(given & 0xffff_ffffn);
  entry[RESULT_WORD + 1] = Number(given >> 32n);
}

/** By how the operands lie: return addresses differ in a few low bits, and so do stack pointers. */
const placeOf = (): number => {
  const mixed = Math.imul(entry[0]! ^ (entry[2]! << 3) ^ (entry[OPERATION_WORD]! << 9), 0x9e37_79b1);
  return (mixed >>> 22) * WORDS;
};

/** Whether the operation leaves its pointer alone, or what traps it. */
function refusal(config: number, operation: Operation, key: Key): 'same' | number {
  if (operation === Operation.Strip) return (config & CONFIG.ABSENT) !== 0 ? 'same' : PauthStatus.Done;
  if (operation !== Operation.Generic && (config & (1 << key)) !== 0) return 'same';
  if ((config & CONFIG.TRAP2) !== 0) return PauthStatus.Trap2;
  return (config & CONFIG.TRAP3) !== 0 ? PauthStatus.Trap3 : PauthStatus.Done;
}

/**
 * The operation on the pointer in FINISH with the modifier in PAUTH_MODIFIER, of the PE whose area is at `pe`: the result
 * in FINISH, PAUTH_STATUS says whether it counts.
 */
export function finishPointer(view: DataView, pe: number, operation: Operation, key: Key): void {
  const config = pauthConfig(view, pe);
  const refused = refusal(config, operation, key);
  view.setUint32(pe + PAUTH_STATUS, refused === 'same' ? PauthStatus.Done : refused, true);
  if (refused !== PauthStatus.Done) return;
  const lowKey = pe + LOW[key]!;
  const highKey = pe + HIGH[key]!;
  entry[0] = view.getUint32(pe + FINISH, true);
  entry[1] = view.getUint32(pe + FINISH + 4, true);
  entry[2] = view.getUint32(pe + PAUTH_MODIFIER, true);
  entry[3] = view.getUint32(pe + PAUTH_MODIFIER + 4, true);
  entry[4] = view.getUint32(lowKey, true);
  entry[5] = view.getUint32(lowKey + 4, true);
  entry[6] = view.getUint32(highKey, true);
  entry[7] = view.getUint32(highKey + 4, true);
  entry[CONFIG_WORD] = config;
  entry[OPERATION_WORD] = 1 + operation * 8 + key;
  const place = placeOf();
  let same = 0;
  while (same < RESULT_WORD && memory[place + same] === entry[same]) same++;
  if (same < RESULT_WORD) {
    compute(operation, key);
    memory.set(entry, place);
  }
  view.setUint32(pe + FINISH, memory[place + RESULT_WORD]!, true);
  view.setUint32(pe + FINISH + 4, memory[place + RESULT_WORD + 1]!, true);
  view.setUint32(pe + PAUTH_STATUS, memory[place + STATUS_WORD]!, true);
}
