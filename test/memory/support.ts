import { pa } from '../../emulator/address';
import { createMemory, type MachineMemory } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';

export const NON_SECURE = encryptionContext(Pas.NonSecure);
export const ROOT = encryptionContext(Pas.Root);
export const realm = (mecid: number) => encryptionContext(Pas.Realm, mecid);

export const BASE = 0x8000_0000;

/** A memory of 64 granules at 0x8000_0000 and 16 above 32 GiB. */
export function smallMemory(memoryLimit = 2 ** 20): MachineMemory {
  return createMemory({
    ram: [
      { base: pa(BASE), size: 64 * 4096 },
      { base: pa(0x8_8000_0000), size: 16 * 4096 },
    ],
    memoryLimit,
    seed: 1n,
    mecidBits: 4,
  });
}
