// What the Host does for a Realm beside running it: memory shared with other Realms, an answer to an access to nothing,
// and a whole block of memory given page by page.
#include "host.h"

#define SHARED_OFFSET 0x40000000u
#define NOTHING_OFFSET 0x30000000u
#define BLOCK ((volatile uint64_t *)0x80400000u)
#define BLOCK_PAGES 512u
#define WORDS_OF_PAGE 512u
#define ROUNDS 5u

static struct rsi_realm_config config;
volatile uint64_t aborts;

// An exception that is expected: count it and go on behind the instruction.
__asm__("        .balign 2048\n"
        "own_vectors:\n"
        "        .skip   0x200\n"
        "        stp     x0, x1, [sp, #-16]!\n"
        "        mrs     x0, elr_el1\n"
        "        add     x0, x0, #4\n"
        "        msr     elr_el1, x0\n"
        "        ldr     x0, =aborts\n"
        "        ldr     x1, [x0]\n"
        "        add     x1, x1, #1\n"
        "        str     x1, [x0]\n"
        "        ldp     x0, x1, [sp], #16\n"
        "        eret\n"
        "        .ltorg\n");
extern char own_vectors[];

static uint64_t unprotected(uint64_t offset) { return (1ull << (config.ipa_width - 1)) + offset; }

static void touch_nothing(void) {
  uint64_t before;
  __asm__ volatile("mrs %0, vbar_el1" : "=r"(before));
  __asm__ volatile("msr vbar_el1, %0\n\tisb" : : "r"(own_vectors));
  *(volatile uint32_t *)unprotected(NOTHING_OFFSET) = 1;
  (void)*(volatile uint8_t *)unprotected(NOTHING_OFFSET + 0x1003);
  __asm__ volatile("msr vbar_el1, %0\n\tisb" : : "r"(before));
  print_decimal(aborts);
  print(" external aborts\n");
}

// Two Realms, one writing what the other waits for. The name of the second one ends in 2.
static void talk(void) {
  volatile uint64_t *mine = (volatile uint64_t *)unprotected(SHARED_OFFSET);
  volatile uint64_t *theirs = mine + WORDS_OF_PAGE;
  int second = 0;
  for (int i = 0; i < 64 && config.rpv[i]; i++) {
    second = config.rpv[i] == '2';
  }
  if (second) {
    volatile uint64_t *other = mine;
    mine = theirs;
    theirs = other;
  }
  for (uint64_t round = 1; round <= ROUNDS; round++) {
    if (second) {
      while (*theirs < round) {
      }
    }
    *mine = round;
    while (*theirs < round) {
    }
  }
  print_decimal(*theirs);
  print(" rounds\n");
}

static int fill_block(void) {
  for (uint64_t page = 0; page < BLOCK_PAGES; page++) {
    BLOCK[page * WORDS_OF_PAGE] = ~page;
  }
  uint64_t base = (uint64_t)(BLOCK + 3 * WORDS_OF_PAGE);
  enum rsi_response response;
  if (rsi_ipa_state_set(base, base + GRANULE_SIZE, RSI_EMPTY, &base, &response) != RSI_SUCCESS) {
    return 0;
  }
  for (uint64_t page = 0; page < BLOCK_PAGES; page++) {
    if (page != 3 && BLOCK[page * WORDS_OF_PAGE] != ~page) {
      return 0;
    }
  }
  print("a block of memory keeps what was written\n");
  return 1;
}

int main(void) {
  if (rsi_realm_config(&config) != RSI_SUCCESS) {
    return 1;
  }
  touch_nothing();
  talk();
  return fill_block() ? 0 : 2;
}
