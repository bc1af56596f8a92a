/** Checks of a range [base, top) of IPAs, passed in X1 and X2 by a Realm. */
import { hex } from '../../../format';
import { protectedLimit } from '../../realm/rd';
import { spaceOf } from '../../realm-entry/guest';
import type { FailStage } from '../row';
import { arg, fail, isArgAligned, raw } from '../stages';

const INPUT = 'RSI_ERROR_INPUT';

const alignment = (id: string, register: number, name: string): FailStage =>
  fail(
    id,
    `!AddrIsGranuleAligned(${name})`,
    INPUT,
    ({ frame }) => !isArgAligned(frame, register),
    ({ frame }) => [[name, hex(raw(frame, register))]],
  );

/** Aligned, not empty, Protected. The specification's name of the second check and its words for the last one differ. */
export const rangeChecks = (topId: 'top_align' | 'end_align', bound: string): readonly FailStage[] => [
  alignment('base_align', 1, 'base'),
  alignment(topId, 2, 'top'),
  fail(
    'size_valid',
    'top <= base',
    INPUT,
    ({ frame }) => raw(frame, 2) <= raw(frame, 1),
    ({ frame }) => [
      ['base', hex(raw(frame, 1))],
      ['top', hex(raw(frame, 2))],
    ],
  ),
  fail(
    'rgn_bound',
    bound,
    INPUT,
    (context) => arg(context.frame, 2) > protectedLimit(spaceOf(context).ipaWidth),
    (context) => [
      ['top', hex(raw(context.frame, 2))],
      ['Protected below', hex(protectedLimit(spaceOf(context).ipaWidth))],
    ],
  ),
];
