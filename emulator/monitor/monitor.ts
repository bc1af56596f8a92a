/** The Monitor as a part of the machine: native EL3 firmware in the Root world. */

import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import type { Saved } from '../machine/saved';
import type { MonitorState } from './state';

export declare function createMonitor(): MonitorState;
export declare function saveMonitor(monitor: MonitorState): Saved;
export declare function restoreMonitor(monitor: MonitorState, saved: Saved): void;
/** One micro-step on a PE whose runner is 'monitor': an exception was taken to EL3. */
export declare function stepMonitor(machine: Machine, pe: Pe): void;
