/** The command in flight (or just ended): inputs, structures, named values, conditions, result. */
import type { FrameValue } from '../../emulator/rmm/commands/row';
import { type CallInFlight, callNumbered, evaluationOf } from '../../emulator/rmm/inspect';
import type { Place } from '../evaluate/names';
import { showHex } from '../format';
import { decodedNode } from './decoded';
import { group, leaf, type Node } from './node';

/** Only for command frames. */
export function callNode(place: Place): Node | undefined {
  const call = callOfPlace(place);
  return call ? { name: 'Call', value: call.name, children: () => callChildren(place, call) } : undefined;
}

/** The call that the place's frame is. */
export function callOfPlace(place: Place): CallInFlight | undefined {
  const { entry, pe, target } = place;
  if (entry?.kind !== 'command' || entry.call === undefined) return undefined;
  return callNumbered(target.machine, pe, entry.call) ?? undefined;
}

function callChildren(place: Place, call: CallInFlight): Node[] {
  const nodes: Node[] = [
    leaf('command', call.name, { type: `FID ${showHex(call.fid)}`, hint: { attributes: ['readOnly'] } }),
  ];
  // A structure in memory is what its pointer operand is about: its fields are the operand's children.
  nodes.push(
    ...call.inputs.map((value) => {
      const structure = call.structures.find(({ name }) => name === value.name);
      return decodedNode(structure ? { ...value, ...(structure.fields ? { fields: structure.fields } : {}) } : value);
    }),
  );
  const { result } = call;
  if (result) {
    const index = result.index === 0 ? '' : ` (${result.index})`;
    nodes.push({
      name: 'result',
      value: `${result.status}${index}`,
      children: () => result.outputs.map((value) => decodedNode(value)),
    });
  } else if (call.stage !== null) {
    nodes.push(
      leaf('next stage', call.stage, { type: call.stageText ?? undefined, hint: { attributes: ['readOnly'] } }),
    );
  }
  const locals = Object.entries(call.locals).filter(([name]) => name !== 'failed');
  if (locals.length > 0)
    nodes.push(
      group('values', `${locals.length} named by stages`, () =>
        locals.map(([name, value]) => frameValueNode(name, value)),
      ),
    );
  const conditions = evaluationOf(place.target.machine, call.call);
  if (conditions.length > 0) {
    const failed = conditions.find(({ outcome }) => outcome === 'failed');
    const passed = conditions.filter(({ outcome }) => outcome === 'passed').length;
    const value = failed ? `failed: ${failed.id}` : `${passed} of ${conditions.length} passed`;
    nodes.push(
      group('conditions', value, () =>
        conditions.map(({ id, text, status, outcome, compared }) => ({
          name: id,
          value: outcome,
          type: `${text} → ${status}`,
          hint: { attributes: ['readOnly'] },
          children:
            compared.length === 0 ? undefined : () => compared.map(([name, operand]) => frameValueNode(name, operand)),
        })),
      ),
    );
  }
  return nodes;
}

/** A value that a stage named. Addresses are numbers there: large ones are shown as such. */
export function frameValueNode(name: string, value: FrameValue): Node {
  if (Array.isArray(value)) {
    const items = value as readonly FrameValue[];
    return { name, value: `[${items.length}]`, children: () => items.map((item, i) => frameValueNode(`[${i}]`, item)) };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as { readonly [key: string]: FrameValue });
    const text = entries.map(([key, each]) => `${key} = ${plain(each)}`).join(', ');
    return {
      name,
      value: `{${text.slice(0, 120)}}`,
      children: () => entries.map(([key, each]) => frameValueNode(key, each)),
    };
  }
  return leaf(name, plain(value), { hint: { attributes: ['readOnly'] } });
}

const plain = (value: FrameValue): string => {
  if (typeof value === 'bigint') return showHex(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 4096 ? showHex(value) : String(value);
  return typeof value === 'object' && value !== null ? '{…}' : String(value);
};
