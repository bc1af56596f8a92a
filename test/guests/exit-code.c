// Ends with exit code 3.
#include "host.h"

int main(void) {
  print("Leaving with 3");
  return 3;
}
