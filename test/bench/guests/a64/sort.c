/* Quicksort of 64-bit numbers, then a chase through a list in random order. */
#include "common.h"

enum { COUNT = 4096 };
struct node {
  struct node *next;
  u64 value;
};
static i64 numbers[COUNT];
static struct node nodes[COUNT];

static void sort(i64 *a, i64 low, i64 high) {
  while (low < high) {
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
    low = i;
  }
}

u64 run(u64 iterations) {
  u64 sum = 0;
  for (int i = 0; i < COUNT; i++) nodes[i].next = &nodes[i], nodes[i].value = next();
  for (int i = COUNT - 1; i > 0; i--) { /* one cycle through all of them */
    int j = next() % (u32)i;
    struct node *t = nodes[i].next;
    nodes[i].next = nodes[j].next;
    nodes[j].next = t;
  }
  while (iterations--) {
    for (int i = 0; i < COUNT; i++) numbers[i] = (i64)((u64)next() << 32 | next());
    sort(numbers, 0, COUNT - 1);
    struct node *p = nodes;
    for (int i = 0; i < 20000; i++) sum += p->value, p = p->next;
    sum = sum * 31 + numbers[COUNT / 2];
  }
  return sum;
}
