// What this Realm and Realmscope's built-in Host have agreed on: the immediate of an RSI_HOST_CALL names a service.
// The RMM passes these calls through without looking inside, so another Host would be free to choose otherwise.
#ifndef HOST_H
#define HOST_H

#include <stdint.h>
#include "rsi/rsi.h"

enum host_service {
  HOST_PUT_CHARACTER = 1, // gprs[0]: the character
  HOST_WRITE = 2,         // gprs[0]: length, gprs[1..30]: up to 240 bytes of text
  HOST_EXIT = 3,          // gprs[0]: exit code
  HOST_TOKEN_CHUNK = 4,   // gprs[0]: length, gprs[1..30]: up to 240 bytes of the CCA token
  HOST_TOKEN_END = 5,     // the token is complete
  HOST_CHALLENGE = 6,     // answer in gprs[0..7]: the verifier's 64-byte challenge
};

#define HOST_CHUNK_SIZE 240u // 30 registers of 8 bytes

// Hand up to HOST_CHUNK_SIZE bytes to a service that takes a length and bytes.
void host_send(enum host_service service, const void *bytes, uint64_t length);

// Text for the Host's console; kept until the end of the line, so that a line is one exit from the Realm.
void print(const char *text);
void print_hex(uint64_t value);
void print_decimal(uint64_t value);
void print_bytes(const void *bytes, uint64_t length);

// Fetch the challenge the verifier wants to see in the token.
void host_challenge(struct rsi_words *challenge);

// Tell the Host how it went, then turn the Realm off.
void realm_exit(uint64_t code) __attribute__((noreturn));

#endif
