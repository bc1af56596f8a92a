/** Faults in words. */
import type { Fault } from '../types';

const KINDS: Readonly<Record<Fault['kind'], string>> = {
  translation: 'translation fault',
  addressSize: 'address size fault',
  accessFlag: 'Access flag fault',
  permission: 'permission fault',
  alignment: 'alignment fault',
  external: 'synchronous external abort',
  granule: 'granule protection fault',
  unsupportedAtomic: 'unsupported exclusive or atomic access',
  watchpoint: 'watchpoint',
};

const PLAIN: readonly Fault['kind'][] = ['granule', 'external', 'alignment', 'unsupportedAtomic', 'watchpoint'];

/** `stage 2 translation fault, level 3`, `granule protection fault on the stage 1 table walk, level 2`. */
export function faultText(fault: Fault): string {
  const { kind, stage, level, onWalk, s1ptw } = fault;
  const walk = s1ptw ? ' on a stage 1 table walk' : onWalk ? ` on the stage ${stage} table walk` : '';
  const where = s1ptw || onWalk || level !== 0 || !PLAIN.includes(kind);
  const which = PLAIN.includes(kind) && !s1ptw ? '' : `stage ${stage} `;
  return `${which}${KINDS[kind]}${walk}${where ? `, level ${level}` : ''}`;
}
