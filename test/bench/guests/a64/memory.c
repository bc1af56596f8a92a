/* Copies and string lengths: by doublewords in pairs where both ends are aligned, else by bytes. */
#include "common.h"

static u8 from[32768] __attribute__((aligned(16))), to[32768] __attribute__((aligned(16)));

static void copy(u8 *t, const u8 *f, u64 n) {
  if ((((u64)t | (u64)f) & 7) == 0)
    for (; n >= 32; n -= 32, t += 32, f += 32) {
      u64 a = ((const u64 *)f)[0], b = ((const u64 *)f)[1], c = ((const u64 *)f)[2], d = ((const u64 *)f)[3];
      ((u64 *)t)[0] = a, ((u64 *)t)[1] = b, ((u64 *)t)[2] = c, ((u64 *)t)[3] = d;
    }
  while (n--) *t++ = *f++;
}

static u64 length(const u8 *s) {
  const u8 *p = s;
  while (*p) p++;
  return p - s;
}

u64 run(u64 iterations) {
  u64 sum = 0;
  for (int i = 0; i < 32768; i++) from[i] = (next() >> 24) | 1;
  from[32767] = 0;
  while (iterations--) {
    copy(to, from, 32768);
    copy(to + 8, from + 16, 16000);
    copy(to + 1, from + 2, 4000);
    sum = sum * 31 + length(to + 20000) + to[1000];
  }
  return sum;
}
