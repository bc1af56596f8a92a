/** Pointer authentication for TypeScript that has a PE in its hands. */
import { peBase } from '../../memory/map';
import { FINISH, PAUTH_MODIFIER, PAUTH_STATUS } from '../layout';
import type { Pe } from '../pe';
import { finishPointer, type Key, Operation, PauthStatus } from './pauth';

/** How the last operation of the PE ended (`PauthStatus`). */
export const pauthStatus = (pe: Pe): number => pe.memory.view().getUint32(peBase(pe.index) + PAUTH_STATUS, true);

/** Auth as the PE is now; undefined where it traps or fails, which `pauthStatus` tells apart. */
export function authenticatePointer(pe: Pe, key: Key, pointer: bigint, modifier: bigint): bigint | undefined {
  const base = peBase(pe.index);
  const view = pe.memory.view();
  view.setBigUint64(base + FINISH, pointer, true);
  view.setBigUint64(base + PAUTH_MODIFIER, modifier, true);
  finishPointer(view, base, Operation.Authenticate, key);
  return pauthStatus(pe) === PauthStatus.Done ? view.getBigUint64(base + FINISH, true) : undefined;
}
