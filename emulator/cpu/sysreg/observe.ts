/** System registers as a debugger shows them. */
import type { Machine } from '../../machine/machine';
import { type Pe, readSysreg } from '../pe';
import { READ_HOOKS } from './hooks';
import type { HookName, SysregRow } from './row';
import { type SysregName, sysregRow } from './sysreg';

/** Registers that are views of other state, and whose reading changes none: not ICC_IAR1_EL1, not RNDR. */
const VIEWS: ReadonlySet<HookName> = new Set<HookName>([
  'currentEl',
  'nzcv',
  'daif',
  'spSel',
  'pan',
  'uao',
  'dit',
  'ssbs',
  'stackPointer',
  'physicalCount',
  'virtualCount',
  'timerControl',
  'timerValue',
  'interruptStatus',
  'listStatus',
  'virtualControl',
]);

/** Whether a register is a view of other state: it holds no value of its own. */
export const isView = ({ hook, of }: Pick<SysregRow, 'hook' | 'of'>): boolean =>
  of !== undefined || (hook !== undefined && VIEWS.has(hook));

/** The value as stored, or what a view shows now. Whatever EL the PE is at, nothing traps, is redirected or changes. */
export function observeSysreg(machine: Machine, pe: Pe, name: SysregName): bigint {
  const row = sysregRow(name);
  const hook = row.hook !== undefined && VIEWS.has(row.hook) ? READ_HOOKS[row.hook] : undefined;
  return hook === undefined ? readSysreg(pe, name) : hook(machine, pe, row);
}
