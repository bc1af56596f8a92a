/* A mixture as embedded code has it: list, small matrices, a state machine over text, CRC-16. */
#include "common.h"

struct item {
  struct item *next;
  i32 key, value;
};
static struct item items[200], *list;

static struct item *merge(struct item *a, struct item *b, int byKey) {
  struct item head, *tail = &head;
  while (a && b) {
    int first = byKey ? a->key <= b->key : a->value <= b->value;
    struct item **from = first ? &a : &b;
    tail = tail->next = *from;
    *from = (*from)->next;
  }
  tail->next = a ? a : b;
  return head.next;
}

static struct item *sorted(struct item *l, int byKey) {
  if (!l || !l->next) return l;
  struct item *slow = l, *fast = l->next;
  while (fast && fast->next) slow = slow->next, fast = fast->next->next;
  struct item *second = slow->next;
  slow->next = 0;
  return merge(sorted(l, byKey), sorted(second, byKey), byKey);
}

static struct item *reversed(struct item *l) {
  struct item *r = 0;
  while (l) {
    struct item *n = l->next;
    l->next = r;
    r = l, l = n;
  }
  return r;
}

static u16 crc16(u16 crc, u16 data) {
  for (int i = 0; i < 16; i++, data >>= 1) crc = ((crc ^ data) & 1) ? crc >> 1 ^ 0xa001 : crc >> 1;
  return crc;
}

enum { SIDE = 12 };
static i32 c[SIDE][SIDE];
static signed short a[SIDE][SIDE], b[SIDE][SIDE];

static u16 matrices(u16 crc, int add) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) a[i][j] += add, b[i][j] ^= a[i][j];
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      i32 sum = 0;
      for (int k = 0; k < SIDE; k++) sum += (a[i][k] * b[k][j]) >> 2 & 0xff;
      c[i][j] = sum;
    }
  for (int i = 0; i < SIDE; i++) crc = crc16(crc, c[i][SIDE - 1 - i]);
  return crc;
}

static const char *const texts[] = {"5012", "1234.500", "-110.700", "+0.64400", "T0.3e-1F", "-T.T++Tq", "1T3.4e4z", "34.0e-T^"};

static int state(const char *s) {
  enum { START, SIGN, INTEGER, FRACTION, EXPONENT, SCIENTIFIC, BAD } at = START;
  for (; *s && at != BAD; s++) {
    int digit = *s >= '0' && *s <= '9';
    switch (at) {
      case START: at = digit ? INTEGER : *s == '+' || *s == '-' ? SIGN : *s == '.' ? FRACTION : BAD; break;
      case SIGN: at = digit ? INTEGER : *s == '.' ? FRACTION : BAD; break;
      case INTEGER: at = *s == '.' ? FRACTION : digit ? INTEGER : BAD; break;
      case FRACTION: at = *s == 'e' ? EXPONENT : digit ? FRACTION : BAD; break;
      case EXPONENT: at = *s == '+' || *s == '-' ? SCIENTIFIC : digit ? SCIENTIFIC : BAD; break;
      default: at = digit ? SCIENTIFIC : BAD;
    }
  }
  return at;
}

u64 run(u64 iterations) {
  u16 crc = 0xffff;
  for (int i = 0; i < 200; i++) {
    items[i].next = i < 199 ? &items[i + 1] : 0;
    items[i].key = next() >> 16, items[i].value = next() >> 12;
  }
  list = items;
  for (int i = 0; i < SIDE * SIDE; i++) ((short *)a)[i] = next() >> 20, ((short *)b)[i] = next() >> 20;
  while (iterations--) {
    list = reversed(sorted(list, iterations & 1));
    for (struct item *p = list; p; p = p->next) crc = crc16(crc, p->value), p->value ^= crc;
    crc = matrices(crc, (int)iterations & 7);
    for (int k = 0; k < 12; k++)
      for (int i = 0; i < 8; i++) crc = crc16(crc, state(texts[(i + k) & 7]) << i);
  }
  return crc;
}
