// Executes an instruction that will never be allocated.
#include "host.h"

int main(void) {
  print("About to execute UDF\n");
  __asm__ volatile("udf #42");
  return 0;
}
