// Each function puts its arguments where the RMM specification says, makes the call, and takes the results out.

#include "rsi.h"

// Stage 1 translation is off, so an address in this program is its IPA.
static uint64_t ipa_of(const volatile void *pointer) {
  return (uint64_t)pointer;
}

enum rsi_status rsi_version(uint64_t wanted, uint64_t *lower, uint64_t *higher) {
  struct rsi_registers r = {.x = {RSI_VERSION, wanted}};
  rsi_smc(&r);
  *lower = r.x[1];
  *higher = r.x[2];
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_features(uint64_t index, uint64_t *value) {
  struct rsi_registers r = {.x = {RSI_FEATURES, index}};
  rsi_smc(&r);
  *value = r.x[1];
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_realm_config(struct rsi_realm_config *config) {
  struct rsi_registers r = {.x = {RSI_REALM_CONFIG, ipa_of(config)}};
  rsi_smc(&r);
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_measurement_read(uint64_t index, struct rsi_words *value) {
  struct rsi_registers r = {.x = {RSI_MEASUREMENT_READ, index}};
  rsi_smc(&r);
  for (int i = 0; i < 8; i++) {
    value->words[i] = r.x[1 + i];
  }
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_measurement_extend(uint64_t index, uint64_t size, const struct rsi_words *value) {
  struct rsi_registers r = {.x = {RSI_MEASUREMENT_EXTEND, index, size}};
  for (int i = 0; i < 8; i++) {
    r.x[3 + i] = value->words[i];
  }
  rsi_smc(&r);
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_attestation_token_init(const struct rsi_words *challenge, uint64_t *upper_bound) {
  struct rsi_registers r = {.x = {RSI_ATTESTATION_TOKEN_INIT}};
  for (int i = 0; i < 8; i++) {
    r.x[1 + i] = challenge->words[i];
  }
  rsi_smc(&r);
  *upper_bound = r.x[1];
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_attestation_token_continue(void *granule, uint64_t offset, uint64_t size, uint64_t *written) {
  struct rsi_registers r = {.x = {RSI_ATTESTATION_TOKEN_CONTINUE, ipa_of(granule), offset, size}};
  rsi_smc(&r);
  *written = r.x[1];
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_ipa_state_get(uint64_t base, uint64_t top, uint64_t *out_top, enum rsi_ripas *ripas) {
  struct rsi_registers r = {.x = {RSI_IPA_STATE_GET, base, top}};
  rsi_smc(&r);
  *out_top = r.x[1];
  *ripas = (enum rsi_ripas)r.x[2];
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_ipa_state_set(uint64_t base, uint64_t top, enum rsi_ripas ripas, uint64_t *new_base,
                                  enum rsi_response *response) {
  struct rsi_registers r = {.x = {RSI_IPA_STATE_SET, base, top, ripas}};
  rsi_smc(&r);
  *new_base = r.x[1];
  *response = (enum rsi_response)r.x[2];
  return (enum rsi_status)r.x[0];
}

enum rsi_status rsi_host_call(struct rsi_host_call *call) {
  struct rsi_registers r = {.x = {RSI_HOST_CALL, ipa_of(call)}};
  rsi_smc(&r);
  return (enum rsi_status)r.x[0];
}

void psci_system_off(void) {
  struct rsi_registers r = {.x = {PSCI_SYSTEM_OFF}};
  rsi_smc(&r);
  for (;;) {
    __asm__ volatile("wfi");
  }
}

const char *rsi_status_name(enum rsi_status status) {
  switch (status) {
    case RSI_SUCCESS: return "RSI_SUCCESS";
    case RSI_ERROR_INPUT: return "RSI_ERROR_INPUT";
    case RSI_ERROR_STATE: return "RSI_ERROR_STATE";
    case RSI_INCOMPLETE: return "RSI_INCOMPLETE";
    case RSI_ERROR_UNKNOWN: return "RSI_ERROR_UNKNOWN";
  }
  return "an unknown status";
}

const char *rsi_ripas_name(enum rsi_ripas ripas) {
  switch (ripas) {
    case RSI_EMPTY: return "EMPTY";
    case RSI_RAM: return "RAM";
    case RSI_DESTROYED: return "DESTROYED";
  }
  return "unknown";
}
