/** Recorded files: parts, each its own kind of bytes, compressed together. */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/** Bytes that grow. */
export interface Bytes {
  u8(value: number): void;
  u32(value: number): void;
  varint(value: number): void;
  done(): Buffer;
}

export function bytesOf(): Bytes {
  const bytes: number[] = [];
  return {
    u8: (value) => void bytes.push(value),
    u32: (value) => void bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24),
    varint(value) {
      let rest = value;
      for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
      bytes.push(rest);
    },
    done: () => Buffer.from(bytes),
  };
}

export function reader(buffer: Buffer): { u8: () => number; u32: () => number; varint: () => number } {
  let at = 0;
  const u8 = (): number => buffer[at++]!;
  return {
    u8,
    u32() {
      at += 4;
      return buffer.readUInt32LE(at - 4);
    },
    varint() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = u8();
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    },
  };
}

/** Sizes first, then the parts. */
export function join(parts: readonly Buffer[]): Buffer {
  const sizes = Buffer.alloc(4 + parts.length * 4);
  sizes.writeUInt32LE(parts.length);
  parts.forEach((part, index) => {
    sizes.writeUInt32LE(part.length, 4 + index * 4);
  });
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants;
  return brotliCompressSync(Buffer.concat([sizes, ...parts]), {
    params: { [BROTLI_PARAM_QUALITY]: 9, [BROTLI_PARAM_LGWIN]: 22 },
  });
}

export function split(packed: Uint8Array): Buffer[] {
  const bytes = brotliDecompressSync(packed);
  const count = bytes.readUInt32LE(0);
  let start = 4 + count * 4;
  return Array.from({ length: count }, (_, index) => {
    const length = bytes.readUInt32LE(4 + index * 4);
    start += length;
    return bytes.subarray(start - length, start);
  });
}
