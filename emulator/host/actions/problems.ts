/** Errors in an action list, by name. `path` is where: `actions[3].guest[0].with.rd`. */
import { Problem } from '../../../attestation/problem';

const problem = (code: string, path: string, what: string, fix: string): Problem =>
  new Problem({ code, what, where: path, fix, blame: 'usage' });

const quoted = (names: readonly string[]): string => names.join(', ');

export const actionNotObject = (path: string): Problem =>
  problem('action-form', path, 'this is no action.', 'Write an object with one of the keys that name an action.');

export const actionUnknown = (path: string, keys: readonly string[], known: readonly string[]): Problem =>
  problem(
    'action-unknown',
    path,
    `no action has the keys ${quoted(keys) || '(none)'}.`,
    `An action has exactly one of: ${quoted(known)}.`,
  );

export const actionKey = (path: string, key: string, known: readonly string[]): Problem =>
  problem('action-key', path, `there is no key ${key} here.`, `Known: ${quoted(known)}.`);

export const actionMissing = (path: string, key: string): Problem =>
  problem('action-missing', path, `${key} is missing.`, `Give ${key}.`);

export const actionType = (path: string, wanted: string): Problem =>
  problem('action-type', path, `this is not ${wanted}.`, `Write ${wanted}.`);

export const actionCommand = (path: string, name: string, kind: string): Problem =>
  problem('action-command', path, `there is no ${kind} command ${name}.`, 'See docs/commands.md for the names.');

export const actionOperand = (path: string, command: string, name: string, known: readonly string[]): Problem =>
  problem('action-operand', path, `${command} has no operand ${name}.`, `Its operands: ${quoted(known) || 'none'}.`);

export const actionStage = (path: string, command: string, name: string): Problem =>
  problem(
    'action-stage',
    path,
    `${command} has no stage or failure condition ${name}.`,
    'See the stages of the command in docs/commands.md.',
  );

export const actionField = (path: string, struct: string, field: string): Problem =>
  problem('action-field', path, `${struct} has no field ${field}.`, 'See the structures in docs/commands.md.');

export const actionStructure = (path: string, struct: string): Problem =>
  problem('action-structure', path, `there is no structure ${struct}.`, 'See the structures in docs/commands.md.');

export const actionValue = (path: string, text: string): Problem =>
  problem(
    'action-value',
    path,
    `${text} is no value.`,
    'Write a number, a name given by an earlier action, a name of the specification, or a sum of those.',
  );

export const actionPe = (path: string, pe: number, pes: number): Problem =>
  problem('action-pe', path, `there is no PE ${pe}.`, `The platform has PEs 0 to ${pes - 1}; PE 0 is the list's own.`);

export const actionMemory = (path: string): Problem =>
  problem('action-memory', path, 'no free granules are left.', 'Take fewer, or choose a platform with more memory.');
