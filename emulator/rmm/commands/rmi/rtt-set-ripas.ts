import type { Ipa } from '../../../address';
import { hex } from '../../../format';
import { GranuleState } from '../../granules/state';
import { isProtected, type RealmSpace } from '../../realm/rd';
import { REC, recField, recOwner, setRecField } from '../../rec/rec';
import {
  addressIn,
  assignedDescriptor,
  type Descriptor,
  HIPAS_NAMES,
  Hipas,
  hipasOf,
  RIPAS_NAMES,
  Ripas,
  ripasOf,
  unassignedDescriptor,
} from '../../rtt/descriptor';
import { entryCount, entrySize, PAGE_LEVEL } from '../../rtt/geometry';
import { type Walk, walkRtt, writeEntry } from '../../rtt/walk';
import { RecState } from '../../structures/rec';
import { recStateValues } from '../rec-values';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import { entryBaseCheck, letRealm, letWalk, spaceOf, walkHipas, walkIndex, walkOf, walkSize } from '../rtt-stages';
import {
  act,
  arg,
  argPa,
  fail,
  granuleChecks,
  input,
  isArgAligned,
  output,
  RMI_RESULT,
  raw,
  resultWord,
  setResult,
} from '../stages';

const recOf = ({ frame }: StageContext) => argPa(frame, 2);
const recValue = (context: StageContext, field: keyof typeof REC): number =>
  recField(context.machine, recOf(context), REC[field]);

/** What the entry becomes; null where the request must stop (RMM 1.0 A5.4, rules of RIPAS change). */
function changed(context: StageContext, walk: Walk, ipa: number): Descriptor | null {
  const space: RealmSpace = spaceOf(context);
  const hipas = hipasOf(walk.lo, walk.hi, walk.level);
  if (!isProtected(space, ipa) || (hipas !== Hipas.Assigned && hipas !== Hipas.Unassigned)) return null;
  const to = recValue(context, 'ripasValue') as Ripas;
  if (ripasOf(walk.lo) === Ripas.Destroyed && recValue(context, 'ripasDestroyed') === 0) {
    if (to !== Ripas.Empty || context.machine.platform.rmm.ripasOverDestroyed === 'stop') return null;
  }
  return hipas === Hipas.Unassigned
    ? unassignedDescriptor(to)
    : assignedDescriptor(addressIn(walk.lo, walk.hi, space.lpa2), to, walk.level, space.lpa2);
}

/** One entry of the table where the walk of base ended. */
function changeEntry(context: StageContext): 'again' | undefined {
  const { machine, frame } = context;
  const space = spaceOf(context);
  const { level } = walkOf(context);
  const size = entrySize(level);
  const base = (frame.locals['address'] as number | undefined) ?? arg(frame, 3);
  const walk = walkRtt(machine.memory, space, base, level);
  const to = changed(context, walk, base);
  if (to !== null && (to.lo !== walk.lo || to.hi !== walk.hi)) writeEntry(machine, frame.pe, space, walk, base, to);
  const next = base + size;
  frame.locals['address'] = next;
  setResult(frame, 1, next);
  if (walk.index + 1 >= entryCount(level) || next + size > arg(frame, 4)) return undefined;
  return changed(context, walkRtt(machine.memory, space, next, level), next as Ipa) === null ? undefined : 'again';
}

export const rttSetRipas: CommandRow = {
  name: 'RMI_RTT_SET_RIPAS',
  interface: 'rmi',
  fid: 0xc400_0169,
  versions: VERSION_SETS,
  summary: 'Apply (part of) a RIPAS change requested by a REC.',
  ticks: 1000,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'rec', 'Address', 'PA of the requesting REC'),
    input(3, 'base', 'Address', 'base of the range'),
    input(4, 'top', 'Address', 'top of the range'),
  ],
  outputs: [RMI_RESULT, output(1, 'out_top', 'Address', 'end of the part that was processed', 'result == RMI_SUCCESS')],
  stages: [
    fail(
      'size_valid',
      'top <= base',
      'RMI_ERROR_INPUT',
      ({ frame }) => raw(frame, 4) <= raw(frame, 3),
      ({ frame }) => [
        ['base', hex(raw(frame, 3))],
        ['top', hex(raw(frame, 4))],
      ],
    ),
    fail(
      'top_gran_align',
      '!AddrIsGranuleAligned(top)',
      'RMI_ERROR_INPUT',
      ({ frame }) => raw(frame, 4) % 4096n !== 0n,
      ({ frame }) => [['top', hex(raw(frame, 4))]],
    ),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    ...granuleChecks(2, 'rec', GranuleState.Rec, 'rec', 'rec_gran_state'),
    fail(
      'rec_state',
      'Rec(rec).state == REC_RUNNING',
      'RMI_ERROR_REC',
      (context) => recValue(context, 'state') === RecState.Running,
      (context) => recStateValues(context.machine, 'rec', recOf(context)),
    ),
    fail(
      'rec_owner',
      'Rec(rec).owner != rd',
      'RMI_ERROR_REC',
      (context) => recOwner(context.machine, recOf(context)) !== arg(context.frame, 1),
      (context) => [
        ['Rec(rec).owner', hex(recOwner(context.machine, recOf(context)))],
        ['rd', hex(raw(context.frame, 1))],
      ],
    ),
    letRealm(),
    fail(
      'base_bound',
      'base != Rec(rec).ripas_addr',
      'RMI_ERROR_INPUT',
      (context) => arg(context.frame, 3) !== recValue(context, 'ripasAddr'),
      (context) => [
        ['base', hex(raw(context.frame, 3))],
        ['Rec(rec).ripas_addr', hex(recValue(context, 'ripasAddr'))],
      ],
    ),
    fail(
      'top_bound',
      'top > Rec(rec).ripas_top',
      'RMI_ERROR_INPUT',
      (context) => arg(context.frame, 4) > recValue(context, 'ripasTop'),
      (context) => [
        ['top', hex(raw(context.frame, 4))],
        ['Rec(rec).ripas_top', hex(recValue(context, 'ripasTop'))],
      ],
    ),
    letWalk(3, () => PAGE_LEVEL, 'walk(rd, base, RTT_PAGE_LEVEL)'),
    entryBaseCheck(3),
    fail(
      'no_progress',
      'first entry extends past top, or cannot change',
      'RMI_ERROR_RTT',
      (context) =>
        !isArgAligned(context.frame, 3) ||
        arg(context.frame, 3) + walkSize(context) > arg(context.frame, 4) ||
        changed(context, walkOf(context), arg(context.frame, 3)) === null,
      (context) => [
        ['entry top', hex(arg(context.frame, 3) + walkSize(context))],
        ['top', hex(raw(context.frame, 4))],
        ['walk.rtte.state', HIPAS_NAMES[walkHipas(context)]],
        ['walk.rtte.ripas', RIPAS_NAMES[ripasOf(walkOf(context).lo)]],
      ],
      { index: walkIndex },
    ),
    act('entry', 'one entry: RIPAS := Rec(rec).ripas_value; HIPAS never changes', changeEntry),
    act('advance', 'Rec(rec).ripas_addr := out_top', ({ machine, frame }) =>
      setRecField(machine, argPa(frame, 2), REC.ripasAddr, Number(resultWord(frame, 1))),
    ),
  ],
  notes: [
    'Without a pending request ripas_top is 0, so every call fails with top_bound.',
    'ASSIGNED, RAM to ASSIGNED, EMPTY keeps the Granule mapped.',
  ],
};
