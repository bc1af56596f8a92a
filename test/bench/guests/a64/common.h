/* What the kernels share: names of types, and the two functions that compilers call on their own. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef int i32;
typedef long i64;

static u32 seed = 12345;
static inline u32 next(void) { return seed = seed * 1664525u + 1013904223u; }

__attribute__((weak)) void *memcpy(void *to, const void *from, u64 n) {
  u8 *t = to;
  const u8 *f = from;
  while (n--) *t++ = *f++;
  return to;
}
__attribute__((weak)) void *memset(void *to, int c, u64 n) {
  u8 *t = to;
  while (n--) *t++ = c;
  return to;
}

u64 run(u64 iterations);
