// Never ends: for budgets, pause and run slices.
#include "host.h"

volatile uint64_t turns;

int main(void) {
  print("Turning\n");
  for (;;) {
    turns++;
  }
}
