/** Negotiation of a revision, the same for the Host (RMI_VERSION) and a Realm (RSI_VERSION). */
import { hex } from '../../format';
import type { Stage, StageContext, VersionSet } from './row';
import { act, fail, raw, setResult } from './stages';

/** Revisions a version set implements, ascending: 1.0, and 1.1. */
const REVISIONS: Readonly<Record<VersionSet, readonly bigint[]>> = {
  '1.0': [0x1_0000n],
  '1.1-v0.8.0': [0x1_0000n, 0x1_0001n],
};

const revisionsOf = ({ machine }: StageContext): readonly bigint[] => REVISIONS[machine.platform.rmm.versionSet];
const isImplemented = (context: StageContext): boolean => revisionsOf(context).includes(raw(context.frame, 1));

/** `lower` is the revision asked for where it is implemented, else the highest, which `higher` always is. */
function writeRevisions(context: StageContext): void {
  const highest = revisionsOf(context).at(-1) ?? 0n;
  setResult(context.frame, 1, isImplemented(context) ? raw(context.frame, 1) : highest);
  setResult(context.frame, 2, highest);
}

/** X1 is the revision asked for; X1 and X2 report the lower and the higher one, on failure too. */
export const versionStages = (status: 'RMI_ERROR_INPUT' | 'RSI_ERROR_INPUT'): readonly Stage[] => [
  fail(
    'version_unsupported',
    'req is not a revision the RMM implements',
    status,
    (context) => !isImplemented(context),
    (context) => [
      ['req', hex(raw(context.frame, 1))],
      ['implemented', revisionsOf(context).map(hex).join(', ')],
    ],
    { outputs: writeRevisions },
  ),
  act('report', 'lower := req; higher := the highest revision implemented', writeRevisions),
];
