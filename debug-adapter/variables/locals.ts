/** Parameters and local variables of a guest frame. */
import { localsOf, type Place } from '../evaluate/names';
import type { Node } from './node';
import { typedNode } from './typed-value';

export function localNodes(place: Place): Node[] {
  return localsOf(place).map(({ variable, value }) => {
    const node = typedNode(variable.name, value, variable.name);
    return variable.isParameter ? { ...node, hint: { ...node.hint, kind: 'property' } } : node;
  });
}
