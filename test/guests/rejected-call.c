// Calls the RSI with arguments it must refuse, and exits with the number of right refusals: 6.
#include "host.h"

static uint8_t granule[GRANULE_SIZE] GRANULE_ALIGNED;

int main(void) {
  int refused = 0;
  uint64_t a, b;
  enum rsi_ripas ripas;
  enum rsi_response response;
  struct rsi_words words = {0};

  refused += rsi_realm_config((struct rsi_realm_config *)(granule + 8)) == RSI_ERROR_INPUT;
  refused += rsi_measurement_read(5, &words) == RSI_ERROR_INPUT;
  refused += rsi_measurement_extend(0, 32, &words) == RSI_ERROR_INPUT;
  refused += rsi_attestation_token_continue(granule, 0, GRANULE_SIZE, &a) == RSI_ERROR_STATE;
  refused += rsi_ipa_state_get(0x1000, 0x1000, &b, &ripas) == RSI_ERROR_INPUT;
  refused += rsi_ipa_state_set((uint64_t)granule, (uint64_t)granule + 8, RSI_EMPTY, &b, &response) == RSI_ERROR_INPUT;
  return refused;
}
