import { hex } from '../../../format';
import { GranuleState } from '../../granules/state';
import { assignedNsDescriptor, Hipas, HOST_ATTRIBUTES } from '../../rtt/descriptor';
import { entrySize } from '../../rtt/geometry';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, type Frame, VERSION_SETS } from '../row';
import {
  entryCheck,
  ipaLevelCheck,
  leafLevelCheck,
  letRealm,
  letWalk,
  spaceOf,
  startLevelCheck,
  unprotectedCheck,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import { act, arg, argSigned, fail, granuleChecks, input, RMI_RESULT, raw } from '../stages';

const desc = (frame: Frame): bigint => raw(frame, 4);

/** Output address bits 49:12, with LPA2 bits 51:50 at 9:8. */
const ADDRESS = 0x3_ffff_ffff_f000n;
const ADDRESS_LPA2 = 0x300n;
/** FWB: MemAttr[2:0] 0b100 is reserved. */
const MEMATTR = 0b1_1100n;
const MEMATTR_RESERVED = 0b1_0000n;

const outputAddress = (frame: Frame, lpa2: boolean): number =>
  Number(desc(frame) & ADDRESS) + (lpa2 ? Number((desc(frame) & ADDRESS_LPA2) >> 8n) * 2 ** 50 : 0);

export const rttMapUnprotected: CommandRow = {
  name: 'RMI_RTT_MAP_UNPROTECTED',
  interface: 'rmi',
  fid: 0xc400_015f,
  versions: VERSION_SETS,
  summary: 'Map Host-chosen memory at an Unprotected IPA.',
  ticks: 600,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'ipa', 'Address', 'Unprotected IPA'),
    input(3, 'level', 'Int64', 'level of the entry (1, 2 or 3)'),
    input(4, 'desc', 'RttMapUnprotectedDesc', 'Host part of the descriptor: output address, MemAttr[2:0], S2AP'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    leafLevelCheck(3),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    startLevelCheck(3),
    fail(
      'attr_valid',
      'desc has a bit outside output address, MemAttr and S2AP, or MemAttr == 0b100',
      'RMI_ERROR_INPUT',
      (context) => {
        const { lpa2 } = spaceOf(context);
        const allowed = ADDRESS | BigInt(HOST_ATTRIBUTES) | (lpa2 ? ADDRESS_LPA2 : 0n);
        const value = desc(context.frame);
        return (value & ~allowed) !== 0n || (value & MEMATTR) === MEMATTR_RESERVED;
      },
      ({ frame }) => [
        ['desc', hex(desc(frame))],
        ['MemAttr', Number((desc(frame) & MEMATTR) >> 2n)],
      ],
    ),
    fail(
      'addr_align',
      'output address not aligned to level',
      'RMI_ERROR_INPUT',
      (context) => outputAddress(context.frame, spaceOf(context).lpa2) % entrySize(argSigned(context.frame, 3)) !== 0,
      (context) => [
        ['desc', hex(desc(context.frame))],
        ['output address', hex(outputAddress(context.frame, spaceOf(context).lpa2))],
        ['level', argSigned(context.frame, 3)],
        ['entry size', hex(entrySize(argSigned(context.frame, 3)))],
      ],
    ),
    fail(
      'addr_bound',
      'output address too wide for the Realm (>= 2^48 without LPA2)',
      'RMI_ERROR_INPUT',
      (context) => !spaceOf(context).lpa2 && outputAddress(context.frame, false) >= 2 ** 48,
      (context) => [
        ['desc', hex(desc(context.frame))],
        ['output address', hex(outputAddress(context.frame, false))],
        ['Realm(rd).feat_lpa2', spaceOf(context).lpa2],
      ],
    ),
    unprotectedCheck(2),
    ipaLevelCheck(2, 3, 0),
    letWalk(2, ({ frame }) => argSigned(frame, 3), 'walk(rd, ipa, level)'),
    walkCheck('walk.level < level', ({ frame }) => argSigned(frame, 3)),
    entryCheck('walk.rtte.state != UNASSIGNED_NS', (hipas) => hipas !== Hipas.UnassignedNs),
    act('map', 'RTTE(ipa): ASSIGNED_NS, address, MemAttr and S2AP from desc', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const attributes = Number(desc(frame) & BigInt(HOST_ATTRIBUTES));
      const address = outputAddress(frame, space.lpa2);
      const entry = assignedNsDescriptor(address, attributes, argSigned(frame, 3), space.lpa2);
      writeEntry(machine, frame.pe, space, walkOf(context), arg(frame, 2), entry);
    }),
  ],
  notes: ['The output address need not be Non-secure: if it is not, the access faults (GPC), not this call.'],
};
