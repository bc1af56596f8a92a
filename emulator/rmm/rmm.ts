/** The RMM as a part of the machine: creation, save and restore, and one micro-step of whatever a PE has it doing. */

import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import type { Saved } from '../machine/saved';
import type { RmmState } from './state';

export declare function createRmm(pes: number): RmmState;
/** Cold boot: lays out the RMM's own memory in the Realm PAS. Called once memory and GPT are built. */
export declare function bootRmm(machine: Machine): void;
export declare function saveRmm(rmm: RmmState): Saved;
export declare function restoreRmm(rmm: RmmState, saved: Saved): void;
/** One micro-step on a PE whose runner is 'rmm'. */
export declare function stepRmm(machine: Machine, pe: Pe): void;
