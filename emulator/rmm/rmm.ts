/**
 * The RMM as a part of the machine: creation, save and restore, and one micro-step of whatever a PE has it doing. A PE in
 * R-EL2 is at the start of an RMI command, in the middle of one, or back from the Realm that a REC entry runs.
 */
import { takeException } from '../cpu/exceptions/take';
import { type Pe, readPcWord, readW, readX, readXWord, writeXWord } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import type { Saved } from '../machine/saved';
import { RMM_RMI_REQ_COMPLETE, registerRmm } from '../monitor/monitor';
import { beginFrame, emitEnd, goTo, rowOf, stepFrame } from './commands/dispatcher';
import type { CommandRow, Frame, Word } from './commands/row';
import { fidOf, lastArgument, lowerHalf, rowFor } from './commands/rows';
import { rmmRegions } from './layout';
import { bootMec } from './mec/pool';
import { rmmMemoryTooSmall, tooFewAuxGranules } from './problems';
import { isGuestCall } from './realm-entry/exceptions';
import { retire } from './realm-entry/mmio';
import type { RmmState } from './state';
import { SMCCC_NOT_SUPPORTED } from './status';

const none = (pes: number): null[] => Array.from({ length: pes }, () => null);

export const createRmm = (pes: number): RmmState => ({
  calls: 0,
  frames: none(pes),
  guestFrames: none(pes),
  entries: none(pes),
  finished: none(pes),
  evaluations: { on: false, limit: 64, list: [] },
});

/** A system reset: whatever was under way is gone. Calls are numbered on. */
export function resetRmm(rmm: RmmState): void {
  restoreRmm(rmm, { ...(saveRmm(createRmm(rmm.frames.length)) as object), calls: rmm.calls });
}

/** Vectors of R-EL2. Nothing lies there: native firmware runs instead of what would. */
const VECTORS_OFFSET = 0x800;
/** Auxiliary granules used: FP registers, attestation token. */
const MIN_AUX = 2;

/**
 * Cold boot: nothing is delegated, all VMIDs are free and no Realm has a MECID. The RMM's memory reads zero then, which
 * says just that; only a MECID may have to be made Shared.
 * @throws Problem `rmm-memory`, `rmm-aux`
 */
export function bootRmm(machine: Machine): void {
  const { memory, recAuxCount } = machine.platform.rmm;
  const { end } = rmmRegions(machine.platform);
  if (end > memory.base + memory.size) throw rmmMemoryTooSmall(memory.size, end - memory.base);
  if (recAuxCount < MIN_AUX) throw tooFewAuxGranules(recAuxCount, MIN_AUX);
  bootMec(machine);
  registerRmm(machine, BigInt(memory.base), BigInt(memory.base + VECTORS_OFFSET));
}

/** Evaluations are what an observer asked for; they are not saved. */
export const saveRmm = (rmm: RmmState): Saved =>
  plainCopy({
    calls: rmm.calls,
    frames: rmm.frames,
    guestFrames: rmm.guestFrames,
    entries: rmm.entries,
    finished: rmm.finished,
  });

export function restoreRmm(rmm: RmmState, saved: Saved): void {
  const from = plainCopy(saved) as unknown as Omit<RmmState, 'evaluations'>;
  rmm.calls = from.calls;
  const replace = <T>(list: T[], values: readonly T[]): void => {
    list.splice(0, list.length, ...values);
  };
  replace(rmm.frames, from.frames);
  replace(rmm.guestFrames, from.guestFrames);
  replace(rmm.entries, from.entries);
  replace(rmm.finished, from.finished);
}

/** A deep copy of plain data. */
function plainCopy(value: unknown): Saved {
  if (Array.isArray(value)) return value.map(plainCopy);
  if (value instanceof Uint8Array) return value.slice();
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainCopy(item)]));
  }
  return value as Saved;
}

const ESR_SMC = 0x5e00_0000;

/** X0..Xn as far as the row's inputs reach, and X4, which an RMI command may have to give back. */
function argumentsOf(pe: Pe, row: CommandRow): Word[] {
  const words: Word[] = [];
  for (let register = 0, last = lastArgument(row); register <= last; register++) words.push(readXWord(pe, register));
  return words;
}

/** Returns from R-EL2: the SMC that a real RMM would execute. */
function returnToHost(machine: Machine, pe: Pe, results: readonly Word[]): void {
  for (let index = 0; index < 5; index++) writeXWord(pe, index + 1, results[index] ?? 0);
  writeXWord(pe, 0, RMM_RMI_REQ_COMPLETE);
  takeException(machine, pe, { targetEl: 3, kind: 'sync', esr: ESR_SMC, returnAddress: readPcWord(pe) });
}

function beginRmi(machine: Machine, pe: Pe): void {
  const row = rowFor('host', fidOf(readW(pe, 0)), machine.platform.rmm.versionSet);
  if (row === undefined) returnToHost(machine, pe, [SMCCC_NOT_SUPPORTED, 0n, 0n, 0n, readX(pe, 4)]);
  else machine.rmm.frames[pe.index] = beginFrame(machine, pe.index, row, argumentsOf(pe, row));
}

function stepRmi(machine: Machine, pe: Pe, frame: Frame): void {
  if (stepFrame(machine, frame) !== 'done') return;
  machine.rmm.frames[pe.index] = null;
  machine.rmm.finished[pe.index] = frame;
  returnToHost(machine, pe, frame.results);
}

/** The stage at which RMI_REC_ENTER waits for the Realm's next exception. */
const awaitsRealm = (frame: Frame): boolean => {
  const stage = rowOf(frame).stages[frame.stage];
  return stage?.kind === 'do' && stage.name === 'exception';
};

function beginGuest(machine: Machine, pe: Pe, enter: Frame): void {
  const fid = fidOf(readW(pe, 0));
  const row = rowFor('realm', fid, machine.platform.rmm.versionSet);
  if (row === undefined) {
    resumeRealm(pe, enter, [SMCCC_NOT_SUPPORTED, 0n, 0n, 0n]);
    return;
  }
  // SMCCC: a function identifier is W0, and the arguments of a call by SMC32 are W1 and up.
  const isSmc32 = fid < 0xc000_0000;
  const args = argumentsOf(pe, row).map((value) => (isSmc32 ? lowerHalf(value) : value));
  args[0] = fid;
  machine.rmm.guestFrames[pe.index] = beginFrame(machine, pe.index, row, args);
}

/** The SMC is retired with these results; the REC goes on. */
function resumeRealm(pe: Pe, enter: Frame, results: readonly Word[]): void {
  results.forEach((value, register) => {
    writeXWord(pe, register, value);
  });
  retire(pe);
  goTo(enter, 'timers');
}

function stepGuest(machine: Machine, pe: Pe, guest: Frame, enter: Frame): void {
  const outcome = stepFrame(machine, guest);
  if (outcome === 'running') return;
  const { rmm } = machine;
  rmm.guestFrames[pe.index] = null;
  rmm.finished[pe.index] = guest;
  if (outcome === 'done') {
    resumeRealm(pe, enter, guest.results);
    return;
  }
  emitEnd(machine, guest, 0);
  goTo(enter, 'leave');
}

/**
 * Whether another PE is inside a command: one may use what it has checked before the next one looks. RMM 1.0 leaves the
 * locks to the implementation; here there is one for all. A PE gives it up while its REC is in the Realm.
 */
function isHeldByAnother({ pes, rmm }: Machine, pe: Pe): boolean {
  return pes.some((other) => {
    const frame = rmm.frames[other.index] ?? null;
    if (other === pe || frame === null || other.runner !== 'rmm') return false;
    return (rmm.guestFrames[other.index] ?? null) !== null || !awaitsRealm(frame);
  });
}

/** One micro-step on a PE whose runner is 'rmm'. */
export function stepRmm(machine: Machine, pe: Pe): void {
  const { rmm } = machine;
  const frame = rmm.frames[pe.index] ?? null;
  const guest = rmm.guestFrames[pe.index] ?? null;
  const arrives = frame === null || (guest === null && awaitsRealm(frame));
  if (arrives && machine.pes.length > 1 && isHeldByAnother(machine, pe)) return;
  if (frame === null) beginRmi(machine, pe);
  else if (guest !== null) stepGuest(machine, pe, guest, frame);
  else if (rmm.entries[pe.index] !== null && awaitsRealm(frame) && isGuestCall(pe)) beginGuest(machine, pe, frame);
  else stepRmi(machine, pe, frame);
}
