/** Stages of RSI commands that take the IPA of a structure or buffer in X1. */
import { hex } from '../../../format';
import { bufferFault, findBuffer, type RealmBuffer } from '../../realm-entry/buffer';
import { exitUnretired, isProtectedIpa, spaceOf } from '../../realm-entry/guest';
import type { ExitStage, FailStage, LetStage, StageContext } from '../row';
import { arg, exit, fail, isArgAligned, letStage, local, raw, setLocal } from '../stages';

export const bufferOf = ({ frame }: StageContext): RealmBuffer => local<RealmBuffer>(frame, 'buffer');

export const addressAlign = (alignment: number, text: string): FailStage =>
  fail(
    'addr_align',
    text,
    'RSI_ERROR_INPUT',
    ({ frame }) => !isArgAligned(frame, 1, alignment),
    ({ frame }) => [['addr', hex(raw(frame, 1))]],
  );

export const addressBound = (): FailStage =>
  fail(
    'addr_bound',
    '!AddrIsProtected(addr)',
    'RSI_ERROR_INPUT',
    (context) => !isProtectedIpa(context, arg(context.frame, 1)),
    (context) => [
      ['addr', hex(raw(context.frame, 1))],
      ['Protected below', hex(2 ** (spaceOf(context).ipaWidth - 1))],
    ],
  );

/** Looks the granule up; EMPTY fails, anything not mapped leaves to the Host as a Data Abort. */
export const bufferStages = (): readonly [LetStage, FailStage, ExitStage] => [
  letStage('buffer', 'granule mapped at addr', (context) =>
    setLocal(context.frame, 'buffer', findBuffer(context.machine, spaceOf(context), arg(context.frame, 1))),
  ),
  fail(
    'ripas_empty',
    'RIPAS of the Granule is EMPTY',
    'RSI_ERROR_INPUT',
    (context) => bufferOf(context).state === 'empty',
    (context) => [['granule', bufferOf(context).state]],
  ),
  exit(
    'fault',
    'the Granule is not there: exit as a Data Abort, the SMC is executed again',
    (context) => exitUnretired(context, bufferFault(bufferOf(context), arg(context.frame, 1))),
    (context) => bufferOf(context).state === 'fault',
  ),
];
