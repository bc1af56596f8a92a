/** One micro-step of the built-in VMM: make the next call, or take in the answer to the last one. */
import type { Pe } from '../cpu/pe';
import { formatAddress } from '../format';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { flushLines } from './console';
import { planOf } from './plan';
import { lineAddress, type PlanLine, scopeOfLine } from './plan-line';
import { statusText } from './rmi';
import { schedule, wake } from './scheduler';
import { endRealm, scopeOf } from './scope';
import { serveEntry, serviceDone } from './service';
import { callRmm, readResults } from './smc';

/** The PE's runner is `host`: it is at Non-secure EL2 with nothing running but this. */
export function stepHost(machine: Machine, pe: Pe): void {
  const { progress } = machine.host;
  if (progress.sleeping === pe.index) wake(machine, pe);
  else if (progress.call !== null) takeAnswer(machine, pe);
  else if (progress.service.length > 0) callService(machine, pe);
  else callPlan(machine, pe);
}

function callService(machine: Machine, pe: Pe): void {
  const { progress } = machine.host;
  const next = progress.service[0];
  if (next === undefined) return;
  issue(machine, pe, next.name, next.args, true);
}

/** Goes to the next line that has something to do, and does it; turns the PE off when there is none. */
function callPlan(machine: Machine, pe: Pe): void {
  const { progress } = machine.host;
  const plan = planOf(machine.host);
  for (let line = plan[progress.line]; line !== undefined; line = plan[progress.line]) {
    const scope = scopeOfLine(machine, line);
    if (line.more(scope)) {
      if (line.run && !schedule(machine, pe)) return;
      const { name, args } = line.call(scope);
      issue(machine, pe, name, args, false);
      return;
    }
    progress.line++;
    progress.index = 0;
  }
  progress.finished = true;
  pe.runner = 'off';
}

function issue(machine: Machine, pe: Pe, name: string, args: readonly number[], service: boolean): void {
  const { progress } = machine.host;
  progress.call = { name, args, service };
  emit(machine, 'host', pe.index, progress.line, progress.index);
  callRmm(machine, pe, lineAddress(machine.host, progress.line), name, args);
}

function takeAnswer(machine: Machine, pe: Pe): void {
  const { progress } = machine.host;
  const { call } = progress;
  if (call === null) return;
  const results = readResults(pe);
  progress.call = null;
  if (call.service) {
    const served = progress.service.shift();
    if (served !== undefined) serviceDone(scopeOf(machine, pe, served.realm), served, results);
    flushLines(machine, pe);
    return;
  }
  const line = planOf(machine.host)[progress.line];
  if (line !== undefined) planAnswer(machine, pe, line, call.name, call.args, results);
}

function planAnswer(
  machine: Machine,
  pe: Pe,
  line: PlanLine,
  name: string,
  args: readonly number[],
  results: readonly bigint[],
): void {
  const { progress } = machine.host;
  if (line.run) {
    serveEntry(scopeOf(machine, pe, progress.current), results);
    flushLines(machine, pe);
    return;
  }
  const x0 = results[0] ?? 0n;
  if (x0 === 0n) {
    if (line.done(scopeOfLine(machine, line), results) !== 'again') progress.index++;
    return;
  }
  refuse(machine, line, `${name}(${args.map(formatAddress).join(', ')}) answered ${statusText(x0)}.`);
}

/** A call of the plan failed. Set-up goes to teardown; a teardown that fails cannot go on. */
function refuse(machine: Machine, line: PlanLine, text: string): void {
  const { progress } = machine.host;
  const realms = line.realm < 0 ? progress.realms : progress.realms.filter((_, index) => index === line.realm);
  for (const own of realms) {
    endRealm(own, { kind: 'refused', code: -1, text });
    if (!line.teardown) continue;
    own.recs = [];
    own.pages = [];
    own.tables = [];
    own.delegated = [];
    own.created = false;
    own.folded = [];
    own.sharedTop = 0;
  }
}
