// Writes through the PL011 that the Host emulates in the unprotected half of the IPA space, and reads its flags.
#include "host.h"

#define UART_BASE 0x11c090000u
#define UART_DR (*(volatile uint32_t *)(UART_BASE + 0x000))
#define UART_FR (*(volatile uint32_t *)(UART_BASE + 0x018))
#define UART_FR_TXFF (1u << 5)

int main(void) {
  for (const char *text = "Hello over MMIO\n"; *text; text++) {
    while (UART_FR & UART_FR_TXFF) {
    }
    UART_DR = (uint8_t)*text;
  }
  return 0;
}
