// Reads protected memory whose RIPAS is EMPTY: the RMM answers with a synchronous external abort.
#include "host.h"

static uint32_t peek(const volatile uint32_t *pointer) {
  return *pointer;
}

int main(void) {
  print("About to read where the Realm has no memory\n");
  uint32_t value = peek((const volatile uint32_t *)0x40001238);
  print("Read ");
  print_hex(value);
  print("\n");
  return 0;
}
