import { measureRec } from '../../../../attestation/measurement/measurement';
import { granuleOf, isGranuleAligned, type Pa, pa } from '../../../address';
import { type SysregName, sysregRow } from '../../../cpu/sysreg/sysreg';
import { hex } from '../../../format';
import type { Machine } from '../../../machine/machine';
import { delegableIndex } from '../../../machine/platform';
import { zeroGranule } from '../../../memory/memory';
import { GranuleState } from '../../granules/state';
import { granuleState, setGranuleState } from '../../granules/tracking';
import { RMM_CONTEXT, readField, writeField, writeField64 } from '../../memory';
import { addRec } from '../../realm/list';
import { readMeasurement, realmMeasurer, writeMeasurement } from '../../realm/measure';
import { MPIDR_RESERVED, recIndex } from '../../rec/mpidr';
import { isRunnable, MAX_AUX, type RecParams, readRecParams } from '../../rec/params';
import { RESET_MDSCR, RESET_OSLSR, RESET_PSTATE, RESET_SCTLR } from '../../rec/rec';
import { RD_LAYOUT, RealmState } from '../../structures/rd';
import { REC_LAYOUT, REC_SYSREGS } from '../../structures/rec';
import { type CommandRow, type FailStage, type StageContext, VERSION_SETS } from '../row';
import {
  act,
  arg,
  argPa,
  fail,
  granuleChecks,
  hostPageChecks,
  input,
  letStage,
  local,
  RMI_RESULT,
  raw,
  realmStateCheck,
  setLocal,
} from '../stages';

const INPUT = 'RMI_ERROR_INPUT';
const paramsOf = ({ frame }: StageContext): RecParams => local<RecParams>(frame, 'params');
const auxOf = (context: StageContext): readonly number[] => {
  const { aux, numAux } = paramsOf(context);
  return aux.slice(0, Math.min(numAux, MAX_AUX));
};

/** A check that some auxiliary granule fails. */
const auxCheck = (
  id: string,
  text: string,
  bad: (context: StageContext, address: number, index: number) => boolean,
  more: (context: StageContext) => readonly (readonly [string, string])[] = () => [],
): FailStage =>
  fail(
    id,
    text,
    INPUT,
    (context) => auxOf(context).some((address, index) => bad(context, address, index)),
    (context) => {
      const index = auxOf(context).findIndex((address, at) => bad(context, address, at));
      const aux = [
        index < 0 ? 'aux' : `aux[${index}]`,
        index < 0 ? 'all good' : hex(auxOf(context)[index] ?? 0),
      ] as const;
      return [aux, ...more(context)];
    },
  );

const realmField = ({ machine, frame }: StageContext, field: 'recIndex' | 'recCount'): number =>
  readField(machine.memory, RMM_CONTEXT, argPa(frame, 1), RD_LAYOUT.fields[field]);

/** A register of a REC that has not run: as after a reset of the PE, but for those the RMM chooses. */
function initialValue(machine: Machine, name: SysregName): bigint {
  if (name === 'SCTLR_EL1') return RESET_SCTLR;
  if (name === 'MDSCR_EL1') return RESET_MDSCR;
  if (name === 'OSLSR_EL1') return RESET_OSLSR;
  const { reset } = sysregRow(name);
  return typeof reset === 'function' ? reset(machine.platform, 0) : reset;
}

function writeRec(context: StageContext): void {
  const { machine, frame } = context;
  const { memory } = machine;
  const rd = argPa(frame, 1);
  const rec = argPa(frame, 2);
  const params = paramsOf(context);
  const f = REC_LAYOUT.fields;
  const index = realmField(context, 'recIndex');
  zeroGranule(memory, RMM_CONTEXT, granuleOf(rec));
  writeField(memory, RMM_CONTEXT, rec, f.rd, rd);
  writeField(memory, RMM_CONTEXT, rec, f.index, index);
  writeField64(memory, RMM_CONTEXT, rec, f.mpidr, params.mpidr);
  writeField(memory, RMM_CONTEXT, rec, f.runnable, isRunnable(params) ? 1 : 0);
  params.gprs.forEach((value, register) => {
    writeField64(memory, RMM_CONTEXT, rec, f.gprs, value, register);
  });
  writeField64(memory, RMM_CONTEXT, rec, f.pc, params.pc);
  writeField64(memory, RMM_CONTEXT, rec, f.pstate, RESET_PSTATE);
  REC_SYSREGS.forEach((name, slot) => {
    writeField64(memory, RMM_CONTEXT, rec, f.sysregs, initialValue(machine, name), slot);
  });
  const aux = auxOf(context);
  writeField(memory, RMM_CONTEXT, rec, f.numAux, aux.length);
  aux.forEach((address, slot) => {
    writeField(memory, RMM_CONTEXT, rec, f.aux, address, slot);
  });
  setGranuleState(machine, frame.pe, frame.call, rec, GranuleState.Rec, rd);
  addRec(machine, rd, rec);
  writeField(memory, RMM_CONTEXT, rd, RD_LAYOUT.fields.recIndex, index + 1);
}

export const recCreate: CommandRow = {
  name: 'RMI_REC_CREATE',
  interface: 'rmi',
  fid: 0xc400_015a,
  versions: VERSION_SETS,
  summary: 'Create a REC (virtual CPU) in a NEW Realm.',
  ticks: 3000,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'rec', 'Address', 'PA of the Granule that becomes the REC'),
    input(3, 'params_ptr', 'RmiRecParams', 'PA of an NS page holding RmiRecParams'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    ...hostPageChecks(3, 'params_ptr', 'params'),
    letStage('params', 'RmiRecParams at params_ptr', ({ machine, frame }) =>
      setLocal(frame, 'params', readRecParams(machine, argPa(frame, 3))),
    ),
    fail(
      'num_aux_bound',
      'params.num_aux > 16',
      INPUT,
      (context) => paramsOf(context).numAux > MAX_AUX,
      (context) => [['num_aux', paramsOf(context).numAux]],
    ),
    auxCheck(
      'aux_align',
      'some aux[i], i < num_aux, is not Granule aligned',
      (_, address) => !isGranuleAligned(address),
    ),
    auxCheck(
      'aux_alias',
      'an aux Granule repeats, or equals rec',
      (context, address, index) => address === arg(context.frame, 2) || auxOf(context).indexOf(address) !== index,
      ({ frame }) => [['rec', hex(raw(frame, 2))]],
    ),
    auxCheck(
      'aux_bound',
      'some aux[i] is not delegable',
      ({ machine }, address) => delegableIndex(machine.platform, address) < 0,
    ),
    auxCheck(
      'aux_state',
      'some aux[i] is not DELEGATED',
      ({ machine }, address) => granuleState(machine, address) !== GranuleState.Delegated,
    ),
    ...granuleChecks(2, 'rec', GranuleState.Delegated, 'rec', 'rec_gran_state'),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    fail(
      'max_recs',
      'the Realm already has the maximum number of RECs',
      'RMI_ERROR_REALM',
      (context) => realmField(context, 'recCount') >= context.machine.platform.rmm.maxRecs,
      (context) => [
        ['RECs', realmField(context, 'recCount')],
        ['maximum', context.machine.platform.rmm.maxRecs],
      ],
    ),
    realmStateCheck(1, RealmState.New),
    fail(
      'params_valid',
      'reserved bits of mpidr are set',
      INPUT,
      (context) => (paramsOf(context).mpidr & MPIDR_RESERVED) !== 0n,
      (context) => [['mpidr', hex(paramsOf(context).mpidr)]],
    ),
    fail(
      'mpidr_index',
      'RecIndex(params.mpidr) != Realm(rd).rec_index',
      INPUT,
      (context) => recIndex(paramsOf(context).mpidr) !== realmField(context, 'recIndex'),
      (context) => [
        ['RecIndex(params.mpidr)', recIndex(paramsOf(context).mpidr)],
        ['Realm(rd).rec_index', realmField(context, 'recIndex')],
      ],
    ),
    fail(
      'num_aux',
      'params.num_aux != RecAuxCount(rd)',
      INPUT,
      (context) => paramsOf(context).numAux !== context.machine.platform.rmm.recAuxCount,
      (context) => [
        ['params.num_aux', paramsOf(context).numAux],
        ['RecAuxCount(rd)', context.machine.platform.rmm.recAuxCount],
      ],
    ),
    act('rec', 'Granule(rec).state := REC; registers from params; Realm(rd).rec_index += 1', writeRec),
    act('aux', 'one auxiliary Granule: state := REC_AUX', (context) => {
      const { machine, frame } = context;
      const aux = auxOf(context);
      const index = (frame.locals['next_aux'] as number | undefined) ?? 0;
      if (index >= aux.length) return undefined;
      const address: Pa = pa(aux[index] ?? 0);
      setGranuleState(machine, frame.pe, frame.call, address, GranuleState.RecAux, argPa(frame, 1));
      frame.locals['next_aux'] = index + 1;
      return index + 1 < aux.length ? 'again' : undefined;
    }),
    act('measure', 'if runnable: RIM extended with RmmMeasurementDescriptorRec', (context) => {
      const { machine, frame } = context;
      const params = paramsOf(context);
      if (!isRunnable(params)) return;
      const rd = argPa(frame, 1);
      const rim = measureRec(realmMeasurer(machine, rd), readMeasurement(machine, rd, 0), params);
      writeMeasurement(machine, frame.pe, rd, 0, rim);
    }),
  ],
  notes: ['RECs are created with consecutive indices from 0.', '`num_aux_bound` is ours: params has room for 16.'],
};
