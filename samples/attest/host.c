// Talking to the Host: everything a Realm says to it goes through registers the RMM lets pass.

#include "host.h"

static struct rsi_host_call call;

static char line[HOST_CHUNK_SIZE];
static uint64_t line_length;

void host_send(enum host_service service, const void *bytes, uint64_t length) {
  const uint8_t *from = bytes;
  call.imm = service;
  call.gprs[0] = length;
  for (uint64_t i = 0; i < 30; i++) {
    call.gprs[1 + i] = 0;
  }
  for (uint64_t i = 0; i < length; i++) {
    call.gprs[1 + i / 8] |= (uint64_t)from[i] << (8 * (i % 8));
  }
  rsi_host_call(&call);
}

static void print_character(char character) {
  line[line_length++] = character;
  if (character == '\n' || line_length == HOST_CHUNK_SIZE) {
    host_send(HOST_WRITE, line, line_length);
    line_length = 0;
  }
}

void print(const char *text) {
  while (*text) {
    print_character(*text++);
  }
}

void print_hex(uint64_t value) {
  print("0x");
  int shift = 60;
  while (shift > 0 && (value >> shift) == 0) {
    shift -= 4;
  }
  for (; shift >= 0; shift -= 4) {
    print_character("0123456789abcdef"[(value >> shift) & 15]);
  }
}

void print_decimal(uint64_t value) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  while (count) {
    print_character(digits[--count]);
  }
}

void print_bytes(const void *bytes, uint64_t length) {
  const uint8_t *from = bytes;
  for (uint64_t i = 0; i < length; i++) {
    print_character("0123456789abcdef"[from[i] >> 4]);
    print_character("0123456789abcdef"[from[i] & 15]);
  }
}

void host_challenge(struct rsi_words *challenge) {
  call.imm = HOST_CHALLENGE;
  rsi_host_call(&call);
  for (int i = 0; i < 8; i++) {
    challenge->words[i] = call.gprs[i];
  }
}

void realm_exit(uint64_t code) {
  if (line_length) {
    print("\n");
  }
  call.imm = HOST_EXIT;
  call.gprs[0] = code;
  rsi_host_call(&call);
  psci_system_off();
}
