/** Locals for the values of one handler: taken from those that earlier handlers gave back. */
import type { Code, Local } from '../wasm/code';
import type { ValueType } from '../wasm/opcodes';

export function withTemporaries(code: Code, body: (temporary: (type: ValueType) => Local) => void): void {
  const used: Local[] = [];
  body((type) => {
    const to = code.borrow(type);
    used.push(to);
    return to;
  });
  for (const each of used) code.giveBack(each);
}
