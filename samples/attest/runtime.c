// The functions a C compiler may call on its own, even in a freestanding program.

#include <stddef.h>

void *memset(void *to, int value, size_t length) {
  unsigned char *bytes = to;
  while (length--) {
    *bytes++ = (unsigned char)value;
  }
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  unsigned char *target = to;
  const unsigned char *source = from;
  while (length--) {
    *target++ = *source++;
  }
  return to;
}
