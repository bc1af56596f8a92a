/** Values that the RMM's inspector decoded, as nodes. */
import type { DecodedValue } from '../../emulator/rmm/inspect';
import { plainHex } from '../format';
import type { Node } from './node';

export function decodedNode(value: DecodedValue, key?: string): Node {
  const { name, text, type, summary, fields } = value;
  return {
    name,
    value: text,
    type: summary === '' ? type : `${type}: ${summary}`,
    ...(key === undefined ? {} : { key }),
    // An address operand can be watched as one.
    evaluateName: value.value === null || type !== 'Address' ? undefined : `pa:${plainHex(value.value)}`,
    hint: { attributes: ['readOnly'] },
    children:
      fields === undefined || fields.length === 0
        ? undefined
        : () => fields.map((field, i) => decodedNode(field, `${i}:${field.name}`)),
  };
}
