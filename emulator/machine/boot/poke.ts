/** Words written into memory before the start. */
import { pa } from '../../address';
import { writeU32, writeU64 } from '../../memory/memory';
import { encryptionContext, Pas } from '../../memory/pas';
import type { Machine } from '../machine';
import type { Poke } from './config';

const NON_SECURE = encryptionContext(Pas.NonSecure);

export function pokeWord({ memory }: Machine, { address, value, size }: Poke): void {
  if (size === 4) writeU32(memory, NON_SECURE, pa(address), Number(value));
  else writeU64(memory, NON_SECURE, pa(address), value);
}
