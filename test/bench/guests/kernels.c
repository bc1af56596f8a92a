/* Integer work for the interpreter: five kernels that need no library. Compiled with -mgeneral-regs-only. The result of
 * run() depends on every one of them. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

void *memcpy(void *to, const void *from, u64 n) {
  u8 *t = to;
  const u8 *f = from;
  for (; n >= 8; n -= 8, t += 8, f += 8) *(u64 *)t = *(const u64 *)f;
  while (n--) *t++ = *f++;
  return to;
}
void *memset(void *to, int c, u64 n) {
  for (u8 *t = to; n--; t++) *t = c;
  return to;
}

static u32 seed;
static u32 next(void) { return seed = seed * 1664525u + 1013904223u; }

static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static u32 ror(u32 v, int n) { return v >> n | v << (32 - n); }

static void sha256_block(u32 h[8], const u8 *p) {
  u32 w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = (u32)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++)
    w[i] = w[i - 16] + (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
           (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
  memcpy(s, h, sizeof s);
  for (int i = 0; i < 64; i++) {
    u32 t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];
    u32 t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

static u64 sha256(void) {
  static u8 text[1024];
  u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (int i = 0; i < 1024; i++) text[i] = next() >> 24;
  for (int i = 0; i < 1024; i += 64) sha256_block(h, text + i);
  return (u64)h[0] << 32 | h[7];
}

static void sort(i64 *a, i64 low, i64 high) {
  if (low >= high) return;
  i64 pivot = a[(low + high) / 2], i = low, j = high;
  while (i <= j) {
    while (a[i] < pivot) i++;
    while (a[j] > pivot) j--;
    if (i <= j) {
      i64 t = a[i];
      a[i++] = a[j];
      a[j--] = t;
    }
  }
  sort(a, low, j);
  sort(a, i, high);
}

static u64 sorting(void) {
  static i64 a[1000];
  for (int i = 0; i < 1000; i++) a[i] = (i64)((u64)next() << 32 | next());
  sort(a, 0, 999);
  u64 sum = 0;
  for (int i = 0; i < 1000; i++) sum = sum * 31 + (u64)a[i];
  return sum;
}

static u64 crc(void) {
  static u32 table[256];
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    table[i] = c;
  }
  u32 c = ~0u;
  for (int i = 0; i < 4096; i++) c = table[(c ^ (next() >> 16)) & 255] ^ c >> 8;
  return ~c;
}

/* A machine with an accumulator: computes Collatz lengths. */
static u64 bytecode(void) {
  enum { LOAD, ODD, HALVE, TRIPLE, COUNT, JUMP, DONE, STOP };
  static const u8 program[] = {LOAD, DONE, 9, ODD, 7, HALVE, COUNT, TRIPLE, COUNT, STOP};
  u64 total = 0;
  for (u64 n = 1; n < 60; n++) {
    u64 acc = 0, count = 0;
    const u8 *pc = program;
    for (;;) {
      switch (*pc++) {
        case LOAD: acc = n; break;
        case DONE: pc = acc == 1 ? program + pc[0] : pc + 1; break;
        case ODD: pc = acc & 1 ? program + pc[0] : pc + 1; break;
        case HALVE: acc /= 2; break;
        case TRIPLE: acc = acc * 3 + 1; break;
        case COUNT: count++; pc = program + 1; break;
        case JUMP: pc = program + pc[0]; break;
        default: goto out;
      }
    }
  out:
    total = total * 7 + count;
  }
  return total;
}

static u64 strings(void) {
  static char text[2048], words[64][32];
  int at = 0, found = 0;
  for (int i = 0; i < 2047; i++) text[i] = next() % 5u == 0 ? ' ' : 'a' + (next() >> 20) % 26u;
  text[2047] = 0;
  for (const char *p = text; *p;) {
    char word[32];
    int n = 0;
    while (*p == ' ') p++;
    while (*p && *p != ' ') {
      if (n < 31) word[n++] = *p;
      p++;
    }
    word[n] = 0;
    int i = 0;
    for (; i < at; i++) {
      const char *x = words[i], *y = word;
      while (*x && *x == *y) x++, y++;
      if (*x == *y) break;
    }
    if (i < at) found++;
    else if (at < 64) memcpy(words[at++], word, 32);
  }
  u64 hash = 5381;
  for (int i = 0; i < at; i++)
    for (const char *p = words[i]; *p; p++) hash = hash * 33 ^ (u8)*p;
  return hash + (u64)found;
}

static u64 divide(void) {
  u64 sum = 0;
  for (int i = 1; i < 400; i++) {
    i64 a = (i64)((u64)next() << 32 | next()), b = (i64)next() - 0x40000000;
    if (b == 0) b = 1;
    sum += (u64)(a / b) ^ (u64)(a % b) ^ ((u64)(((unsigned __int128)(u64)a * (u64)b) >> 64));
    sum ^= (u32)a / ((u32)i) + (u64)((i64)(int)a * (int)b) + (u16)a % 7 + (u64)(signed char)a;
  }
  return sum;
}

u64 run(u64 iterations) {
  u64 sum = 0;
  seed = 12345;
  while (iterations--) {
    sum = sum * 31 + sha256();
    sum = sum * 31 + sorting();
    sum = sum * 31 + crc();
    sum = sum * 31 + bytecode();
    sum = sum * 31 + strings();
    sum = sum * 31 + divide();
  }
  return sum;
}
