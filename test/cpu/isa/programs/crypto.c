/* Instructions for cryptography and the like, by intrinsics. */
#include "support.h"
#include <arm_neon.h>

static uint8x16_t bytes(void) {
  uint64_t halves[2] = {random64(), random64()};
  return vreinterpretq_u8_u64(vld1q_u64(halves));
}
static uint32x4_t words(void) { return vreinterpretq_u32_u8(bytes()); }

static void keep(uint8x16_t value) {
  uint8_t stored[16];
  vst1q_u8(stored, value);
  absorb(stored, sizeof stored);
}

static void aes(void) {
  uint8x16_t state = bytes(), keys[11];
  for (int i = 0; i < 11; i++) keys[i] = bytes();
  for (int block = 0; block < 8; block++) {
    uint8x16_t start = state;
    for (int i = 0; i < 9; i++) state = vaesmcq_u8(vaeseq_u8(state, keys[i]));
    state = veorq_u8(vaeseq_u8(state, keys[9]), keys[10]);
    keep(state);
    uint8x16_t back = state;
    for (int i = 10; i > 1; i--) back = vaesimcq_u8(vaesdq_u8(back, keys[i]));
    keep(veorq_u8(vaesdq_u8(back, keys[1]), keys[0]));
    state = veorq_u8(state, start);
  }
  section("aes");
}

static void sha(void) {
  uint32x4_t abcd = words(), efgh = words(), w[4] = {words(), words(), words(), words()};
  uint32_t e = random32();
  for (int i = 0; i < 20; i++) {
    uint32x4_t kw = vaddq_u32(w[i & 3], words()), before = abcd;
    abcd = vsha256hq_u32(abcd, efgh, kw);
    efgh = vsha256h2q_u32(efgh, before, kw);
    w[i & 3] = vsha256su1q_u32(vsha256su0q_u32(w[i & 3], w[(i + 1) & 3]), w[(i + 2) & 3], w[(i + 3) & 3]);
    uint32_t next = vsha1h_u32(vgetq_lane_u32(abcd, 0));
    abcd = i % 3 == 0 ? vsha1cq_u32(abcd, e, kw) : i % 3 == 1 ? vsha1pq_u32(abcd, e, kw) : vsha1mq_u32(abcd, e, kw);
    e = next;
    w[(i + 1) & 3] = vsha1su1q_u32(vsha1su0q_u32(w[0], w[1], w[2]), w[3]);
    keep(vreinterpretq_u8_u32(abcd));
    keep(vreinterpretq_u8_u32(efgh));
    keep(vreinterpretq_u8_u32(w[(i + 1) & 3]));
  }
  absorb(&e, 4);
  section("sha");
}

static void polynomials(void) {
  for (int i = 0; i < 20; i++) {
    poly64_t a = (poly64_t)random64(), b = (poly64_t)random64();
    keep(vreinterpretq_u8_p128(vmull_p64(a, b)));
    keep(vreinterpretq_u8_p16(vmull_p8(vreinterpret_p8_u8(vget_low_u8(bytes())), vreinterpret_p8_u8(vget_low_u8(bytes())))));
    keep(vreinterpretq_u8_p8(vmulq_p8(vreinterpretq_p8_u8(bytes()), vreinterpretq_p8_u8(bytes()))));
  }
  section("polynomials");
}

static void tables(void) {
  uint8x16x4_t table = {{bytes(), bytes(), bytes(), bytes()}};
  uint8x16x2_t small = {{bytes(), bytes()}};
  for (int i = 0; i < 20; i++) {
    uint8x16_t index = vandq_u8(bytes(), vdupq_n_u8(79));
    keep(vqtbl4q_u8(table, index));
    keep(vqtbx2q_u8(index, small, bytes()));
    keep(vextq_u8(index, table.val[i & 3], 5));
    keep(vrev32q_u8(vzip1q_u8(index, vrbitq_u8(bytes()))));
    keep(vreinterpretq_u8_s16(vqrdmulhq_s16(vreinterpretq_s16_u8(bytes()), vreinterpretq_s16_u8(bytes()))));
    keep(vreinterpretq_u8_s8(vqshlq_s8(vreinterpretq_s8_u8(bytes()), vreinterpretq_s8_u8(bytes()))));
    keep(vreinterpretq_u8_u16(vpaddlq_u8(bytes())));
  }
  section("tables");
}

#ifdef __ARM_FEATURE_SHA3
static void later(void) {
  uint64x2_t a = vreinterpretq_u64_u8(bytes()), b = vreinterpretq_u64_u8(bytes()), c = vreinterpretq_u64_u8(bytes());
  uint32x4_t sums = words();
  for (int i = 0; i < 20; i++) {
    a = vsha512hq_u64(a, b, c);
    b = vsha512h2q_u64(b, c, a);
    c = vsha512su1q_u64(vsha512su0q_u64(c, a), b, c);
    a = veor3q_u64(a, b, vrax1q_u64(b, c));
    b = vbcaxq_u64(b, vxarq_u64(a, c, 13), c);
    sums = vdotq_u32(sums, vreinterpretq_u8_u64(a), vreinterpretq_u8_u64(b));
    keep(vreinterpretq_u8_u64(a));
    keep(vreinterpretq_u8_u64(b));
    keep(vreinterpretq_u8_u32(sums));
  }
  section("later");
}
#endif

void program(void) {
  aes();
  sha();
  polynomials();
  tables();
#ifdef __ARM_FEATURE_SHA3
  later();
#endif
}
