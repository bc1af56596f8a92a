/**
 * Variables references that survive a stop: a reference belongs to a path of keys, not to an object, so that the tree
 * stays open while stepping and a late request gets the present value or a clear refusal.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { noSuchVariable } from '../problems';
import { keyOf, MAX_CHILDREN, type Node } from './node';

interface Handle {
  readonly parent: number;
  readonly key: string;
  /** The node as of `epoch`. */
  node: Node | undefined;
  epoch: number;
}

export interface Handles {
  readonly byReference: Map<number, Handle>;
  readonly byPath: Map<string, number>;
  /** One more at every stop or edit: nodes of earlier epochs are looked up again. */
  epoch: number;
}

/** Handles kept before all are forgotten; a client then opens its tree anew. */
const MAX_HANDLES = 200_000;

export const createHandles = (): Handles => ({ byReference: new Map(), byPath: new Map(), epoch: 0 });

export function renewHandles(handles: Handles): void {
  handles.epoch++;
  if (handles.byReference.size <= MAX_HANDLES) return;
  handles.byReference.clear();
  handles.byPath.clear();
}

/** The reference of a node below `parent` (0: a root); 0 for a leaf. Root keys must be unique in the session. */
export function referenceOf(handles: Handles, parent: number, node: Node): number {
  if (!node.children && !node.elements) return 0;
  const key = keyOf(node);
  const path = `${parent}/${key}`;
  let reference = handles.byPath.get(path);
  if (reference === undefined) {
    reference = handles.byPath.size + 1;
    while (handles.byReference.has(reference)) reference++;
    handles.byPath.set(path, reference);
  }
  handles.byReference.set(reference, { parent, key, node, epoch: handles.epoch });
  return reference;
}

/** The present node of a reference. @throws Problem `no-such-variable` when it is gone */
export function nodeOf(handles: Handles, reference: number): Node {
  const node = findNode(handles, reference);
  if (!node) throw noSuchVariable(reference);
  return node;
}

/** True for a reference that was given out and whose node is no more. */
export const isGone = (handles: Handles, reference: number): boolean =>
  handles.byReference.has(reference) && !findNode(handles, reference);

function findNode(handles: Handles, reference: number): Node | undefined {
  const handle = handles.byReference.get(reference);
  if (!handle) return undefined;
  if (handle.epoch === handles.epoch && handle.node) return handle.node;
  const parent = handle.parent === 0 ? undefined : findNode(handles, handle.parent);
  const node = parent?.children?.().find((child) => keyOf(child) === handle.key) ?? elementOf(parent, handle.key);
  if (!node) return undefined;
  handle.node = node;
  handle.epoch = handles.epoch;
  return node;
}

/** Elements are keyed by their index. */
function elementOf(parent: Node | undefined, key: string): Node | undefined {
  const index = Number(key.replace(/^\[(\d+)\]$/, '$1'));
  return parent?.elements && Number.isInteger(index) && index < parent.elements.count
    ? parent.elements.list(index, 1)[0]
    : undefined;
}

/** Children as DAP variables. */
export function variablesOf(handles: Handles, reference: number, start = 0, count = 0): DebugProtocol.Variable[] {
  const node = nodeOf(handles, reference);
  const children = node.elements
    ? node.elements.list(start, Math.min(count || node.elements.count, node.elements.count - start, MAX_CHILDREN))
    : (node.children?.() ?? []).slice(start, count > 0 ? start + count : start + MAX_CHILDREN);
  return children.map((child) => ({ name: child.name, ...presentation(handles, reference, child) }));
}

/** What a variable and the answer to `evaluate` have in common. */
export function presentation(handles: Handles, parent: number, node: Node): Omit<DebugProtocol.Variable, 'name'> {
  return {
    value: node.value,
    variablesReference: referenceOf(handles, parent, node),
    ...(node.type === undefined ? {} : { type: node.type }),
    ...(node.evaluateName === undefined ? {} : { evaluateName: node.evaluateName }),
    ...(node.memoryReference === undefined ? {} : { memoryReference: node.memoryReference }),
    ...(node.hint === undefined ? {} : { presentationHint: node.hint }),
    ...(node.elements === undefined ? {} : { indexedVariables: node.elements.count }),
  };
}
