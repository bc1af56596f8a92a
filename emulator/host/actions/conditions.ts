/** What `until` waits for. */
import { currentEl, securityState } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { Pas } from '../../memory/pas';
import { rowOfFid } from '../../rmm/commands/rows';
import type { WaitStage } from './state';
import type { Condition } from './types';

/** Whether the actions of a PE are done. */
function isDone(machine: Machine, index: number): boolean {
  const { actions } = machine.host;
  return (actions?.progress.threads[index]?.pc ?? 0) >= (actions?.program.threads[index]?.length ?? 0);
}

export function holds(machine: Machine, { done, inRealm }: Condition): boolean {
  if (done !== undefined && !isDone(machine, done)) return false;
  const pe = inRealm === undefined ? undefined : machine.pes[inRealm];
  return pe === undefined || (securityState(pe) === Pas.Realm && currentEl(pe) < 2);
}

/** Whether a call has passed a stage: `missed` once it has answered without. */
export function stagePassed(machine: Machine, wait: WaitStage): 'passed' | 'not yet' | 'missed' {
  const { actions } = machine.host;
  const thread = actions?.progress.threads[wait.pe];
  if (thread === undefined || thread.pc < wait.op) return 'not yet';
  if (thread.pc > wait.op) return 'missed';
  if (thread.phase === 'answer' && machine.pes[wait.pe]?.runner === 'host') return 'missed';
  const frame = machine.rmm.frames[wait.pe] ?? null;
  const stages = frame === null ? [] : (rowOfFid(frame.fid)?.stages ?? []);
  const at = stages.findIndex((stage) => (stage.kind === 'fail' ? stage.id : stage.name) === wait.passed);
  return frame !== null && at >= 0 && frame.stage > at ? 'passed' : 'not yet';
}
