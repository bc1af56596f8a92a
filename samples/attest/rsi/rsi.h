// A small library for the Realm Services Interface (RSI), the calls a Realm can make to its RMM,
// and the few PSCI calls a single-REC Realm needs. Names and numbers are those of the RMM specification 1.0.
#ifndef RSI_H
#define RSI_H

#include <stdint.h>

#define GRANULE_SIZE 4096u
#define GRANULE_ALIGNED __attribute__((aligned(4096)))

// Function identifiers, SMC64 standard secure service range.
#define RSI_VERSION 0xC4000190u
#define RSI_FEATURES 0xC4000191u
#define RSI_MEASUREMENT_READ 0xC4000192u
#define RSI_MEASUREMENT_EXTEND 0xC4000193u
#define RSI_ATTESTATION_TOKEN_INIT 0xC4000194u
#define RSI_ATTESTATION_TOKEN_CONTINUE 0xC4000195u
#define RSI_REALM_CONFIG 0xC4000196u
#define RSI_IPA_STATE_SET 0xC4000197u
#define RSI_IPA_STATE_GET 0xC4000198u
#define RSI_HOST_CALL 0xC4000199u
#define PSCI_SYSTEM_OFF 0x84000008u

// The revision this library is written for: major 1, minor 0.
#define RSI_INTERFACE_1_0 0x10000u

enum rsi_status {
  RSI_SUCCESS = 0,
  RSI_ERROR_INPUT = 1,
  RSI_ERROR_STATE = 2,
  RSI_INCOMPLETE = 3,
  RSI_ERROR_UNKNOWN = 4,
};

enum rsi_ripas {
  RSI_EMPTY = 0,
  RSI_RAM = 1,
  RSI_DESTROYED = 2,
};

enum rsi_hash_algorithm {
  RSI_HASH_SHA_256 = 0,
  RSI_HASH_SHA_512 = 1,
};

enum rsi_response {
  RSI_ACCEPT = 0,
  RSI_REJECT = 1,
};

// X0 to X10 around one SMC: the function identifier and arguments in, the status and results out.
struct rsi_registers {
  uint64_t x[11];
};

// RsiRealmConfig: what the RMM tells a Realm about itself. Fills one granule.
struct rsi_realm_config {
  uint64_t ipa_width;
  uint8_t hash_algo;
  uint8_t reserved_9[0x200 - 9];
  uint8_t rpv[64]; // Realm Personalization Value
  uint8_t reserved_240[GRANULE_SIZE - 0x240];
} GRANULE_ALIGNED;

// RsiHostCall: 31 registers for the Host and back. The architecture wants it 256-byte aligned.
struct rsi_host_call {
  uint16_t imm;
  uint16_t reserved[3];
  uint64_t gprs[31];
} __attribute__((aligned(256)));

// A measurement or challenge as it travels in registers: 64 bytes, first byte in the low bits of words[0].
struct rsi_words {
  uint64_t words[8];
};

void rsi_smc(struct rsi_registers *registers);

enum rsi_status rsi_version(uint64_t wanted, uint64_t *lower, uint64_t *higher);
enum rsi_status rsi_features(uint64_t index, uint64_t *value);
enum rsi_status rsi_realm_config(struct rsi_realm_config *config);
enum rsi_status rsi_measurement_read(uint64_t index, struct rsi_words *value);
enum rsi_status rsi_measurement_extend(uint64_t index, uint64_t size, const struct rsi_words *value);
enum rsi_status rsi_attestation_token_init(const struct rsi_words *challenge, uint64_t *upper_bound);
enum rsi_status rsi_attestation_token_continue(void *granule, uint64_t offset, uint64_t size, uint64_t *written);
enum rsi_status rsi_ipa_state_get(uint64_t base, uint64_t top, uint64_t *out_top, enum rsi_ripas *ripas);
enum rsi_status rsi_ipa_state_set(uint64_t base, uint64_t top, enum rsi_ripas ripas, uint64_t *new_base,
                                  enum rsi_response *response);
enum rsi_status rsi_host_call(struct rsi_host_call *call);

// Ask the Host to stop the whole Realm. Does not return.
void psci_system_off(void) __attribute__((noreturn));

const char *rsi_status_name(enum rsi_status status);
const char *rsi_ripas_name(enum rsi_ripas ripas);

#endif
