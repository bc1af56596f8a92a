/** evaluate and completions: watches, hovers, the Debug Console. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { parseExpression } from '../../language/expression/parse';
import { focusedPlace } from '../memory/requests';
import { badOperand, isRunning } from '../problems';
import { frameOf } from '../session/stacks';
import { type Session, targetOf } from '../session/state';
import { resolve } from '../symbols/dwarf/types';
import { presentation } from '../variables/handles';
import { typedNode } from '../variables/typed-value';
import { commandNamed, commandNode } from './command-hover';
import { evaluateText } from './evaluate';
import { namesAt, type Place, registerNamed, variableNamed } from './names';
import { replCommand } from './repl';

export function evaluateRequest(
  session: Session,
  args: DebugProtocol.EvaluateArguments,
): DebugProtocol.EvaluateResponse['body'] {
  const target = targetOf(session, 'evaluate');
  const text = args.expression.trim();
  if (session.status === 'running') throw isRunning('evaluate');
  const place: Place =
    args.frameId === undefined ? focusedPlace(session, target) : { session, target, ...frameOf(session, args.frameId) };
  if (args.context === 'repl') {
    const answer = replCommand(place, text);
    if (answer !== undefined) return { result: answer, variablesReference: 0 };
  }
  // A hover over a keyword or a number in a comment asks for things that are no expression: names and members only.
  if (args.context === 'hover') {
    const { kind } = parseExpression(text);
    if (kind === 'number' || kind === 'binary') throw badOperand('a hover needs a name');
  }
  const command = commandNamed(text);
  if (command && isUnknown(place, text)) {
    const { value: result, ...rest } = presentation(session.handles, 0, {
      ...commandNode(command),
      key: `command:${command.name}`,
    });
    return { result, ...rest };
  }
  const value = evaluateText(place, text);
  const node = typedNode(text, value, text);
  // A watch keeps its identity by its text and frame.
  const { value: result, ...rest } = presentation(session.handles, 0, {
    ...node,
    key: `evaluate:${place.entry?.key ?? ''}:${text}`,
  });
  const plain = resolve(value.type);
  return {
    result,
    ...rest,
    ...(plain.kind === 'base' && args.context === 'clipboard' ? { result: result.replaceAll('_', '') } : {}),
  };
}

/** Whether the guest has nothing of that name: a macro, then. */
const isUnknown = (place: Place, name: string): boolean =>
  variableNamed(place, name) === undefined && registerNamed(place, name) === undefined;

const MAX_COMPLETIONS = 200;

export function completions(
  session: Session,
  args: DebugProtocol.CompletionsArguments,
): DebugProtocol.CompletionsResponse['body'] {
  const target = targetOf(session, 'completions');
  if (session.status !== 'stopped') return { targets: [] };
  const before = args.text.slice(0, args.column - (session.clientColumnsFrom1 ? 1 : 0));
  const word = /\$?[A-Za-z_0-9]*$/.exec(before)?.[0] ?? '';
  const place: Place =
    args.frameId === undefined ? focusedPlace(session, target) : { session, target, ...frameOf(session, args.frameId) };
  const member = /([A-Za-z_][A-Za-z0-9_.>[\]-]*)(\.|->)[A-Za-z_0-9]*$/.exec(before);
  const names = member ? memberNames(place, member[1]!) : ['help', ...namesAt(place)];
  const wanted = word.replace(/^\$/, '').toLowerCase();
  const unique = [...new Set(names)].filter((name) => name.toLowerCase().startsWith(wanted) && name !== '');
  return {
    targets: unique.slice(0, MAX_COMPLETIONS).map((label) => ({
      label,
      start: before.length - word.replace(/^\$/, '').length,
      length: word.replace(/^\$/, '').length,
    })),
  };
}

function memberNames(place: Place, object: string): string[] {
  try {
    const plain = resolve(evaluateText(place, object).type);
    const record = plain.kind === 'pointer' ? resolve(plain.target()) : plain;
    return record.kind === 'record' ? record.members().map(({ name }) => name) : [];
  } catch {
    // Half-typed text is no expression yet: nothing to complete.
    return [];
  }
}
