/* Loops that compilers turn into AdvSIMD: every element size, widening, narrowing, saturation, strides, reductions. */
#include "support.h"

#define COUNT 203
static uint8_t u8a[COUNT * 4], u8b[COUNT * 4];
static int8_t s8a[COUNT];
static int16_t s16a[COUNT], s16b[COUNT];
static uint16_t u16a[COUNT];
static int32_t s32a[COUNT], s32b[COUNT];
static uint32_t u32a[COUNT];
static int64_t s64a[COUNT], s64b[COUNT];
static float f32a[COUNT], f32b[COUNT];
static double f64a[COUNT], f64b[COUNT];

static void fill(void *to, size_t length) {
  uint8_t *bytes = to;
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)random32();
}

static void refill(void) {
  fill(u8a, sizeof u8a);
  fill(u8b, sizeof u8b);
  fill(s8a, sizeof s8a);
  fill(s16a, sizeof s16a);
  fill(s16b, sizeof s16b);
  fill(u16a, sizeof u16a);
  fill(s32a, sizeof s32a);
  fill(s32b, sizeof s32b);
  fill(u32a, sizeof u32a);
  fill(s64a, sizeof s64a);
  fill(s64b, sizeof s64b);
  for (int i = 0; i < COUNT; i++) {
    f32a[i] = (float)(int32_t)random32() / 65536;
    f32b[i] = (float)(int32_t)random32() / 1024;
    f64a[i] = (double)(int64_t)random64() / 4294967296.0;
    f64b[i] = (double)(int32_t)random32() / 7;
  }
}

#define EACH for (int i = 0; i < COUNT; i++)

static void arithmetic(void) {
  static uint8_t o8[COUNT];
  static int16_t o16[COUNT];
  static int32_t o32[COUNT];
  static int64_t o64[COUNT];
  EACH o8[i] = (uint8_t)((u8a[i] + u8b[i] + 1) >> 1);
  absorb(o8, sizeof o8);
  EACH {
    int sum = u8a[i] + s16a[i];
    o8[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
  }
  absorb(o8, sizeof o8);
  EACH {
    int sum = s16a[i] + s16b[i];
    o16[i] = (int16_t)(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
  }
  absorb(o16, sizeof o16);
  EACH o16[i] = (int16_t)((s16a[i] * s16b[i]) >> 15);
  absorb(o16, sizeof o16);
  EACH o32[i] = s32a[i] * s32b[i] + (s16a[i] << 3) - (u16a[i] >> 5);
  absorb(o32, sizeof o32);
  EACH o64[i] = (int64_t)s32a[i] * s32b[i] - s64a[i];
  absorb(o64, sizeof o64);
  EACH o64[i] = (s64a[i] >> 7) ^ (int64_t)((uint64_t)s64b[i] >> 41) | (s64a[i] << 13);
  absorb(o64, sizeof o64);
  EACH o32[i] = (int32_t)(u32a[i] >> (i & 31)) + (s32a[i] >> (u8a[i] & 31)) + (s32b[i] << (u8b[i] & 31));
  absorb(o32, sizeof o32);
  EACH o16[i] = (int16_t)(s32a[i] >> 16);
  EACH o8[i] = (uint8_t)(u16a[i] >> 4);
  absorb(o16, sizeof o16);
  absorb(o8, sizeof o8);
  section("arithmetic");
}

static void reductions(void) {
  int64_t facts[16] = {0};
  EACH facts[0] += u8a[i];
  EACH facts[1] += s8a[i] * s8a[i];
  EACH facts[2] += u8a[i] > u8b[i] ? u8a[i] - u8b[i] : u8b[i] - u8a[i];
  EACH facts[3] += (int64_t)s16a[i] * s16b[i];
  uint32_t dot = 0;
  EACH dot += (uint32_t)u8a[i] * u8b[i];
  facts[4] = dot;
  int32_t most = s32a[0], least = s32a[0];
  EACH most = s32a[i] > most ? s32a[i] : most;
  EACH least = s32a[i] < least ? s32a[i] : least;
  facts[5] = most, facts[6] = least;
  uint8_t top = 0;
  EACH top = u8a[i] > top ? u8a[i] : top;
  facts[7] = top;
  uint64_t all = ~0ull, any = 0, odd = 0;
  EACH all &= (uint64_t)s64a[i], any |= (uint64_t)s64b[i], odd ^= (uint64_t)s64a[i];
  facts[8] = (int64_t)all, facts[9] = (int64_t)any, facts[10] = (int64_t)odd;
  EACH facts[11] += __builtin_popcountll((uint64_t)s64a[i]);
  EACH facts[12] += __builtin_clz(u32a[i] | 1);
  EACH facts[13] += u8a[i] == 'e' || (u8a[i] >= '0' && u8a[i] <= '9');
  EACH facts[14] += s16a[i] < s16b[i] ? s16a[i] : -s16b[i];
  EACH facts[15] += s8a[i] < 0 ? -s8a[i] : s8a[i];
  absorb(facts, sizeof facts);
  section("reductions");
}

static void strides(void) {
  static uint8_t gray[COUNT], planes[4][COUNT], mixed[COUNT * 4];
  EACH gray[i] = (uint8_t)((u8a[i * 3] * 77 + u8a[i * 3 + 1] * 150 + u8a[i * 3 + 2] * 29) >> 8);
  absorb(gray, sizeof gray);
  EACH for (int plane = 0; plane < 4; plane++) planes[plane][i] = u8b[i * 4 + plane];
  absorb(planes, sizeof planes);
  EACH {
    mixed[i * 4] = planes[3][i];
    mixed[i * 4 + 1] = planes[1][i];
    mixed[i * 4 + 2] = planes[0][i] ^ 255;
    mixed[i * 4 + 3] = planes[2][i];
  }
  absorb(mixed, sizeof mixed);
  static float pairs[COUNT * 2];
  EACH pairs[i * 2] = f32a[i], pairs[i * 2 + 1] = f32b[i];
  for (int i = 0; i < COUNT; i++) f32a[i] = pairs[i * 2] * pairs[i * 2] - pairs[i * 2 + 1];
  absorb(f32a, sizeof f32a);
  for (int i = 0; i < COUNT / 2; i++) {
    int16_t kept = s16a[i];
    s16a[i] = s16a[COUNT - 1 - i];
    s16a[COUNT - 1 - i] = kept;
  }
  absorb(s16a, sizeof s16a);
  section("strides");
}

static void floats(void) {
  EACH f32a[i] = f32a[i] * 1.5f + f32b[i];
  absorb(f32a, sizeof f32a);
  EACH f64a[i] = f64a[i] / (f64b[i] * f64b[i] + 1) - f64b[i];
  absorb(f64a, sizeof f64a);
  EACH f32b[i] = __builtin_sqrtf(f32b[i] < 0 ? -f32b[i] : f32b[i]);
  absorb(f32b, sizeof f32b);
  EACH s32a[i] = (int32_t)f32b[i];
  EACH f32a[i] = (float)u32a[i] + (float)s32b[i];
  EACH f64b[i] = (double)s64a[i] + (double)f32a[i];
  EACH s64b[i] = f64a[i] > f64b[i] ? s64a[i] : s64b[i];
  EACH f32b[i] = (float)f64a[i];
  EACH s32b[i] = (f32b[i] < f32a[i]) + (f32a[i] >= 0) * 2 + (f32a[i] == (float)u32a[i]) * 4;
  EACH f64a[i] = __builtin_floor(f64a[i]) + __builtin_trunc(f64b[i] / 3);
  absorb(s32a, sizeof s32a);
  absorb(f64b, sizeof f64b);
  absorb(s64b, sizeof s64b);
  absorb(f32b, sizeof f32b);
  absorb(s32b, sizeof s32b);
  absorb(f64a, sizeof f64a);
  float most = f32a[0];
  EACH most = f32a[i] > most ? f32a[i] : most;
  double sum = 0;
  EACH sum += f64b[i];
  print("%e %e\n", (double)most, sum);
#ifdef __ARM_FEATURE_FP16_VECTOR_ARITHMETIC
  static _Float16 half[COUNT], other[COUNT];
  EACH half[i] = (_Float16)(f32a[i] / 1e6f), other[i] = (_Float16)(s8a[i]);
  EACH half[i] = half[i] * other[i] + (_Float16)0.5f;
  absorb(half, sizeof half);
  EACH half[i] = half[i] < other[i] ? other[i] : half[i] / (_Float16)3;
  absorb(half, sizeof half);
#endif
  section("floats");
}

void program(void) {
  for (int round = 0; round < 2; round++) {
    refill();
    arithmetic();
    reductions();
    strides();
    floats();
  }
}
