/** What the Variables view shows: a node renders itself and lists its own children when asked. */
import type { DebugProtocol } from '@vscode/debugprotocol';

export interface Node {
  /** Its identity among its siblings: the same thing has the same key at the next stop. Default: the name. */
  readonly key?: string;
  readonly name: string;
  readonly value: string;
  readonly type?: string | undefined;
  /** Expression that gives the same node in a watch. */
  readonly evaluateName?: string | undefined;
  /** A reference (`address-space`) to open in a memory view. */
  readonly memoryReference?: string | undefined;
  readonly hint?: DebugProtocol.VariablePresentationHint;
  /** Absent: a leaf. */
  readonly children?: (() => readonly Node[]) | undefined;
  /** Instead of `children` when there may be very many alike: a client then asks for stretches. */
  readonly elements?:
    | { readonly count: number; readonly list: (start: number, count: number) => readonly Node[] }
    | undefined;
}

/** A heading without a value of its own. */
export const group = (name: string, value: string, children: () => readonly Node[], key?: string): Node => ({
  name,
  value,
  children,
  hint: { attributes: ['readOnly'] },
  ...(key === undefined ? {} : { key }),
});

export const leaf = (name: string, value: string, extra: Partial<Node> = {}): Node => ({ name, value, ...extra });

export const keyOf = (node: Node): string => node.key ?? node.name;

/** Most children given at once without `elements`. */
export const MAX_CHILDREN = 10_000;
