import type { Pa } from '../../../address';
import { hex } from '../../../format';
import { GranuleState } from '../../granules/state';
import { recIndexOfMpidrEl1 } from '../../rec/mpidr';
import {
  REC,
  RESET_PSTATE,
  RESET_SCTLR,
  recField,
  recField64,
  recOwner,
  setRecField,
  setRecField64,
} from '../../rec/rec';
import { statusValue } from '../../status';
import { REC_SYSREGS, RecState } from '../../structures/rec';
import { psciPendingValues, recStateValues } from '../rec-values';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import { act, argPa, fail, granuleChecks, input, RMI_RESULT, raw } from '../stages';

const INPUT = 'RMI_ERROR_INPUT';
const CPU_ON = [0xc400_0003n, 0x8400_0003n];
const DENIED = 0xffff_ffff_ffff_fffdn;
const AFFINITY_ON = 0n;
const AFFINITY_OFF = 1n;
/** SCTLR_EL1.EE: the caller's endianness goes over to the target. */
const SCTLR_EE = 1n << 25n;

const caller = ({ frame }: StageContext): Pa => argPa(frame, 1);
const target = ({ frame }: StageContext): Pa => argPa(frame, 2);

/** W0 without the SVE hint. */
const FID = 0xfffe_ffffn;
const SMC64 = 0x4000_0000n;

/** FID of the pending call, still in the caller's X0. */
const pendingFid = (context: StageContext): bigint => recField64(context.machine, caller(context), REC.gprs, 0) & FID;

/** An argument of the pending call, still in the caller's registers: of a call by SMC32, the lower half. */
function pendingArgument(context: StageContext, register: number): bigint {
  const value = recField64(context.machine, caller(context), REC.gprs, register);
  return (pendingFid(context) & SMC64) !== 0n ? value : BigInt.asUintN(32, value);
}

const isCpuOn = (context: StageContext): boolean => CPU_ON.includes(pendingFid(context));

const targetIsOn = (context: StageContext): boolean =>
  recField(context.machine, target(context), REC.state) === RecState.Running ||
  recField(context.machine, target(context), REC.runnable) !== 0;

function startTarget(context: StageContext): void {
  const { machine } = context;
  const from = caller(context);
  const to = target(context);
  const sctlr = REC_SYSREGS.indexOf('SCTLR_EL1');
  const endian = recField64(machine, from, REC.sysregs, sctlr) & SCTLR_EE;
  setRecField64(machine, to, REC.gprs, pendingArgument(context, 3), 0);
  setRecField64(machine, to, REC.pc, pendingArgument(context, 2));
  setRecField64(machine, to, REC.pstate, RESET_PSTATE);
  setRecField64(machine, to, REC.sysregs, RESET_SCTLR | endian, sctlr);
  setRecField(machine, to, REC.runnable, 1);
}

/** Ends the pending request. */
function complete(context: StageContext): void {
  const { machine, frame } = context;
  const calling = caller(context);
  const on = targetIsOn(context);
  let result: bigint;
  if (!isCpuOn(context)) {
    result = on ? AFFINITY_ON : AFFINITY_OFF;
  } else if (on) {
    result = statusValue('PSCI_ALREADY_ON');
  } else if (raw(frame, 3) === DENIED) {
    result = statusValue('PSCI_DENIED');
  } else {
    startTarget(context);
    result = 0n;
  }
  setRecField64(machine, calling, REC.gprs, result, 0);
  for (const register of [1, 2, 3]) setRecField64(machine, calling, REC.gprs, 0n, register);
  setRecField(machine, calling, REC.psciPending, 0);
}

export const psciComplete: CommandRow = {
  name: 'RMI_PSCI_COMPLETE',
  interface: 'rmi',
  fid: 0xc400_0164,
  versions: VERSION_SETS,
  summary: 'Answer a pending PSCI request made by one REC about another.',
  ticks: 600,
  inputs: [
    input(1, 'calling_rec', 'Address', 'PA of the REC that made the PSCI call'),
    input(2, 'target_rec', 'Address', 'PA of the REC named by the call'),
    input(3, 'status', 'PsciReturnCode', 'Host decision'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    fail(
      'alias',
      'calling_rec == target_rec',
      INPUT,
      ({ frame }) => raw(frame, 1) === raw(frame, 2),
      ({ frame }) => [
        ['calling_rec', hex(raw(frame, 1))],
        ['target_rec', hex(raw(frame, 2))],
      ],
    ),
    ...granuleChecks(1, 'calling_rec', GranuleState.Rec, 'calling'),
    ...granuleChecks(2, 'target_rec', GranuleState.Rec, 'target'),
    fail(
      'calling_running',
      'calling_rec is running on some PE',
      INPUT,
      (context) => recField(context.machine, caller(context), REC.state) === RecState.Running,
      (context) => recStateValues(context.machine, 'calling_rec', caller(context)),
    ),
    fail(
      'pending',
      'Rec(calling_rec).psci_pending != PSCI_REQUEST_PENDING',
      INPUT,
      (context) => recField(context.machine, caller(context), REC.psciPending) === 0,
      (context) => psciPendingValues(context.machine, 'calling_rec', caller(context)),
    ),
    fail(
      'owner',
      'the two RECs belong to different Realms',
      INPUT,
      (context) => recOwner(context.machine, caller(context)) !== recOwner(context.machine, target(context)),
      (context) => [
        ['owner of calling_rec', hex(recOwner(context.machine, caller(context)))],
        ['owner of target_rec', hex(recOwner(context.machine, target(context)))],
      ],
    ),
    fail(
      'target',
      'RecIndex(Rec(calling_rec).gprs[1]) != index of target_rec',
      INPUT,
      (context) =>
        recIndexOfMpidrEl1(pendingArgument(context, 1)) !== recField(context.machine, target(context), REC.index),
      (context) => [
        ['RecIndex(Rec(calling_rec).gprs[1])', recIndexOfMpidrEl1(pendingArgument(context, 1))],
        ['index of target_rec', recField(context.machine, target(context), REC.index)],
      ],
    ),
    fail(
      'status',
      'status is not allowed for the pending call',
      INPUT,
      (context) => {
        const status = raw(context.frame, 3);
        return status !== 0n && !(isCpuOn(context) && status === DENIED);
      },
      (context) => [
        ['status', hex(raw(context.frame, 3))],
        ['pending call', hex(pendingFid(context))],
      ],
    ),
    fail(
      'denied_on',
      'status == DENIED, but the target is on',
      INPUT,
      (context) => isCpuOn(context) && raw(context.frame, 3) === DENIED && targetIsOn(context),
      (context) => [
        ['status', hex(raw(context.frame, 3))],
        ['pending call', hex(pendingFid(context))],
        ['target_rec is on', targetIsOn(context)],
      ],
      { effects: complete },
    ),
    act('complete', 'target started or reported; caller X0 := result, X1..X3 := 0; request ended', complete),
  ],
  notes: ['With denied_on the request is completed all the same, with ALREADY_ON.'],
};
