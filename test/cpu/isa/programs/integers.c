/* Integer code: sorting, strings, hashes, wide arithmetic, bit fields, jumps, function pointers, atomics. */
#include "support.h"

#define COUNT 400
static uint32_t numbers[COUNT];

static void quicksort(uint32_t *from, int low, int high) {
  while (low < high) {
    uint32_t pivot = from[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (from[i] < pivot) i++;
      while (from[j] > pivot) j--;
      if (i > j) break;
      uint32_t kept = from[i];
      from[i++] = from[j];
      from[j--] = kept;
    }
    if (j - low < high - i) {
      quicksort(from, low, j);
      low = i;
    } else {
      quicksort(from, i, high);
      high = j;
    }
  }
}

typedef int (*compare)(const void *, const void *);
static int by_digit_sum(const void *a, const void *b) {
  int sums[2] = {0, 0};
  const uint32_t values[2] = {*(const uint32_t *)a, *(const uint32_t *)b};
  for (int which = 0; which < 2; which++)
    for (uint32_t rest = values[which]; rest; rest /= 10) sums[which] += rest % 10;
  return sums[0] != sums[1] ? sums[0] - sums[1] : (values[0] > values[1]) - (values[0] < values[1]);
}

static void heap_sort(void *base, int count, size_t size, compare order) {
  uint8_t *bytes = base;
  uint8_t kept[16];
  for (int start = count / 2 - 1, end = count; end > 1;) {
    if (start >= 0) start--;
    else {
      end--;
      memcpy(kept, bytes, size);
      memcpy(bytes, bytes + (size_t)end * size, size);
      memcpy(bytes + (size_t)end * size, kept, size);
    }
    for (int root = start < 0 ? 0 : start + 1;;) {
      int child = root * 2 + 1;
      if (child >= end) break;
      if (child + 1 < end && order(bytes + (size_t)child * size, bytes + (size_t)(child + 1) * size) < 0) child++;
      if (order(bytes + (size_t)root * size, bytes + (size_t)child * size) >= 0) break;
      memcpy(kept, bytes + (size_t)root * size, size);
      memcpy(bytes + (size_t)root * size, bytes + (size_t)child * size, size);
      memcpy(bytes + (size_t)child * size, kept, size);
      root = child;
    }
  }
}

static void sorting(void) {
  for (int i = 0; i < COUNT; i++) numbers[i] = random32() >> (i % 24);
  quicksort(numbers, 0, COUNT - 1);
  absorb(numbers, sizeof numbers);
  heap_sort(numbers, COUNT, 4, by_digit_sum);
  absorb(numbers, sizeof numbers);
  section("sorting");
}

static size_t length_of(const char *string) {
  const char *end = string;
  while (*end) end++;
  return (size_t)(end - string);
}

static const char *find(const char *where, const char *what) {
  size_t length = length_of(what);
  for (; *where; where++)
    if (memcmp(where, what, length) == 0) return where;
  return NULL;
}

static void strings(void) {
  char line[200];
  for (int round = 0; round < 20; round++) {
    int length = 20 + random32() % 150;
    for (int i = 0; i < length; i++) line[i] = "abcab "[random32() % 6];
    line[length] = 0;
    const char *found = find(line, "cab");
    int words = 0, upper = 0;
    for (char *at = line; *at; at++) {
      words += *at == ' ' && at[1] != ' ';
      if (*at >= 'a' && *at <= 'b') *at = (char)(*at - 'a' + 'A'), upper++;
    }
    int facts[4] = {found ? (int)(found - line) : -1, words, upper, (int)length_of(line)};
    absorb(facts, sizeof facts);
    absorb(line, (size_t)length);
    memmove(line + 3, line, 40);
    memmove(line, line + 1, 60);
    absorb(line, (size_t)length);
  }
  section("strings");
}

static uint32_t rotate(uint32_t value, int by) { return value >> by | value << (32 - by); }

/* The compression of SHA-256 with constants of its own. */
static void hashing(void) {
  uint32_t h[8], w[64];
  for (int i = 0; i < 8; i++) h[i] = random32();
  for (int block = 0; block < 6; block++) {
    for (int i = 0; i < 16; i++) w[i] = __builtin_bswap32(random32());
    for (int i = 16; i < 64; i++) {
      uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
      uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t v[8];
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 64; i++) {
      uint32_t t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
                    (uint32_t)i * 0x9e3779b9u + w[i];
      uint32_t t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
                    ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      for (int j = 7; j > 0; j--) v[j] = v[j - 1];
      v[4] += t1;
      v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
  }
  absorb(h, sizeof h);
  section("hashing");
}

static void wide(void) {
  for (int i = 0; i < 300; i++) {
    int64_t a = (int64_t)random64() >> (i % 61), b = (int64_t)random64() >> (i % 59);
    uint64_t c = random64() >> (i % 63);
    if (b == 0) b = 3;
    if (c == 0) c = 7;
    __int128 product = (__int128)a * b;
    unsigned __int128 large = ((unsigned __int128)random64() << 64 | random64()) >> (i % 120);
    int64_t facts[12] = {a / b,
                         a % b,
                         (int64_t)((uint64_t)a / c),
                         (int64_t)((uint64_t)a % c),
                         (int64_t)(product >> 64),
                         (int64_t)(product / (b | 1)),
                         (int64_t)(large / c),
                         (int64_t)(large % c),
                         (int32_t)a / ((int32_t)b | 1),
                         __builtin_clzll(c) * 64 + __builtin_ctzll(c),
                         __builtin_popcountll((uint64_t)a),
                         (int64_t)__builtin_bswap64(c)};
    absorb(facts, sizeof facts);
    int64_t result;
    int32_t narrow;
    int overflows[4] = {__builtin_add_overflow(a, b, &result), __builtin_sub_overflow((int32_t)a, (int32_t)b, &narrow),
                        __builtin_mul_overflow(a, b, &result), (uint16_t)a > (int16_t)b};
    absorb(overflows, sizeof overflows);
  }
  section("wide");
}

struct packed {
  unsigned a : 3, b : 7, c : 11, d : 11;
  signed e : 5;
  uint64_t f : 37, g : 27;
} __attribute__((packed));

static int selected(int which, int value) {
  switch (which) {
    case 0: return value + 3;
    case 1: return value * 5;
    case 2: return value ^ 0x55;
    case 3: return -value;
    case 4: return value << 2;
    case 5: return value / 3;
    case 7: return value % 7;
    case 9: return ~value;
    default: return which - value;
  }
}

static uint64_t ackermann(uint64_t m, uint64_t n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static uint64_t resume[24];
int keep_here(uint64_t *) __attribute__((returns_twice));
void go_back(uint64_t *, int) __attribute__((noreturn));
static int depth;
static __attribute__((noinline)) void descend(int levels) {
  volatile uint64_t kept[3] = {(uint64_t)levels, 1, 2};
  depth += (int)kept[0];
  if (levels == 0) go_back(resume, 1);
  descend(levels - 1);
  depth += (int)kept[1];
}

static void control(void) {
  struct packed packed = {0};
  int value = 1;
  for (int i = 0; i < 200; i++) {
    value = selected((int)(random32() % 12), value);
    packed.a = (unsigned)value;
    packed.b += 3;
    packed.c = (unsigned)value >> 3;
    packed.d ^= packed.c;
    packed.e = value >> 7;
    packed.f = random64();
    packed.g += packed.f;
    absorb(&packed, sizeof packed);
    value += packed.e + (int)packed.f;
  }
  uint64_t deep = ackermann(2, 7);
  absorb(&deep, 8);
  if (keep_here(resume) == 0) descend(9);
  absorb(&depth, 4);
  section("control");
}

static uint64_t shared[4];
static void atomics(void) {
  for (int i = 0; i < 60; i++) {
    uint64_t value = random64(), expected = i % 3 ? shared[i & 3] : value;
    uint64_t facts[10];
    facts[0] = __atomic_fetch_add(&shared[i & 3], value, __ATOMIC_SEQ_CST);
    facts[1] = __atomic_fetch_and((uint32_t *)&shared[1], (uint32_t)value, __ATOMIC_ACQUIRE);
    facts[2] = __atomic_fetch_or((uint16_t *)&shared[2], (uint16_t)value, __ATOMIC_RELEASE);
    facts[3] = __atomic_fetch_xor((uint8_t *)&shared[3], (uint8_t)value, __ATOMIC_RELAXED);
    facts[4] = __atomic_exchange_n(&shared[0], value, __ATOMIC_ACQ_REL);
    facts[5] = (uint64_t)__atomic_compare_exchange_n(&shared[i & 3], &expected, value + 1, 0, __ATOMIC_SEQ_CST,
                                                     __ATOMIC_RELAXED);
    facts[6] = expected;
    facts[7] = __atomic_sub_fetch((uint32_t *)&shared[2], 5, __ATOMIC_SEQ_CST);
    facts[8] = __atomic_load_n(&shared[2], __ATOMIC_ACQUIRE);
    __atomic_store_n((uint16_t *)&shared[1], (uint16_t)i, __ATOMIC_RELEASE);
    facts[9] = __atomic_nand_fetch(&shared[1], value, __ATOMIC_SEQ_CST);
    absorb(facts, sizeof facts);
  }
  section("atomics");
}

static int total(int count, ...) {
  va_list list;
  va_start(list, count);
  int sum = 0;
  for (int i = 0; i < count; i++) sum = sum * 3 + (i % 3 == 2 ? (int)va_arg(list, int64_t) : va_arg(list, int));
  va_end(list);
  return sum;
}

void program(void) {
  sorting();
  strings();
  hashing();
  wide();
  control();
  atomics();
  print("%d %x %lu %ld %c %s\n", total(12, 1, 2, 3l, 4, 5, 6l, 7, 8, 9l, 10, 11, 12l), 0xbeefu, 1ul << 63, -(1l << 62),
        'x', "text");
}
