/**
 * The Monitor: native EL3 firmware in the Root world. An SMC from the Non-secure world is answered here (PSCI, SMCCC) or
 * goes to the RMM by a world switch; the RMM's own SMC ends an RMI command and switches back.
 */
import { ExceptionClass } from '../cpu/exceptions/classes';
import { exceptionReturn } from '../cpu/exceptions/return';
import { syndromeClass } from '../cpu/exceptions/take';
import { X } from '../cpu/layout';
import {
  derive,
  type Pe,
  readSysreg,
  readW,
  readXWord,
  securityBelowEl3,
  selectWorld,
  writeSysreg,
  writeX,
} from '../cpu/pe';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import type { Saved } from '../machine/saved';
import { peBase } from '../memory/map';
import { Pas } from '../memory/pas';
import { SMCCC_NOT_SUPPORTED } from '../rmm/status';
import { restoreWorld, saveWorld, type World } from './context';
import { clustersOf } from './power';
import { exceptionAtEl3 } from './problems';
import { hostService } from './services';
import type { MonitorState, PowerStatistics } from './state';

const list = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);
const unused = (): PowerStatistics => ({ count: 0, ticks: 0, since: -1 });

export const createMonitor = (pes: number): MonitorState => ({
  platformToken: null,
  starting: list(pes, () => false),
  down: list(pes, () => null),
  agreed: list(pes, () => -1),
  standby: list(pes, unused),
  powerDown: list(pes + clustersOf(pes) + 1, unused),
});

const copies = <T extends object>(items: readonly T[]): T[] => items.map((item) => ({ ...item }));

export const saveMonitor = ({ platformToken, starting, down, agreed, standby, powerDown }: MonitorState): Saved => ({
  platformToken,
  starting: [...starting],
  down: down.map((one) => (one === null ? null : { ...one })),
  agreed: [...agreed],
  standby: copies(standby) as unknown as Saved,
  powerDown: copies(powerDown) as unknown as Saved,
});

export function restoreMonitor(monitor: MonitorState, saved: Saved): void {
  const from = saved as unknown as MonitorState;
  const replace = <T>(items: T[], values: readonly T[]): void => {
    items.splice(0, items.length, ...values);
  };
  monitor.platformToken = from.platformToken;
  replace(monitor.starting, from.starting);
  replace(monitor.down, from.down);
  replace(monitor.agreed, from.agreed);
  replace(monitor.standby, copies(from.standby));
  replace(monitor.powerDown, copies(from.powerDown));
}

/** EL3 starts again. */
export function resetMonitor(monitor: MonitorState): void {
  restoreMonitor(monitor, saveMonitor(createMonitor(monitor.starting.length)));
}

/** SMC by which the RMM returns from an RMI command (RMM-EL3 interface): X1 to X5 become the Host's X0 to X4. */
export const RMM_RMI_REQ_COMPLETE = 0xc400_018f;

/** Arguments that reach the RMM: X0 to X7 (SMCCC). */
const ARGUMENTS = 8;
const RESULTS = 5;

/** Fast calls of the standard service range that belong to the RMM: 0x150 to 0x18f, SVE hint ignored. */
const isRmi = (fid: number): boolean => {
  const plain = fid & ~0x1_0000;
  return plain >>> 16 === 0xc400 && (plain & 0xffff) >= 0x150 && (plain & 0xffff) <= 0x18f;
};

/** Leaves `from`, enters `to`: registers and SCR_EL3.{NSE,NS}. X<first> and up become X0 and up of the new world. */
function switchWorld(machine: Machine, pe: Pe, from: World, to: World, first: number, count: number): void {
  const saved = saveWorld(machine, pe, from) + 8 * first;
  selectWorld(pe, to);
  restoreWorld(machine, pe, to);
  const x0 = peBase(pe.index) + X;
  machine.memory.views.bytes.copyWithin(x0, saved, saved + 8 * count);
  emit(machine, 'worldSwitch', pe.index, from, to);
}

function fromHost(machine: Machine, pe: Pe): void {
  const fid = readW(pe, 0);
  if (isRmi(fid)) {
    switchWorld(machine, pe, Pas.NonSecure, Pas.Realm, 0, ARGUMENTS);
  } else {
    hostService(machine, pe, fid);
  }
}

function fromRmm(machine: Machine, pe: Pe): void {
  if (readXWord(pe, 0) === RMM_RMI_REQ_COMPLETE) {
    switchWorld(machine, pe, Pas.Realm, Pas.NonSecure, 1, RESULTS);
  } else {
    writeX(pe, 0, SMCCC_NOT_SUPPORTED);
  }
}

/** One micro-step on a PE whose runner is 'monitor': an exception was taken to EL3. @throws Problem `monitor-exception` */
export function stepMonitor(machine: Machine, pe: Pe): void {
  const world = securityBelowEl3(pe);
  if (syndromeClass(pe, 3) !== ExceptionClass.Smc) {
    throw exceptionAtEl3(readSysreg(pe, 'ESR_EL3'), readSysreg(pe, 'ELR_EL3'));
  }
  if (world === Pas.NonSecure) fromHost(machine, pe);
  else if (world === Pas.Realm) fromRmm(machine, pe);
  else writeX(pe, 0, SMCCC_NOT_SUPPORTED);
  if (pe.runner === 'monitor') exceptionReturn(machine, pe);
}

/** PSTATE of EL2h with everything masked. */
const EL2_PSTATE = 0x3c9n;

/** Cold boot: the context in which each PE first enters the RMM, at `entry` with its vectors at `vectors`. */
export function registerRmm(machine: Machine, entry: bigint, vectors: bigint): void {
  for (const pe of machine.pes) {
    const scr = readSysreg(pe, 'SCR_EL3');
    saveWorld(machine, pe, Pas.NonSecure);
    writeSysreg(pe, 'VBAR_EL2', vectors);
    writeSysreg(pe, 'ELR_EL3', entry);
    writeSysreg(pe, 'SPSR_EL3', EL2_PSTATE);
    saveWorld(machine, pe, Pas.Realm);
    restoreWorld(machine, pe, Pas.NonSecure);
    writeSysreg(pe, 'SCR_EL3', scr);
    derive(pe);
  }
}
