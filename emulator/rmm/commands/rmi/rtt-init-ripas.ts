import { measureRipas } from '../../../../attestation/measurement/measurement';
import { hex } from '../../../format';
import { GranuleState } from '../../granules/state';
import { readMeasurement, realmMeasurer, writeMeasurement } from '../../realm/measure';
import { protectedLimit } from '../../realm/rd';
import { HIPAS_NAMES, Hipas, hipasOf, RIPAS_NAMES, Ripas, ripasOf, unassignedDescriptor } from '../../rtt/descriptor';
import { entryCount, entrySize, PAGE_LEVEL } from '../../rtt/geometry';
import { walkRtt, writeEntry } from '../../rtt/walk';
import { RealmState } from '../../structures/rd';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import { entryBaseCheck, letRealm, letWalk, spaceOf, walkHipas, walkIndex, walkOf, walkSize } from '../rtt-stages';
import {
  act,
  arg,
  fail,
  granuleChecks,
  input,
  isArgAligned,
  output,
  RMI_RESULT,
  raw,
  realmStateCheck,
  setResult,
} from '../stages';

/** UNASSIGNED with RIPAS EMPTY or RAM. */
const canInit = (lo: number, hi: number, level: number): boolean =>
  hipasOf(lo, hi, level) === Hipas.Unassigned && ripasOf(lo) !== Ripas.Destroyed;

/** One entry: RIPAS := RAM, and a measurement of its range. */
function initEntry(context: StageContext): 'again' | undefined {
  const { machine, frame } = context;
  const space = spaceOf(context);
  const first = walkOf(context);
  const size = entrySize(first.level);
  const base = (frame.locals['address'] as number | undefined) ?? arg(frame, 2);
  const walk = walkRtt(machine.memory, space, base, first.level);
  const entry = unassignedDescriptor(Ripas.Ram);
  if (walk.lo !== entry.lo) writeEntry(machine, frame.pe, space, walk, base, entry);
  const rim = readMeasurement(machine, space.rd, 0);
  const measurer = realmMeasurer(machine, space.rd);
  writeMeasurement(machine, frame.pe, space.rd, 0, measureRipas(measurer, rim, BigInt(base), BigInt(base + size)));
  const next = base + size;
  frame.locals['address'] = next;
  setResult(frame, 1, next);
  if (walk.index + 1 >= entryCount(walk.level) || next + size > arg(frame, 3)) return undefined;
  const { lo, hi, level } = walkRtt(machine.memory, space, next, first.level);
  return canInit(lo, hi, level) ? 'again' : undefined;
}

export const rttInitRipas: CommandRow = {
  name: 'RMI_RTT_INIT_RIPAS',
  interface: 'rmi',
  fid: 0xc400_0168,
  versions: VERSION_SETS,
  summary: 'Set RIPAS of an IPA range to RAM before activation, and measure it.',
  ticks: 1000,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'base', 'Address', 'base of the range'),
    input(3, 'top', 'Address', 'top of the range'),
  ],
  outputs: [RMI_RESULT, output(1, 'out_top', 'Address', 'end of the part that was processed', 'result == RMI_SUCCESS')],
  stages: [
    fail(
      'size_valid',
      'top <= base',
      'RMI_ERROR_INPUT',
      ({ frame }) => raw(frame, 3) <= raw(frame, 2),
      ({ frame }) => [
        ['base', hex(raw(frame, 2))],
        ['top', hex(raw(frame, 3))],
      ],
    ),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    fail(
      'base_gran_align',
      '!AddrIsGranuleAligned(base)',
      'RMI_ERROR_INPUT',
      ({ frame }) => !isArgAligned(frame, 2),
      ({ frame }) => [['base', hex(raw(frame, 2))]],
    ),
    fail(
      'top_gran_align',
      '!AddrIsGranuleAligned(top)',
      'RMI_ERROR_INPUT',
      ({ frame }) => !isArgAligned(frame, 3),
      ({ frame }) => [['top', hex(raw(frame, 3))]],
    ),
    fail(
      'top_bound',
      '!AddrIsProtected(top - 4096, Realm(rd))',
      'RMI_ERROR_INPUT',
      (context) => arg(context.frame, 3) > protectedLimit(spaceOf(context).ipaWidth),
      (context) => [
        ['top', hex(raw(context.frame, 3))],
        ['Protected below', hex(protectedLimit(spaceOf(context).ipaWidth))],
      ],
    ),
    realmStateCheck(1, RealmState.New),
    letWalk(2, () => PAGE_LEVEL, 'walk(rd, base, RTT_PAGE_LEVEL)'),
    entryBaseCheck(2),
    fail(
      'rtte_state',
      'the first entry is not UNASSIGNED with RIPAS EMPTY or RAM',
      'RMI_ERROR_RTT',
      (context) => !canInit(walkOf(context).lo, walkOf(context).hi, walkOf(context).level),
      (context) => [
        ['walk.rtte.state', HIPAS_NAMES[walkHipas(context)]],
        ['walk.rtte.ripas', RIPAS_NAMES[ripasOf(walkOf(context).lo)]],
      ],
      { index: walkIndex },
    ),
    fail(
      'no_progress',
      'the first entry extends past top',
      'RMI_ERROR_RTT',
      (context) => arg(context.frame, 2) + walkSize(context) > arg(context.frame, 3),
      (context) => [
        ['entry top', hex(arg(context.frame, 2) + walkSize(context))],
        ['top', hex(raw(context.frame, 3))],
      ],
      { index: walkIndex },
    ),
    act('entry', 'one entry: RIPAS := RAM; RIM extended with RmmMeasurementDescriptorRipas', initEntry),
  ],
  notes: [
    'Partial progress is success: the Host goes on with base = out_top.',
    'Entries already RAM are measured again, so RIM depends on the depth of the RTT.',
  ],
};
