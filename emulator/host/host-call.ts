/** Host calls: what RSI_HOST_CALL with each immediate means to the built-in VMM (docs/host.md). */
import { concatBytes } from '../../attestation/bytes';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { print } from './console';
import type { RealmLayout } from './layout';
import type { RecExit } from './rmi';
import type { HostRealmProgress } from './saved';

export const HOST_CALLS = {
  putCharacter: 1,
  write: 2,
  exit: 3,
  tokenChunk: 4,
  tokenEnd: 5,
  challenge: 6,
} as const;

/** Bytes that gprs[1..30] carry. */
const CHUNK_BYTES = 240;
/** A guest that never ends its token may not fill our memory. */
const MAX_TOKEN_BYTES = 0x1_0000;
/** Nor may one that publishes tokens for ever: each is kept and verified. */
const MAX_TOKENS = 64;
/** Phase of the `token` event: the guest handed a token to the Host. */
const TOKEN_PUBLISHED = 3;

export interface HostCallScope {
  readonly machine: Machine;
  readonly pe: number;
  readonly layout: RealmLayout;
  readonly own: HostRealmProgress;
  readonly challenge: Uint8Array;
}

/** What to do next: enter again with these registers, or end the Realm. */
export type HostCallAnswer =
  | { readonly kind: 'enter'; readonly gprs: readonly bigint[] }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'fault'; readonly text: string };

/** `gprs[0]` bytes of gprs[1..30], little-endian. */
function packed(exit: RecExit): Uint8Array {
  const length = Number(exit.gprs[0] ?? 0n);
  return Uint8Array.from({ length }, (_, index) => {
    const word = exit.gprs[1 + Math.floor(index / 8)] ?? 0n;
    return Number((word >> BigInt(8 * (index % 8))) & 0xffn);
  });
}

const words = (bytes: Uint8Array): bigint[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, index) => view.getBigUint64(8 * index, true));
};

const carriesBytes = (imm: number): boolean => imm === HOST_CALLS.write || imm === HOST_CALLS.tokenChunk;

export function serveHostCall(scope: HostCallScope, exit: RecExit): HostCallAnswer {
  const { machine, pe, own, layout } = scope;
  const first = exit.gprs[0] ?? 0n;
  const enter: HostCallAnswer = { kind: 'enter', gprs: [] };
  if (carriesBytes(exit.imm) && first > BigInt(CHUNK_BYTES)) {
    const text = `The guest made host call ${exit.imm} with a length of ${first}; at most ${CHUNK_BYTES} bytes fit.`;
    return { kind: 'fault', text };
  }
  switch (exit.imm) {
    case HOST_CALLS.putCharacter:
      print(machine, pe, layout, own, Number(first & 0xffn));
      return enter;
    case HOST_CALLS.write:
      for (const byte of packed(exit)) print(machine, pe, layout, own, byte);
      return enter;
    case HOST_CALLS.exit:
      return { kind: 'exit', code: Number(BigInt.asIntN(32, first)) };
    case HOST_CALLS.tokenChunk:
      if (own.tokenBytes.length + Number(first) > MAX_TOKEN_BYTES) {
        return { kind: 'fault', text: `The guest sent more than ${MAX_TOKEN_BYTES} bytes of token (host call 4).` };
      }
      own.tokenBytes = concatBytes(own.tokenBytes, packed(exit));
      return enter;
    case HOST_CALLS.tokenEnd:
      if (own.tokens.length === MAX_TOKENS) {
        return { kind: 'fault', text: `The guest published more than ${MAX_TOKENS} tokens (host call 5).` };
      }
      own.tokens.push(own.tokenBytes);
      emit(machine, 'token', pe, layout.rd, layout.recs[own.turn]?.pa ?? 0, TOKEN_PUBLISHED, own.tokenBytes.length);
      own.tokenBytes = new Uint8Array(0);
      return enter;
    case HOST_CALLS.challenge:
      return { kind: 'enter', gprs: words(scope.challenge) };
    default:
      return {
        kind: 'fault',
        text: `The guest made host call ${exit.imm}, which the built-in Host does not know. It knows 1 to 6: see docs/host.md.`,
      };
  }
}
