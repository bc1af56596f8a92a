/** Negotiation of a revision, the same for the Host (RMI_VERSION) and a Realm (RSI_VERSION). */
import type { Frame, Stage } from './row';
import { act, fail, hex, raw, setResult } from './stages';

/** The only revision implemented: 1.0. */
const REVISION = 0x1_0000n;

const writeRevisions = (frame: Frame): void => {
  setResult(frame, 1, REVISION);
  setResult(frame, 2, REVISION);
};

/** X1 is the revision asked for; X1 and X2 report the lower and the higher one, on failure too. */
export const versionStages = (status: 'RMI_ERROR_INPUT' | 'RSI_ERROR_INPUT'): readonly Stage[] => [
  fail(
    'version_unsupported',
    'req is not a revision the RMM implements',
    status,
    ({ frame }) => raw(frame, 1) !== REVISION,
    ({ frame }) => [
      ['req', hex(raw(frame, 1))],
      ['implemented', hex(REVISION)],
    ],
    { outputs: ({ frame }) => writeRevisions(frame) },
  ),
  act('report', 'lower := higher := 1.0', ({ frame }) => writeRevisions(frame)),
];
