import { fromHex } from '../../../../attestation/bytes';
import { hashAlgorithmOf } from '../../../../attestation/hash';
import { measureRealmCreate } from '../../../../attestation/measurement/measurement';
import { granuleOf, pa } from '../../../address';
import { hex } from '../../../format';
import { emit } from '../../../machine/event-ring';
import { zeroGranule } from '../../../memory/memory';
import { GranuleState } from '../../granules/state';
import { granuleState, setGranuleState } from '../../granules/tracking';
import {
  assignMecid,
  MEC_STATE_NAMES,
  type MecEntry,
  MecState,
  maxMecid,
  mecEntry,
  nextMecid,
  ownMecid,
} from '../../mec/pool';
import { RMM_CONTEXT, writeField, writeFieldBytes } from '../../memory';
import { addRealm } from '../../realm/list';
import { measurerOf, writeMeasurement } from '../../realm/measure';
import {
  hasReservedEncoding,
  offered,
  type RealmParams,
  readRealmParams,
  unsupported,
  wantsDevices,
  wantsIndirect,
  wantsLpa2,
} from '../../realm/params';
import { protectedLimit, realmSpace } from '../../realm/rd';
import { isVmidInRange, isVmidUsed, setVmidUsed } from '../../realm/vmid';
import { UNASSIGNED_NS, unassignedDescriptor } from '../../rtt/descriptor';
import { entryCount, entrySize, startTables } from '../../rtt/geometry';
import { fillTable } from '../../rtt/walk';
import { RD_LAYOUT, RealmState } from '../../structures/rd';
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
  setLocal,
} from '../stages';

const INPUT = 'RMI_ERROR_INPUT';
const RMM_1_1 = { versions: ['1.1-v0.8.0'] } as const;
const paramsOf = ({ frame }: StageContext): RealmParams => local<RealmParams>(frame, 'params');

const offerOf = ({ machine }: StageContext) => offered(machine.platform.rmm.featureRegister0);
const mecOf = (context: StageContext): MecEntry => mecEntry(context.machine, mecidOf(context));

/** A starting table that is not DELEGATED: its address, or -1. */
function badStartTable(context: StageContext): number {
  const { rttBase, rttNumStart } = paramsOf(context);
  for (let table = 0; table < rttNumStart; table++) {
    const address = rttBase + table * 4096;
    if (granuleState(context.machine, address) !== GranuleState.Delegated) return address;
  }
  return -1;
}

/** The MECID the Realm gets, as accesses carry it: RMM 1.1 reads it from params, RMM 1.0 chooses. */
const mecidOf = (context: StageContext): number =>
  context.machine.platform.rmm.versionSet === '1.0'
    ? nextMecid(context.machine)
    : ownMecid(context.machine.platform, Number(paramsOf(context).mecid));

function writeRd(context: StageContext): void {
  const { machine, frame } = context;
  const { memory } = machine;
  const rd = argPa(frame, 1);
  const params = paramsOf(context);
  const mecid = mecidOf(context);
  zeroGranule(memory, RMM_CONTEXT, granuleOf(rd));
  const f = RD_LAYOUT.fields;
  const fields = [
    [f.state, RealmState.New],
    [f.flags, Number(params.flags & 7n)],
    [f.vmid, params.vmid],
    [f.mecid, mecid],
    [f.ipaWidth, params.s2sz],
    [f.hashAlgo, params.hashAlgo],
    [f.rttBase, params.rttBase],
    [f.rttLevelStart, params.rttLevelStart],
    [f.rttNumStart, params.rttNumStart],
    [f.numBps, params.numBps],
    [f.numWps, params.numWps],
    [f.pmuNumCtrs, params.pmuNumCtrs],
  ] as const;
  for (const [field, value] of fields) writeField(memory, RMM_CONTEXT, rd, field, value);
  writeFieldBytes(memory, RMM_CONTEXT, rd, f.rpv, fromHex(params.rpv) ?? new Uint8Array(64));
  setGranuleState(machine, frame.pe, frame.call, rd, GranuleState.Rd, rd);
  setVmidUsed(machine, params.vmid, true);
  assignMecid(machine, frame.pe, mecid, rd);
  addRealm(machine, rd);
  emit(machine, 'realmState', frame.pe, rd, -1, RealmState.New);
}

/** One starting table: Protected entries EMPTY, the others the Host's. */
function fillStartTable(context: StageContext): 'again' | undefined {
  const { machine, frame } = context;
  const space = realmSpace(machine, argPa(frame, 1));
  const index = (frame.locals['table'] as number | undefined) ?? 0;
  const table = pa(space.base + index * 4096);
  const first = index * entryCount(space.levelStart);
  const limit = protectedLimit(space.ipaWidth) / entrySize(space.levelStart);
  setGranuleState(machine, frame.pe, frame.call, table, GranuleState.Rtt, space.rd);
  const empty = unassignedDescriptor(0);
  fillTable(machine.memory, space, table, (entry) => (first + entry < limit ? empty : UNASSIGNED_NS));
  frame.locals['table'] = index + 1;
  return index + 1 < space.numStart ? 'again' : undefined;
}

/** What RMM 1.1 adds. */
const MEC_CHECKS: readonly FailStage[] = [
  fail(
    'aux_planes',
    'num_aux_planes > RmiFeatureRegister0.MAX_NUM_AUX_PLANES, or flags1.s2ap_enc is not offered',
    INPUT,
    (context) => {
      const { maxNumAuxPlanes, s2apIndirect } = offerOf(context);
      return paramsOf(context).numAuxPlanes > maxNumAuxPlanes || (wantsIndirect(paramsOf(context)) && !s2apIndirect);
    },
    (context) => [
      ['num_aux_planes', paramsOf(context).numAuxPlanes],
      ['flags1', hex(paramsOf(context).flags1)],
      ['RmiFeatureRegister0', hex(context.machine.platform.rmm.featureRegister0)],
    ],
    RMM_1_1,
  ),
  fail(
    'mecid_bound',
    'mecid > RmiFeatureRegister1.MAX_MECID',
    INPUT,
    (context) => paramsOf(context).mecid > BigInt(maxMecid(context.machine.platform)),
    (context) => [
      ['mecid', hex(paramsOf(context).mecid)],
      ['MAX_MECID', hex(maxMecid(context.machine.platform))],
    ],
    RMM_1_1,
  ),
  fail(
    'mec_state',
    'MEC(mecid).state == MEC_STATE_PRIVATE_ASSIGNED',
    INPUT,
    (context) => mecOf(context).state === MecState.PrivateAssigned,
    (context) => [
      ['mecid', hex(paramsOf(context).mecid)],
      ['MEC(mecid).state', MEC_STATE_NAMES[mecOf(context).state]],
      ['its Realm', hex(mecOf(context).rd)],
    ],
    RMM_1_1,
  ),
  fail(
    'da',
    'flags.da without RmiFeatureRegister0.DA_EN',
    INPUT,
    (context) => wantsDevices(paramsOf(context)) && !offerOf(context).da,
    (context) => [
      ['flags', hex(paramsOf(context).flags)],
      ['RmiFeatureRegister0', hex(context.machine.platform.rmm.featureRegister0)],
    ],
    RMM_1_1,
  ),
];

export const realmCreate: CommandRow = {
  name: 'RMI_REALM_CREATE',
  interface: 'rmi',
  fid: 0xc400_0158,
  versions: VERSION_SETS,
  summary: 'Create a Realm: RD, starting-level RTTs, VMID and initial RIM.',
  ticks: 5000,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Granule that becomes the RD'),
    input(2, 'params_ptr', 'RmiRealmParams', 'PA of an NS page holding RmiRealmParams'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    ...hostPageChecks(2, 'params_ptr', 'params'),
    letStage('params', 'RmiRealmParams at params_ptr', ({ machine, frame }) =>
      setLocal(frame, 'params', readRealmParams(machine, argPa(frame, 2))),
    ),
    fail(
      'params_valid',
      'an encoding in params is reserved: hash_algo, s2sz below 32, num_bps == 0 or num_wps == 0',
      INPUT,
      (context) => hasReservedEncoding(paramsOf(context)),
      (context) => {
        const { hashAlgo, s2sz, numBps, numWps } = paramsOf(context);
        return [
          ['hash_algo', hashAlgo],
          ['s2sz', s2sz],
          ['num_bps', numBps],
          ['num_wps', numWps],
        ];
      },
    ),
    fail(
      'params_supp',
      'params asks for more than RmiFeatureRegister0 offers',
      INPUT,
      (context) => unsupported(context.machine, paramsOf(context)) !== null,
      (context) => [
        ['not offered', unsupported(context.machine, paramsOf(context))],
        ['RmiFeatureRegister0', hex(context.machine.platform.rmm.featureRegister0)],
      ],
    ),
    fail(
      'rtt_num_level',
      'rtt_level_start and rtt_num_start do not match s2sz',
      INPUT,
      (context) => {
        const params = paramsOf(context);
        const { paBits } = context.machine.platform.features;
        const tables = startTables(params.s2sz, params.rttLevelStart, wantsLpa2(params), paBits);
        return tables === 0 || tables !== params.rttNumStart;
      },
      (context) => {
        const params = paramsOf(context);
        const { paBits } = context.machine.platform.features;
        return [
          ['s2sz', params.s2sz],
          ['rtt_level_start', params.rttLevelStart],
          ['rtt_num_start', params.rttNumStart],
          ['wanted rtt_num_start', startTables(params.s2sz, params.rttLevelStart, wantsLpa2(params), paBits)],
        ];
      },
    ),
    fail(
      'vmid_valid',
      'vmid is out of range for the implemented VMID width, or already used by another Realm',
      INPUT,
      (context) => {
        const { vmid } = paramsOf(context);
        return !isVmidInRange(context.machine, vmid) || isVmidUsed(context.machine, vmid);
      },
      (context) => [
        ['vmid', paramsOf(context).vmid],
        ['VMID bits', context.machine.platform.features.vmidBits],
        [
          'used by a Realm',
          isVmidInRange(context.machine, paramsOf(context).vmid) && isVmidUsed(context.machine, paramsOf(context).vmid),
        ],
      ],
    ),
    fail(
      'alias',
      'rd lies inside [rtt_base, rtt_base + rtt_num_start * 4096)',
      INPUT,
      (context) => {
        const { rttBase, rttNumStart } = paramsOf(context);
        const rd = arg(context.frame, 1);
        return rd >= rttBase && rd < rttBase + rttNumStart * 4096;
      },
      (context) => [
        ['rd', hex(raw(context.frame, 1))],
        ['rtt_base', hex(paramsOf(context).rttBase)],
        ['rtt_num_start', paramsOf(context).rttNumStart],
      ],
    ),
    ...granuleChecks(1, 'rd', GranuleState.Delegated),
    fail(
      'rtt_align',
      'rtt_base is not aligned to rtt_num_start * 4096',
      INPUT,
      (context) => paramsOf(context).rttBase % (paramsOf(context).rttNumStart * 4096) !== 0,
      (context) => [
        ['rtt_base', hex(paramsOf(context).rttBase)],
        ['rtt_num_start', paramsOf(context).rttNumStart],
      ],
    ),
    fail(
      'rtt_state',
      'any starting-level RTT Granule is not DELEGATED',
      INPUT,
      (context) => badStartTable(context) >= 0,
      (context) => [
        ['rtt_base', hex(paramsOf(context).rttBase)],
        ['not DELEGATED', badStartTable(context) < 0 ? 'none' : hex(badStartTable(context))],
      ],
    ),
    ...MEC_CHECKS,
    fail(
      'mecid_free',
      'no MECID is free',
      INPUT,
      ({ machine }) => nextMecid(machine) < 0,
      ({ machine }) => [['MECID bits', machine.platform.mec.mecidBits]],
      { versions: ['1.0'] },
    ),
    act('rd', 'Granule(rd).state := RD; VMID and MECID taken; RPV copied', writeRd),
    act('rtt', 'one starting-level RTT: state := RTT, Protected entries UNASSIGNED EMPTY', fillStartTable),
    act('measure', 'RIM := hash of the filtered RmiRealmParams', (context) => {
      const { machine, frame } = context;
      const params = paramsOf(context);
      const measurer = measurerOf(machine, hashAlgorithmOf(params.hashAlgo) ?? 'sha-256');
      writeMeasurement(machine, frame.pe, argPa(frame, 1), 0, measureRealmCreate(measurer, params));
    }),
  ],
  notes: [
    'All failures return RMI_ERROR_INPUT.',
    'Under RMM 1.0 the RMM chooses the MECID itself: `mecid_free` is ours.',
    'RMM 1.1: there are no auxiliary Planes, so their RTTs and VMIDs are not looked at.',
  ],
};
