/** Framing of the gdb remote protocol: `$body#checksum`, escapes, acknowledgements, and the interrupt byte. */

export type Incoming =
  | { readonly kind: 'packet'; readonly body: string }
  /** Ctrl-C at the client. */
  | { readonly kind: 'interrupt' }
  /** The checksum is wrong: to be answered with `-`. */
  | { readonly kind: 'damaged' }
  /** The client did not understand the last packet: to be sent again. */
  | { readonly kind: 'again' };

/** What has arrived and is no whole packet yet. */
export interface Unframer {
  rest: string;
}

/** Most bytes of a packet the server takes: it tells the client so (`PacketSize`). */
export const PACKET_SIZE = 0x4000;

const INTERRUPT = '\x03';
const hexByte = (value: number): string => value.toString(16).padStart(2, '0');

function checksum(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (sum + text.charCodeAt(at)) % 256;
  return sum;
}

/** A body as it goes on the wire; characters are bytes. */
export function frame(body: string): string {
  const escaped = body.replace(/[$#}*]/g, (each) => `}${String.fromCharCode(each.charCodeAt(0) ^ 0x20)}`);
  return `$${escaped}#${hexByte(checksum(escaped))}`;
}

/** Takes what is whole out of the stream. `text` has one character a byte (latin1). */
export function unframe(unframer: Unframer, text: string): Incoming[] {
  const found: Incoming[] = [];
  let stream = unframer.rest + text;
  while (stream.length > 0) {
    const first = stream[0];
    if (first === '$') {
      const end = stream.indexOf('#');
      if (end < 0 || stream.length < end + 3) {
        // Longer than anything allowed: what follows cannot be told from it.
        if (stream.length > 4 * PACKET_SIZE) stream = '';
        break;
      }
      const raw = stream.slice(1, end);
      const good = Number.parseInt(stream.slice(end + 1, end + 3), 16) === checksum(raw);
      found.push(good ? { kind: 'packet', body: withoutEscapes(raw) } : { kind: 'damaged' });
      stream = stream.slice(end + 3);
      continue;
    }
    if (first === INTERRUPT) found.push({ kind: 'interrupt' });
    if (first === '-') found.push({ kind: 'again' });
    stream = stream.slice(1);
  }
  unframer.rest = stream;
  return found;
}

const withoutEscapes = (raw: string): string =>
  raw.replace(/\}(.)/gs, (_, each: string) => String.fromCharCode(each.charCodeAt(0) ^ 0x20));

/** Bytes as hexadecimal digits, and back; undefined for anything else. */
export const toDigits = (bytes: Uint8Array): string => Array.from(bytes, hexByte).join('');
export function fromDigits(digits: string): Uint8Array | undefined {
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Text as hexadecimal digits (UTF-8), and back. */
export const textToDigits = (text: string): string => toDigits(new TextEncoder().encode(text));
