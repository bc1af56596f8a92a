// Called by the vectors in start.S for an exception nobody expected.

#include "host.h"

static const char *const vector_names[4] = {"synchronous exception", "IRQ", "FIQ", "SError"};

void report_exception(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far) {
  print("\nThe Realm took an unexpected ");
  print(vector_names[vector % 4]);
  print(" at ");
  print_hex(elr);
  print(": ESR_EL1 ");
  print_hex(esr);
  print(", FAR_EL1 ");
  print_hex(far);
  print("\n");
  realm_exit(101);
}
