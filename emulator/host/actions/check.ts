/** Judges an action list before it runs: each error is a Problem with the path to the action. */
import { rowOfName } from '../../rmm/commands/rows';
import { STATUS_CODES } from '../../rmm/status';
import { ENUMERATIONS } from '../../rmm/structures/enumerations';
import { CHOICES, type Form, GUEST_FORMS, HOST_FORMS, type KeyKind } from './forms';
import {
  actionCommand,
  actionKey,
  actionMissing,
  actionNotObject,
  actionOperand,
  actionPe,
  actionStage,
  actionType,
  actionUnknown,
  actionValue,
} from './problems';
import { placeOf } from './structures';
import type { HostAction } from './types';
import { namesIn } from './values';

interface Scope {
  readonly pes: number;
  readonly names: Set<string>;
  readonly tapes: Set<string>;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Throws the first Problem of a list. `names` and `tapes` are given already, by lists that ran before; `pes` is the
 * number of PEs.
 */
export function checkActions(
  list: unknown,
  pes: number,
  names: readonly string[] = [],
  tapes: readonly string[] = [],
): asserts list is readonly HostAction[] {
  checkList(list, 'actions', HOST_FORMS, { pes, names: new Set(names), tapes: new Set(tapes) });
}

function checkList(list: unknown, path: string, forms: typeof HOST_FORMS, scope: Scope): void {
  if (!Array.isArray(list)) throw actionType(path, 'a list of actions');
  list.forEach((action, index) => {
    checkAction(action, `${path}[${index}]`, forms, scope);
  });
}

function checkAction(action: unknown, path: string, forms: typeof HOST_FORMS, scope: Scope): void {
  if (!isObject(action)) throw actionNotObject(path);
  const form = forms.find(([key]) => key in action);
  if (form === undefined)
    throw actionUnknown(
      path,
      Object.keys(action),
      forms.map(([key]) => key),
    );
  const [main, kind, optional, required = {}] = form;
  const keys: Form = { [main]: kind, ...required, ...optional };
  for (const key of Object.keys(required)) if (!(key in action)) throw actionMissing(path, key);
  // What an action reads must be there before what it gives.
  for (const gives of [false, true]) {
    for (const [key, value] of Object.entries(action)) {
      const wanted = keys[key];
      if (wanted === undefined) throw actionKey(path, key, Object.keys(keys));
      if (['gives', 'keep', 'keepTape'].includes(wanted) === gives)
        checkValue(wanted, value, `${path}.${key}`, key, scope);
    }
  }
  if (main === 'call') checkCall(action, path, forms === HOST_FORMS ? 'rmi' : 'rsi');
  if (typeof action['struct'] === 'string' || main === 'exit') checkFields(action, path);
}

function checkNames(value: unknown, path: string, scope: Scope): void {
  for (const name of namesIn(value as string, path)) {
    if (!scope.names.has(name)) throw actionValue(path, `"${name}"`);
  }
}

function checkText(value: unknown, path: string, wanted = 'a text'): asserts value is string {
  if (typeof value !== 'string' || value === '') throw actionType(path, wanted);
}

function checkValue(kind: KeyKind, value: unknown, path: string, key: string, scope: Scope): void {
  switch (kind) {
    case 'value':
      checkNames(value, path, scope);
      break;
    case 'values':
      if (!isObject(value)) throw actionType(path, 'an object of values');
      for (const [name, each] of Object.entries(value)) checkNames(each, `${path}.${name}`, scope);
      break;
    case 'x':
      if (!Array.isArray(value)) throw actionType(path, 'a list of values');
      value.forEach((each, index) => {
        checkNames(each, `${path}[${index}]`, scope);
      });
      break;
    case 'text':
      checkText(value, path);
      if (CHOICES[key]?.includes(value) === false) throw actionType(path, `one of ${CHOICES[key].join(', ')}`);
      break;
    case 'hex':
      if (typeof value !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(value))
        throw actionType(path, 'bytes in hexadecimal');
      break;
    case 'flag':
      if (value !== true) throw actionType(path, 'true');
      break;
    case 'count':
      if (!Number.isInteger(value) || Number(value) < 1) throw actionType(path, 'a whole number above zero');
      break;
    case 'pe':
      if (!Number.isInteger(value) || Number(value) < 1 || Number(value) >= scope.pes) {
        throw actionPe(path, Number(value), scope.pes);
      }
      break;
    case 'gives':
    case 'keepTape':
      checkText(value, path, 'a name');
      (kind === 'gives' ? scope.names : scope.tapes).add(value);
      break;
    case 'tape':
      checkText(value, path, 'the name of kept bytes');
      if (!scope.tapes.has(value)) throw actionValue(path, `"${value}"`);
      break;
    case 'keep':
      if (!isObject(value)) throw actionType(path, 'an object of names');
      for (const name of Object.values(value)) {
        checkText(name, path, 'a name');
        scope.names.add(name);
      }
      break;
    case 'actions':
      checkList(value, path, HOST_FORMS, scope);
      break;
    case 'guest':
      checkList(value, path, GUEST_FORMS, scope);
      break;
    case 'during':
      if (!isObject(value)) throw actionType(path, 'an object with after and do');
      checkText(value['after'], `${path}.after`, 'the name of a stage');
      if (scope.pes < 2) throw actionPe(path, 1, scope.pes);
      checkList(value['do'], `${path}.do`, HOST_FORMS, scope);
      break;
    default:
      checkCondition(value, path, scope);
  }
}

function checkCondition(value: unknown, path: string, scope: Scope): void {
  const [entry, ...more] = isObject(value) ? Object.entries(value) : [];
  if (entry === undefined || more.length > 0) throw actionType(path, 'one condition: done or inRealm');
  const [key, pe] = entry;
  if (!['done', 'inRealm'].includes(key)) throw actionKey(path, key, ['done', 'inRealm']);
  if (!Number.isInteger(pe) || Number(pe) < 0 || Number(pe) >= scope.pes) {
    throw actionPe(`${path}.${key}`, Number(pe), scope.pes);
  }
}

function checkCall(action: Fields, path: string, world: 'rmi' | 'rsi'): void {
  const name = String(action['call']);
  const row = rowOfName(name);
  if (row === undefined || (row.interface === 'rmi') !== (world === 'rmi')) {
    throw actionCommand(`${path}.call`, name, world === 'rmi' ? 'RMI' : 'RSI or PSCI');
  }
  const inputs = row.inputs.map((input) => input.name);
  const given = Object.keys((action['with'] as Fields | undefined) ?? {});
  for (const operand of given) {
    if (!inputs.includes(operand)) throw actionOperand(`${path}.with.${operand}`, name, operand, inputs);
  }
  for (const operand of inputs) if (!given.includes(operand)) throw actionMissing(`${path}.with`, operand);
  const outputs = row.outputs.map((output) => output.name);
  for (const key of ['returns', 'keep']) {
    for (const operand of Object.keys((action[key] as Fields | undefined) ?? {})) {
      if (!outputs.includes(operand)) throw actionOperand(`${path}.${key}.${operand}`, name, operand, outputs);
    }
  }
  const { fails, because, during } = action;
  if (fails !== undefined && STATUS_CODES[String(fails)] === undefined) {
    throw actionType(`${path}.fails`, 'a status, as RMI_ERROR_INPUT is one');
  }
  const conditions = row.stages.flatMap((stage) => (stage.kind === 'fail' ? [stage.id] : []));
  if (because !== undefined && !conditions.includes(String(because))) {
    throw actionStage(`${path}.because`, name, String(because));
  }
  if (during !== undefined) {
    const { after } = during as { readonly after: string };
    const stages = row.stages.map((stage) => (stage.kind === 'fail' ? stage.id : stage.name));
    if (!stages.includes(after)) throw actionStage(`${path}.during.after`, name, after);
  }
}

function checkFields(action: Fields, path: string): void {
  const struct = 'exit' in action ? 'RmiRecExit' : String(action['struct']);
  for (const field of Object.keys((action['fields'] as Fields | undefined) ?? {})) {
    placeOf(struct, field, `${path}.fields.${field}`);
  }
  placeOf(struct, '', `${path}.struct`);
  if ('exit' in action && !(String(action['is']) in ENUMERATIONS.RmiRecExitReason)) {
    throw actionType(`${path}.is`, 'a reason, as RMI_EXIT_SYNC is one');
  }
}
