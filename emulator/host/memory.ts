/** The Host's view of Non-secure memory: pages it shares with the RMM. */
import { granuleOf, pa } from '../address';
import type { Machine } from '../machine/machine';
import { readU64, writeBytes, writeU64, zeroGranule } from '../memory/memory';
import { encryptionContext, Pas } from '../memory/pas';

const NON_SECURE = encryptionContext(Pas.NonSecure);

export const readWord = (machine: Machine, at: number): bigint => readU64(machine.memory, NON_SECURE, pa(at));

export const writeWord = (machine: Machine, at: number, value: bigint | number): void =>
  writeU64(machine.memory, NON_SECURE, pa(at), BigInt.asUintN(64, BigInt(value)));

export const writeBlock = (machine: Machine, at: number, bytes: Uint8Array): void =>
  writeBytes(machine.memory, NON_SECURE, pa(at), bytes);

export const clearPage = (machine: Machine, at: number): void =>
  zeroGranule(machine.memory, NON_SECURE, granuleOf(pa(at)));
