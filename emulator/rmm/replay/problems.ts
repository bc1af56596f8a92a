/** Traces that cannot be replayed. `where` is FILE:LINE. All are the caller's to mend. */
import { Problem } from '../../../attestation/problem';

const REDO = 'Copy the file again, or record the trace again.';

export const notJson = (where: string, message: string): Problem =>
  new Problem({ code: 'trace-not-json', what: `is not JSON: ${message}.`, where, fix: REDO, blame: 'usage' });

export const badHeader = (where: string, what: string, fix: string): Problem =>
  new Problem({ code: 'trace-header', what, where, fix, blame: 'usage' });

export const badPlatform = (where: string, member: string, given: unknown, wanted: string): Problem =>
  new Problem({
    code: 'trace-platform',
    what: `has platform.${member} = ${JSON.stringify(given) ?? 'nothing'}.`,
    where,
    fix: `Give ${wanted}.`,
    blame: 'usage',
  });

export const badLine = (where: string, what: string, fix: string): Problem =>
  new Problem({ code: 'trace-line', what, where, fix, blame: 'usage' });

export const noEndLine = (where: string, calls: number): Problem =>
  new Problem({
    code: 'trace-incomplete',
    what: `ends after ${calls} calls without the line {"end":true,"calls":N}: a part of it is missing.`,
    where,
    fix: REDO,
    blame: 'usage',
  });

export const callsDiffer = (where: string, said: number, found: number): Problem =>
  new Problem({
    code: 'trace-calls',
    what: `says that ${said} calls come before it, and ${found} do.`,
    where,
    fix: REDO,
    blame: 'usage',
  });

export const afterEnd = (where: string): Problem =>
  new Problem({
    code: 'trace-after-end',
    what: 'comes after the end line.',
    where,
    fix: 'Keep one trace in a file.',
    blame: 'usage',
  });

export const notModelled = (where: string, what: string, needs: string): Problem =>
  new Problem({
    code: 'trace-not-modelled',
    what: `${what}, which needs ${needs}: not modelled.`,
    where,
    fix: 'Nothing after it was replayed. Give a trace without it; docs/fidelity.md says what is modelled.',
    blame: 'usage',
  });

export const unknownSpec = (where: string, given: string, known: string): Problem =>
  new Problem({
    code: 'trace-spec',
    what: `is a trace of ${given}.`,
    where,
    fix: `Give a trace of ${known}.`,
    blame: 'usage',
  });
