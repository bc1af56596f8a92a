/** What the interpreter asks of the bus, decoded. */
import { BUS_ATOMIC, BUS_ORDERED, BUS_SIZE_SHIFT, BUS_UNPRIVILEGED } from '../cpu/bus';
import type { AccessKind } from './types';

const KINDS: readonly AccessKind[] = ['read', 'write', 'fetch'];

/** Decoded `kind` of the bus. */
export interface Request {
  readonly kind: AccessKind;
  readonly size: number;
  readonly unprivileged: boolean;
  readonly atomic: boolean;
  readonly strict: boolean;
}

export function decodeKind(kind: number): Request {
  return {
    kind: KINDS[kind & 3] ?? 'read',
    size: 1 << ((kind >> BUS_SIZE_SHIFT) & 7),
    unprivileged: (kind & BUS_UNPRIVILEGED) !== 0,
    atomic: (kind & BUS_ATOMIC) !== 0,
    strict: (kind & (BUS_ATOMIC | BUS_ORDERED)) !== 0,
  };
}
