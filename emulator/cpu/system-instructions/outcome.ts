/** How a system instruction ended. The caller advances PC or takes the exception. */
import type { Fault } from '../../translation/types';

export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'undefined' }
  /** EC 0x18 to an EL. */
  | { readonly kind: 'trap'; readonly targetEl: number }
  /** FPCR or FPSR where floating point is trapped or absent. */
  | { readonly kind: 'floatingPoint' }
  /** The address of a maintenance instruction faulted. */
  | { readonly kind: 'abort'; readonly fault: Fault; readonly cacheMaintenance: boolean }
  /** Advertised but not built. */
  | { readonly kind: 'notBuilt'; readonly what: string };

export const DONE: Outcome = { kind: 'done' };
export const UNDEFINED: Outcome = { kind: 'undefined' };
export const trapTo = (targetEl: number): Outcome => ({ kind: 'trap', targetEl });
