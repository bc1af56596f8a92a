import { exceptionReturn } from '../../../cpu/exceptions/return';
import type { Pe } from '../../../cpu/pe';
import { hex } from '../../../format';
import { emit } from '../../../machine/event-ring';
import { Pas } from '../../../memory/pas';
import { granulePas } from '../../granules/pas';
import { GranuleState } from '../../granules/state';
import { realmSpace, realmState } from '../../realm/rd';
import { completeAbort, completeHostCall, completeRipasChange, completeSysregRead } from '../../realm-entry/complete';
import { handleException } from '../../realm-entry/exceptions';
import { clearGic, gicFault, loadGic, saveGic } from '../../realm-entry/gic';
import { clearPmu } from '../../realm-entry/pmu';
import { EnterFlag, type RecEnter, readEntry, writeExit } from '../../realm-entry/run-page';
import { loadSerror, saveSerror } from '../../realm-entry/serror';
import { loadRealmRegisters } from '../../realm-entry/stage2';
import { ExitReason } from '../../realm-entry/syndrome';
import { checkTimers, clearTimers, loadTimers, saveTimers } from '../../realm-entry/timers';
import { loadContext, saveContext } from '../../rec/context';
import { REC, recField, recOwner, setRecField } from '../../rec/rec';
import type { RecEntry } from '../../state';
import { statusValue } from '../../status';
import { REALM_STATE_NAMES, RealmState } from '../../structures/rd';
import { RecState } from '../../structures/rec';
import { psciPendingValues, recStateValues } from '../rec-values';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import {
  act,
  argPa,
  exit,
  fail,
  granuleChecks,
  hostPageChecks,
  input,
  jump,
  letStage,
  local,
  RMI_RESULT,
  setLocal,
} from '../stages';

const recOf = ({ frame }: StageContext) => argPa(frame, 1);
const peOf = ({ machine, frame }: StageContext): Pe => machine.pes[frame.pe] as Pe;
const enterOf = ({ frame }: StageContext): RecEnter => local<RecEnter>(frame, 'enter');
const entryOf = ({ machine, frame }: StageContext): RecEntry => machine.rmm.entries[frame.pe] as RecEntry;
const realmStateOf = (context: StageContext): RealmState =>
  realmState(context.machine, recOwner(context.machine, recOf(context)));

const stateCheck = (id: string, state: RealmState, index: number) =>
  fail(
    id,
    `Realm(Rec(rec).owner).state == ${REALM_STATE_NAMES[state]}`,
    'RMI_ERROR_REALM',
    (context) => realmStateOf(context) === state,
    (context) => [['Realm(Rec(rec).owner).state', REALM_STATE_NAMES[realmStateOf(context)]]],
    { index: () => index },
  );

/** The REC's registers and the Realm's stage 2 go into the PE; the REC is RUNNING. */
function load(context: StageContext): void {
  const { machine, frame } = context;
  const rec = recOf(context);
  const rd = recOwner(machine, rec);
  const entry: RecEntry = { rec, rd, run: argPa(frame, 2), exit: null };
  machine.rmm.entries[frame.pe] = entry;
  setRecField(machine, rec, REC.state, RecState.Running);
  setRecField(machine, rec, REC.runningOn, frame.pe);
  const pe = peOf(context);
  const { flags, gicHcr, gicLrs } = enterOf(context);
  loadContext(machine, pe, rec);
  loadRealmRegisters(machine, pe, entry, realmSpace(machine, rd), {
    wfi: (flags & EnterFlag.trapWfi) !== 0,
    wfe: (flags & EnterFlag.trapWfe) !== 0,
  });
  loadSerror(machine, pe, entry);
  loadTimers(machine, pe, rec);
  loadGic(machine, pe, rec, gicHcr, gicLrs);
}

/** The REC has left: its registers are saved, the Host's page is written. */
function leave(context: StageContext): void {
  const { machine, frame } = context;
  const pe = peOf(context);
  const entry = entryOf(context);
  const reason = entry.exit ?? { reason: 0 };
  saveContext(machine, pe, entry.rec);
  saveTimers(machine, pe, entry.rec);
  saveGic(machine, pe, entry.rec);
  saveSerror(machine, pe, entry);
  // Another PE may have taken the page from the Host meanwhile.
  if (granulePas(machine, entry.run) === Pas.NonSecure) writeExit(machine, pe, entry.run, reason);
  else frame.results[0] = statusValue('RMI_ERROR_INPUT');
  clearGic(machine, pe);
  clearTimers(pe);
  clearPmu(machine, pe);
  setRecField(machine, entry.rec, REC.state, RecState.Ready);
  machine.rmm.entries[frame.pe] = null;
  emit(machine, 'rec', frame.pe, entry.rec, entry.rd, 1, reason.reason);
}

export const recEnter: CommandRow = {
  name: 'RMI_REC_ENTER',
  interface: 'rmi',
  fid: 0xc400_015c,
  versions: VERSION_SETS,
  summary: 'Run a REC until it exits to the Host.',
  ticks: 1500,
  inputs: [
    input(1, 'rec', 'Address', 'PA of the REC'),
    input(2, 'run_ptr', 'RmiRecRun', 'PA of an NS page holding RmiRecRun'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    ...hostPageChecks(2, 'run_ptr', 'run'),
    ...granuleChecks(1, 'rec', GranuleState.Rec, 'rec', 'rec_gran_state'),
    fail(
      'rec_state',
      'Rec(rec).state == REC_RUNNING',
      'RMI_ERROR_REC',
      (context) => recField(context.machine, recOf(context), REC.state) === RecState.Running,
      (context) => recStateValues(context.machine, 'rec', recOf(context)),
    ),
    stateCheck('realm_new', RealmState.New, 0),
    stateCheck('system_off', RealmState.SystemOff, 1),
    fail(
      'rec_runnable',
      'Rec(rec).flags.runnable == NOT_RUNNABLE',
      'RMI_ERROR_REC',
      (context) => recField(context.machine, recOf(context), REC.runnable) === 0,
      (context) => [
        [
          'Rec(rec).flags.runnable',
          recField(context.machine, recOf(context), REC.runnable) === 0 ? 'NOT_RUNNABLE' : 'RUNNABLE',
        ],
      ],
    ),
    fail(
      'rec_psci',
      'Rec(rec).psci_pending == PSCI_REQUEST_PENDING',
      'RMI_ERROR_REC',
      (context) => recField(context.machine, recOf(context), REC.psciPending) !== 0,
      (context) => psciPendingValues(context.machine, 'rec', recOf(context)),
    ),
    letStage('enter', 'RmiRecEnter at run_ptr', ({ machine, frame }) =>
      setLocal(frame, 'enter', readEntry(machine, argPa(frame, 2))),
    ),
    fail(
      'rec_gicv3',
      'entry.gicv3_hcr or any implemented entry.gicv3_lrs[n] is invalid',
      'RMI_ERROR_REC',
      (context) => gicFault(context.machine, enterOf(context).gicHcr, enterOf(context).gicLrs) !== null,
      (context) => [
        ['gicv3_hcr', hex(enterOf(context).gicHcr)],
        ['invalid', gicFault(context.machine, enterOf(context).gicHcr, enterOf(context).gicLrs)],
      ],
    ),
    fail(
      'rec_sea',
      'entry.flags.inject_sea set but the last exit was not a Data Abort at an Unprotected IPA',
      'RMI_ERROR_REC',
      (context) =>
        (enterOf(context).flags & EnterFlag.injectSea) !== 0 &&
        recField(context.machine, recOf(context), REC.injectable) === 0,
      (context) => [
        ['entry.flags', hex(enterOf(context).flags)],
        ['last exit at an Unprotected IPA', recField(context.machine, recOf(context), REC.injectable) !== 0],
      ],
    ),
    fail(
      'rec_mmio',
      'entry.flags.emul_mmio set and Rec(rec).emulatable_abort == NOT_EMULATABLE_ABORT',
      'RMI_ERROR_REC',
      (context) =>
        (enterOf(context).flags & (EnterFlag.emulMmio | EnterFlag.injectSea)) === EnterFlag.emulMmio &&
        recField(context.machine, recOf(context), REC.emulatable) === 0,
      (context) => [
        ['entry.flags', hex(enterOf(context).flags)],
        [
          'Rec(rec).emulatable_abort',
          recField(context.machine, recOf(context), REC.emulatable) === 0 ? 'NOT_EMULATABLE_ABORT' : 'EMULATABLE_ABORT',
        ],
      ],
    ),
    act('load', 'REC registers, stage 2 of the Realm and virtual GIC state into the PE; state := RUNNING', load),
    act('abort', 'inject SEA, or complete MMIO emulation', (context) =>
      completeAbort(context.machine, peOf(context), entryOf(context), enterOf(context)),
    ),
    act('ripas', 'complete RIPAS change', (context) =>
      completeRipasChange(context.machine, peOf(context), entryOf(context), enterOf(context)),
    ),
    act('sysreg', 'complete trapped system register read', (context) =>
      completeSysregRead(context.machine, peOf(context), entryOf(context), enterOf(context)),
    ),
    act('host_call', 'complete host call', (context) => {
      const done = completeHostCall(context.machine, peOf(context), entryOf(context), enterOf(context));
      if (!done) jump(context.frame, 'leave');
    }),
    act('timers', 'check timers: an output that differs from the last exit ends the entry', (context) => {
      const { machine, frame } = context;
      const entry = entryOf(context);
      if (!checkTimers(machine, peOf(context), entry.rec)) return;
      entry.exit = { reason: ExitReason.Irq };
      jump(frame, 'leave');
    }),
    exit('run', 'ERET into the Realm', (context) => {
      const { machine, frame } = context;
      const { rec, rd } = entryOf(context);
      emit(machine, 'rec', frame.pe, rec, rd, 0, 0);
      exceptionReturn(machine, peOf(context));
    }),
    act('exception', 'the Realm took an exception to R-EL2', (context) => {
      const { machine, frame } = context;
      const entry = entryOf(context);
      const outcome = handleException(machine, peOf(context), entry);
      if (outcome === 'fatal') return 'again';
      entry.exit = outcome;
      if (outcome === null) jump(frame, 'timers');
      return undefined;
    }),
    act('leave', 'REC registers saved, RmiRecExit written; state := READY', leave),
  ],
  notes: [
    'RMI_SUCCESS does not mean that a Realm instruction was executed.',
    'run_ptr.exit is written only when the result is RMI_SUCCESS.',
  ],
};
