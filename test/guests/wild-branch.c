// Calls a function where the Realm has no memory.
#include "host.h"

int main(void) {
  void (*nowhere)(void) = (void (*)(void))0x40000000;
  print("About to call a function that is not there\n");
  nowhere();
  return 0;
}
