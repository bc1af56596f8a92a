/** Listens to the machine: consoles, command breakpoints, exception filters, what changed, and the trace. */

import { type EventRecord, eventFields, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { requestStop } from '../../emulator/machine/stop';
import { Pas } from '../../emulator/memory/pas';
import { rowOfFid } from '../../emulator/rmm/commands/rows';
import { evaluateCall, resultText, valuesText } from '../../emulator/rmm/inspect';
import { readTrace, renderCall } from '../../emulator/trace/trace';
import { exceptionClass, faultOf, isGranuleProtectionFault } from '../breakpoints/exception-filters';
import { showHex } from '../format';
import { CHANGE_EVENTS, type Changes, noteChange } from './changes';
import { consoleByte, type Output, tell } from './output';
import type { Caught, Session, Target } from './state';

const LISTENED = ['console', 'commandBegin', 'commandEnd', 'rec', 'exception', ...CHANGE_EVENTS] as const;

/** Subscribes the session to a machine; returns the function that ends it. */
export function listen(session: Session, machine: Machine, output: Output, changed: Changes): () => void {
  const pick = (caught: Caught, text: string): void => {
    session.caught.push(caught);
    requestStop(machine, { kind: 'event', text, pe: caught.pe });
  };
  const handle = (record: EventRecord): void => {
    if (session.target?.configuration.trace) traceRecord(session, session.target, record);
    const fields = eventFields(record);
    switch (record.name) {
      case 'console':
        consoleByte(output, Number(fields['channel']), Number(fields['byte']));
        return;
      case 'granuleState':
      case 'gpi':
      case 'rtte':
        noteChange(changed, record.name, fields);
        return;
      case 'commandBegin':
        command(session, record, fields, 'before', pick);
        return;
      case 'commandEnd':
        command(session, record, fields, 'after', pick);
        return;
      case 'exception':
        exception(session, record, fields, pick);
        return;
      default:
    }
  };
  return subscribe(machine.events, handle, LISTENED);
}

type Pick = (caught: Caught, text: string) => void;

function command(
  session: Session,
  record: EventRecord,
  fields: Record<string, bigint>,
  when: 'before' | 'after',
  pick: Pick,
): void {
  const fid = Number(fields['fid']);
  const name = rowOfFid(fid)?.name;
  if (name === undefined || session.target?.configuration.noDebug) return;
  const call = Number(fields['call']);
  const caught = { kind: 'command', name, when, call, pe: record.pe, fid } as const;
  const { commands, exceptions } = session.breakpoints;
  const failed = when === 'after' && hasFailed(fields);
  if (failed && exceptions.has('command-failed')) {
    const [text, details] = failureText(session, name, call, fields);
    pick({ kind: 'exception', filter: 'command-failed', text, details, pe: record.pe, call }, text);
  }
  const isEntry = session.entryPending && when === 'before' && name.startsWith('RMI_');
  const isBroken =
    commands.some(({ stop }) => stop.name === name && stop.when === when) ||
    (session.target?.configuration.breakOn ?? []).some((stop) => stop.name === name && stop.when === when);
  if (isEntry || isBroken || session.goal?.watch?.(caught)) pick(caught, `${name} ${when}`);
}

/** `RMI_RTT_CREATE failed: RMI_ERROR_RTT (index 2)`, and the condition that held with the values it compared. */
function failureText(
  session: Session,
  name: string,
  call: number,
  fields: Record<string, bigint>,
): readonly [text: string, details: string] {
  const evaluation = session.target ? evaluateCall(session.target.machine, call) : null;
  const result = evaluation?.result ? resultText(evaluation.result) : `X0 = ${showHex(fields['x0'] ?? 0n)}`;
  const stage = evaluation?.stages[Number(fields['failed'] ?? 0n) - 1];
  const values = stage === undefined || stage.values.length === 0 ? '' : `  [${valuesText(stage.values)}]`;
  const text = `${name} failed: ${result}`;
  return [text, stage === undefined ? text : `${stage.id}: ${stage.text}${values}`];
}

/** `failed` names the stage; a row may also return a status of its own without a failing condition. */
const hasFailed = (fields: Record<string, bigint>): boolean => (fields['failed'] ?? 0n) !== 0n;

function exception(session: Session, record: EventRecord, fields: Record<string, bigint>, pick: Pick): void {
  const { exceptions } = session.breakpoints;
  const esr = fields['esr'] ?? 0n;
  const world = Number(fields['world']);
  const place = `PC ${showHex(fields['elr'] ?? 0n)}, FAR ${showHex(fields['far'] ?? 0n)}, ESR ${showHex(esr)}`;
  if (session.target?.configuration.noDebug) return;
  if (exceptions.has('granule-protection-fault') && isGranuleProtectionFault(esr)) {
    const text = `Granule protection fault at ${showHex(fields['far'] ?? 0n)}`;
    pick({ kind: 'exception', filter: 'granule-protection-fault', text, details: place, pe: record.pe }, text);
    return;
  }
  // What EL2 gets from a Realm is the RMM's and the Host's daily work; a fault of the guest itself goes to its EL1.
  const toEl1 = Number(fields['toEl']) === 1 && world === Pas.Realm;
  const isInterrupt = fields['kind'] === 1n || fields['kind'] === 2n;
  const fault = toEl1 && !isInterrupt ? faultOf(esr) : undefined;
  if (fault === undefined || !exceptions.has('guest-fault')) return;
  const text = exceptionClass(esr) === 60 ? `BRK #${showHex(esr & 0xffffn)}` : `Guest fault: ${fault}`;
  pick({ kind: 'exception', filter: 'guest-fault', text, details: place, pe: record.pe }, text);
}

/** Lines of the call trace that a record completes; calls inside others are indented. */
function traceRecord(session: Session, target: Target, record: EventRecord): void {
  for (const entry of readTrace(target.trace, record)) {
    tell(session.send, `#${entry.call} ${entry.world.padEnd(5)} ${'  '.repeat(entry.depth)}${renderCall(entry)}`);
  }
}
