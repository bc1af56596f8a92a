/** A named error as the command line shows it: what and where, how to mend it, its code. */
import type { Problem } from '../../attestation/problem';
import type { Output } from '../output';

export function printProblem(output: Output, problem: Problem): void {
  const where = problem.where === undefined ? '' : `${problem.where}: `;
  output.error(`${output.paint('red', 'error')} ${where}${problem.what}`);
  if (problem.fix !== undefined) output.error(`      ${problem.fix}`);
  output.error(output.paint('dim', `      (${problem.code})`));
}
