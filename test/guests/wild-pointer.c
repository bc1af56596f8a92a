// Writes through a pointer far beyond the Realm's IPA space.
#include "host.h"

static void scribble(volatile uint32_t *pointer) {
  *pointer = 0xdead;
}

int main(void) {
  print("About to write through a wild pointer\n");
  scribble((volatile uint32_t *)0x00000deadbeef000);
  print("Survived\n");
  return 0;
}
