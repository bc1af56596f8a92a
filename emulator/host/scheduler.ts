/**
 * Which REC runs: those that are on take turns, of all Realms together. One that waits is passed over until an interrupt
 * is pending for it; when all of them wait, so does the Host, for the first of their timers.
 */
import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { isInterrupted, nextTimer, writeInterrupts } from './interrupts';
import { readWord, writeWord } from './memory';
import { maskOverflow, setTimer, takeInterrupt } from './physical';
import { ENTER, listRegistersOf, RUN } from './rmi';
import type { HostProgress, HostRecProgress } from './saved';

/** Ticks (10 ns) a REC may run while others could. */
const TIME_SLICE = 50_000;

/** A REC, by Realm and index. */
interface Candidate {
  readonly realm: number;
  readonly rec: number;
  readonly state: HostRecProgress;
}

/** The RECs of Realms that have not ended, in a fixed order. */
const candidates = ({ realms }: HostProgress): Candidate[] =>
  realms.flatMap(({ ended, states }, realm) => (ended ? [] : states.map((state, rec) => ({ realm, rec, state }))));

const isReady = ({ state }: Candidate, now: number): boolean =>
  state.on && (!state.waiting || isInterrupted(state, now));

/** The next REC to enter, or undefined when none can run: the one that left unless it yielded, else the next in order. */
function choose(progress: HostProgress, all: readonly Candidate[], now: number): Candidate | undefined {
  const { current, realms, turnEnd } = progress;
  const turn = realms[current]?.turn ?? 0;
  const after = all.findIndex(({ realm, rec }) => realm > current || (realm === current && rec > turn));
  const from = after < 0 ? 0 : after;
  const order = [...all.slice(from), ...all.slice(0, from)];
  const last = all.find(({ realm, rec }) => realm === current && rec === turn);
  if (!progress.yielded && now < turnEnd && last !== undefined) order.unshift(last);
  return order.find((each) => isReady(each, now));
}

/** The REC that left gives its turn away. */
export function yieldTurn(progress: HostProgress): void {
  progress.yielded = true;
}

/** It waits for an interrupt. */
export function waitForInterrupt(progress: HostProgress, state: HostRecProgress): void {
  state.waiting = true;
  yieldTurn(progress);
}

/** Chooses a REC and prepares its entry; false when the Host has to wait, which it then does. */
export function schedule(machine: Machine, pe: Pe): boolean {
  const { progress, layout } = machine.host;
  const all = candidates(progress);
  // One REC alone needs none of this: it waits in the PE, and nothing takes the PE from it.
  const shares = progress.realms.reduce((sum, { states }) => sum + states.length, 0) > 1;
  const now = machine.clock.ticks;
  if (progress.turnEnd === 0) progress.turnEnd = now + TIME_SLICE;
  const next = choose(progress, all, now);
  if (next === undefined) {
    sleep(machine, pe, all);
    return false;
  }
  const own = progress.realms[next.realm];
  const run = layout?.realms[next.realm]?.recs[next.rec]?.run;
  if (own === undefined || run === undefined) throw new RangeError('a REC without a place');
  if (progress.yielded || now >= progress.turnEnd) progress.turnEnd = now + TIME_SLICE;
  progress.current = next.realm;
  progress.yielded = false;
  own.turn = next.rec;
  next.state.waiting = false;
  writeInterrupts(machine, run, next.state, listRegistersOf(progress.features));
  maskOverflow(machine, pe, next.state.overflow);
  if (shares) {
    writeWord(machine, run + RUN.enterFlags, readWord(machine, run + RUN.enterFlags) | BigInt(ENTER.trapWfi));
    limitTurn(pe, all, next, progress.turnEnd, now);
  }
  return true;
}

/** The Host's own timer ends the turn when another REC could run, else when one that waits will be able to. */
function limitTurn(pe: Pe, all: readonly Candidate[], running: Candidate, end: number, now: number): void {
  const others = all.filter((each) => each !== running && each.state.on);
  const turn = others.some((each) => isReady(each, now)) ? end : Number.POSITIVE_INFINITY;
  setTimer(pe, Math.min(turn, ...others.map(({ state }) => nextTimer(state))));
}

/** A physical interrupt ended the REC's run. When it was the Host's timer, the next one has its turn. */
export function serveInterrupt(machine: Machine, pe: Pe): void {
  if (takeInterrupt(machine, pe)) yieldTurn(machine.host.progress);
}

/** Nothing to run: the PE waits until the first timer of a waiting REC; for ever when there is none. */
function sleep(machine: Machine, pe: Pe, all: readonly Candidate[]): void {
  setTimer(pe, Math.min(...all.filter(({ state }) => state.on).map(({ state }) => nextTimer(state))));
  machine.host.progress.sleeping = pe.index;
  pe.runner = 'waiting';
}

/** The wait is over. */
export function wake(machine: Machine, pe: Pe): void {
  takeInterrupt(machine, pe);
  setTimer(pe, Number.POSITIVE_INFINITY);
  machine.host.progress.sleeping = -1;
}
