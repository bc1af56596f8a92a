/** What an expression can be refused for. */
import { Problem } from '../../attestation/problem';

/** `at` counts characters from 0; the message counts from 1, as an editor does. */
export const badExpression = (text: string, at: number, why: string): Problem =>
  new Problem({ code: 'bad-expression', what: `${why} at character ${at + 1} of "${text}".`, blame: 'usage' });
