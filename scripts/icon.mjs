// Draws the product mark, 2 × 2 squares in the colours of the four physical address spaces, as the marketplace icon.
// Node only: coverage by 4 × 4 samples a pixel, PNG chunks by hand.
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const SIZE = 256;
const SAMPLES = 4;
/** Shapes from back to front: x, y, side, corner radius, colour. */
const shapes = [
  [0, 0, 256, 52, [0x14, 0x18, 0x1c]],
  [40, 40, 80, 14, [0x6e, 0x8a, 0x9b]],
  [136, 40, 80, 14, [0xf2, 0xc3, 0x5a]],
  [40, 136, 80, 14, [0x48, 0xa6, 0xff]],
  [136, 136, 80, 14, [0xe2, 0x68, 0x80]],
];

const inside = ([left, top, side, radius], x, y) => {
  const dx = Math.max(left + radius - x, x - (left + side - radius), 0);
  const dy = Math.max(top + radius - y, y - (top + side - radius), 0);
  return x >= left && x < left + side && y >= top && y < top + side && dx * dx + dy * dy <= radius * radius;
};

function pixel(px, py) {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
    const x = px + ((sample % SAMPLES) + 0.5) / SAMPLES;
    const y = py + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    const shape = shapes.findLast((candidate) => inside(candidate, x, y));
    if (shape === undefined) continue;
    red += shape[4][0];
    green += shape[4][1];
    blue += shape[4][2];
    alpha += 1;
  }
  const mean = (sum) => (alpha === 0 ? 0 : Math.round(sum / alpha));
  return [mean(red), mean(green), mean(blue), Math.round((alpha * 255) / (SAMPLES * SAMPLES))];
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

const rows = Buffer.alloc(SIZE * (SIZE * 4 + 1));
for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) rows.set(pixel(x, y), y * (SIZE * 4 + 1) + 1 + x * 4);

const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 6, 0, 0, 0], 8);

writeFileSync(
  'extension/media/icon.png',
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]),
);
