#include "support.h"

char text[32768];
uint64_t text_length;
static uint64_t sum = 0xcbf29ce484222325u;
static uint64_t state = 0x9e3779b97f4a7c15u;

uint64_t random64(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1du;
}

uint32_t random32(void) { return random64() >> 32; }

void absorb(const void *bytes, size_t length) {
  const uint8_t *from = bytes;
  for (size_t i = 0; i < length; i++) sum = (sum ^ from[i]) * 0x100000001b3u;
}

static void put(char c) {
  if (text_length < sizeof text) text[text_length++] = c;
}

static void number(uint64_t value, unsigned base) {
  char digits[24];
  int count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while (count > 0) put(digits[--count]);
}

#ifndef NO_FLOAT
/* Decimal digits of a double by arithmetic on a big number in base 10^9: exact. */
static void exact(double value) {
  uint64_t bits;
  memcpy(&bits, &value, 8);
  if (bits >> 63) put('-');
  int exponent = (int)(bits >> 52 & 0x7ff);
  uint64_t fraction = bits & 0xfffffffffffffu;
  if (exponent == 0x7ff) {
    const char *name = fraction ? "nan" : "inf";
    while (*name) put(*name++);
    return;
  }
  if (exponent) fraction |= 1ull << 52;
  else exponent = 1;
  exponent -= 1075;
  static uint32_t digits[200];
  int count = 0;
  for (uint64_t rest = fraction; rest != 0; rest /= 1000000000u) digits[count++] = rest % 1000000000u;
  int point = 0;
  for (; exponent > 0; exponent--) {
    uint32_t carry = 0;
    for (int i = 0; i < count; i++) {
      uint32_t twice = digits[i] * 2 + carry;
      carry = twice >= 1000000000u;
      digits[i] = twice - (carry ? 1000000000u : 0);
    }
    if (carry) digits[count++] = carry;
  }
  /* A half is five tenths: another decimal place for each power of two below. */
  for (; exponent < 0 && count > 0; exponent++, point++) {
    uint64_t carry = 0;
    for (int i = 0; i < count; i++) {
      uint64_t five = digits[i] * 5ull + carry;
      digits[i] = five % 1000000000u;
      carry = five / 1000000000u;
    }
    if (carry) digits[count++] = (uint32_t)carry;
  }
  if (count == 0) {
    put('0');
    return;
  }
  char all[1800];
  int length = 0;
  for (int i = count - 1; i >= 0; i--) {
    uint32_t scale = 100000000u;
    for (int place = 0; place < 9; place++, scale /= 10) {
      char digit = (char)('0' + digits[i] / scale % 10);
      if (length > 0 || digit != '0') all[length++] = digit;
    }
  }
  for (int i = 0; i < length && i < 17; i++) {
    if (i == 1) put('.');
    put(all[i]);
  }
  put('e');
  int power = length - 1 - point;
  if (power < 0) put('-');
  number((uint64_t)(power < 0 ? -power : power), 10);
}
#endif

static void listed(const char *format, va_list list) {
  for (; *format; format++) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    int wide = *++format == 'l';
    if (wide) format++;
    if (*format == 'd') {
      int64_t value = wide ? va_arg(list, int64_t) : va_arg(list, int);
      if (value < 0) put('-');
      number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
    } else if (*format == 'u' || *format == 'x') {
      number(wide ? va_arg(list, uint64_t) : va_arg(list, unsigned), *format == 'u' ? 10 : 16);
    } else if (*format == 'c') {
      put((char)va_arg(list, int));
    } else if (*format == 's') {
      for (const char *from = va_arg(list, const char *); *from; from++) put(*from);
#ifndef NO_FLOAT
    } else if (*format == 'e') {
      exact(va_arg(list, double));
#endif
    }
  }
}

void print(const char *format, ...) {
  va_list list;
  va_start(list, format);
  listed(format, list);
  va_end(list);
}

void section(const char *name) {
  print("%s %lx\n", name, sum);
  sum = 0xcbf29ce484222325u;
}

void *memcpy(void *to, const void *from, size_t length) {
  uint8_t *target = to;
  const uint8_t *source = from;
  while (length-- > 0) *target++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t length) {
  uint8_t *target = to;
  const uint8_t *source = from;
  if (target <= source) return memcpy(to, from, length);
  while (length-- > 0) target[length] = source[length];
  return to;
}

void *memset(void *to, int value, size_t length) {
  uint8_t *target = to;
  while (length-- > 0) *target++ = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t length) {
  const uint8_t *first = a, *second = b;
  for (; length > 0; length--, first++, second++)
    if (*first != *second) return *first - *second;
  return 0;
}

/* What libgcc asks to choose between exclusives and LSE (-moutline-atomics). */
extern _Bool __aarch64_have_lse_atomics __attribute__((visibility("hidden"), weak));
unsigned long __getauxval(unsigned long type) {
  (void)type;
  return 0;
}

/* Called first. */
void prepare(void) {
#ifdef HAVE_LSE
  if (&__aarch64_have_lse_atomics) __aarch64_have_lse_atomics = 1;
#endif
}
