// A Realm proves what it is.
//
// It asks its RMM who it is, adds a measurement of its own, and fetches a CCA attestation token: a signed statement
// about this platform and this Realm that carries a challenge the verifier chose. On the way it gives a page of its
// memory back and takes it again, because who owns which granule is what Arm CCA is about.
//
// Good places for a first breakpoint: any line of main(), or the command RSI_ATTESTATION_TOKEN_INIT.

#include "host.h"

#define FIRST_EXTENSIBLE_MEASUREMENT 1 // index 0 is the RIM, 1 to 4 are REM[0] to REM[3]

static struct rsi_realm_config config;
static uint8_t token[GRANULE_SIZE] GRANULE_ALIGNED;
static uint8_t lent_page[GRANULE_SIZE] GRANULE_ALIGNED;

// What this Realm measures about itself at run time: 32 bytes, here simply a text.
static const char configuration[32] = "colour=blue;answer=42";

static void check(const char *what, enum rsi_status status) {
  if (status != RSI_SUCCESS) {
    print(what);
    print(" failed with ");
    print(rsi_status_name(status));
    print("\n");
    realm_exit(1);
  }
}

static void say_hello(void) {
  uint64_t lower, higher;
  check("RSI_VERSION", rsi_version(RSI_INTERFACE_1_0, &lower, &higher));
  print("Hello from a Realm. RSI revision ");
  print_decimal(higher >> 16);
  print(".");
  print_decimal(higher & 0xffff);
  print("\n");
}

static uint64_t read_config(void) {
  check("RSI_REALM_CONFIG", rsi_realm_config(&config));
  print("My IPA space is ");
  print_decimal(config.ipa_width);
  print(" bits wide, measurements use ");
  print(config.hash_algo == RSI_HASH_SHA_256 ? "SHA-256" : "SHA-512");
  print("\n");
  return config.hash_algo == RSI_HASH_SHA_256 ? 32 : 64;
}

static void show_measurement(const char *name, uint64_t index, uint64_t size) {
  struct rsi_words value;
  check("RSI_MEASUREMENT_READ", rsi_measurement_read(index, &value));
  print(name);
  print(" ");
  print_bytes(&value, size);
  print("\n");
}

static void measure_configuration(void) {
  struct rsi_words value = {0};
  for (uint64_t i = 0; i < sizeof configuration; i++) {
    value.words[i / 8] |= (uint64_t)(uint8_t)configuration[i] << (8 * (i % 8));
  }
  check("RSI_MEASUREMENT_EXTEND",
        rsi_measurement_extend(FIRST_EXTENSIBLE_MEASUREMENT, sizeof configuration, &value));
}

static enum rsi_ripas ripas_of(const void *page) {
  uint64_t base = (uint64_t)page;
  uint64_t out_top;
  enum rsi_ripas ripas;
  check("RSI_IPA_STATE_GET", rsi_ipa_state_get(base, base + GRANULE_SIZE, &out_top, &ripas));
  return ripas;
}

static void set_ripas(const void *page, enum rsi_ripas ripas) {
  uint64_t base = (uint64_t)page;
  uint64_t top = base + GRANULE_SIZE;
  while (base < top) {
    enum rsi_response response;
    check("RSI_IPA_STATE_SET", rsi_ipa_state_set(base, top, ripas, &base, &response));
    if (response == RSI_REJECT) {
      print("The Host refused to change a page of the Realm\n");
      realm_exit(2);
    }
  }
}

// While a page is EMPTY the RMM lets nobody in this Realm touch it; a new RIPAS of RAM makes it ours again.
static void lend_a_page(void) {
  print("My page at ");
  print_hex((uint64_t)lent_page);
  print(" is ");
  print(rsi_ripas_name(ripas_of(lent_page)));
  set_ripas(lent_page, RSI_EMPTY);
  print(", then ");
  print(rsi_ripas_name(ripas_of(lent_page)));
  set_ripas(lent_page, RSI_RAM);
  print(", then ");
  print(rsi_ripas_name(ripas_of(lent_page)));
  print(" again\n");
  lent_page[0] = 1;
}

// The RMM signs in pieces and may be interrupted: INCOMPLETE means call again, even when nothing was written yet.
static uint64_t fetch_token(const struct rsi_words *challenge) {
  uint64_t upper_bound;
  check("RSI_ATTESTATION_TOKEN_INIT", rsi_attestation_token_init(challenge, &upper_bound));

  uint64_t length = 0;
  enum rsi_status status;
  do {
    uint64_t written = 0;
    status = rsi_attestation_token_continue(token, length, sizeof token - length, &written);
    length += written;
  } while (status == RSI_INCOMPLETE && length < sizeof token);
  check("RSI_ATTESTATION_TOKEN_CONTINUE", status);
  return length;
}

// The token lies in Realm memory, where the Host cannot read it: send it out through registers.
static void publish_token(uint64_t length) {
  for (uint64_t sent = 0; sent < length; sent += HOST_CHUNK_SIZE) {
    uint64_t left = length - sent;
    host_send(HOST_TOKEN_CHUNK, token + sent, left < HOST_CHUNK_SIZE ? left : HOST_CHUNK_SIZE);
  }
  host_send(HOST_TOKEN_END, token, 0);
}

int main(void) {
  say_hello();
  uint64_t hash_size = read_config();
  lend_a_page();

  measure_configuration();
  show_measurement("RIM   ", 0, hash_size);
  show_measurement("REM[0]", FIRST_EXTENSIBLE_MEASUREMENT, hash_size);

  struct rsi_words challenge;
  host_challenge(&challenge);
  uint64_t length = fetch_token(&challenge);
  print("I hold a CCA token of ");
  print_decimal(length);
  print(" bytes\n");
  publish_token(length);

  print("Goodbye\n");
  return 0;
}
