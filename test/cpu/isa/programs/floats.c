/* Floating point: matrices, FFT, series, roots, conversions, comparisons, half and quadruple precision, varargs. */
#include "support.h"

#define SIZE 12
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];
static float af[SIZE][SIZE], bf[SIZE][SIZE], cf[SIZE][SIZE];

static double unit(void) { return (double)(int64_t)random64() / 9223372036854775808.0; }

static void matrices(void) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = unit();
      b[i][j] = unit() * 1e3;
      af[i][j] = (float)unit();
      bf[i][j] = (float)unit() / 3;
    }
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      double sum = 0;
      float sumf = 0;
      for (int k = 0; k < SIZE; k++) {
        sum += a[i][k] * b[k][j];
        sumf += af[i][k] * bf[k][j];
      }
      c[i][j] = sum;
      cf[i][j] = sumf;
    }
  absorb(c, sizeof c);
  absorb(cf, sizeof cf);
  /* Elimination with pivots. */
  double det = 1;
  for (int i = 0; i < SIZE; i++) {
    int best = i;
    for (int j = i + 1; j < SIZE; j++)
      if (__builtin_fabs(c[j][i]) > __builtin_fabs(c[best][i])) best = j;
    for (int k = 0; k < SIZE; k++) {
      double kept = c[i][k];
      c[i][k] = c[best][k];
      c[best][k] = kept;
    }
    if (best != i) det = -det;
    det *= c[i][i];
    for (int j = i + 1; j < SIZE; j++) {
      double factor = c[j][i] / c[i][i];
      for (int k = i; k < SIZE; k++) c[j][k] -= factor * c[i][k];
    }
  }
  print("determinant %e\n", det);
  section("matrices");
}

/* By the series, folded once. */
static double sine(double x) {
  double turns = __builtin_floor(x / 6.283185307179586 + 0.5);
  x -= turns * 6.283185307179586;
  double term = x, sum = x;
  for (int n = 1; n < 16; n++) sum += term *= -x * x / ((2 * n) * (2 * n + 1));
  return sum;
}

#define POINTS 64
static void transform(float *re, float *im) {
  for (int i = 1, j = 0; i < POINTS; i++) {
    int bit = POINTS / 2;
    for (; j & bit; bit /= 2) j ^= bit;
    j |= bit;
    if (i < j) {
      float kept = re[i];
      re[i] = re[j], re[j] = kept;
      kept = im[i];
      im[i] = im[j], im[j] = kept;
    }
  }
  for (int length = 2; length <= POINTS; length *= 2)
    for (int start = 0; start < POINTS; start += length)
      for (int k = 0; k < length / 2; k++) {
        double angle = -6.283185307179586 * k / length;
        float wr = (float)sine(angle + 1.5707963267948966), wi = (float)sine(angle);
        float *r = re + start + k, *m = im + start + k;
        float tr = r[length / 2] * wr - m[length / 2] * wi, ti = r[length / 2] * wi + m[length / 2] * wr;
        r[length / 2] = r[0] - tr, m[length / 2] = m[0] - ti;
        r[0] += tr, m[0] += ti;
      }
}

static void signals(void) {
  float re[POINTS], im[POINTS];
  for (int i = 0; i < POINTS; i++) re[i] = (float)(sine(i * 0.7) + 0.25 * unit()), im[i] = 0;
  transform(re, im);
  absorb(re, sizeof re);
  absorb(im, sizeof im);
  section("signals");
}

static void roots(void) {
  for (int i = 0; i < 60; i++) {
    double x = (unit() + 1.0) * (double)(1ull << (i % 50)) + 1e-9;
    double root = __builtin_sqrt(x);
    double newton = x > 1 ? x : 1;
    for (int n = 0; n < 40; n++) newton = 0.5 * (newton + x / newton);
    float rootf = __builtin_sqrtf((float)x);
    double fused = __builtin_fma(root, root, -x);
    float fusedf = __builtin_fmaf(rootf, rootf, (float)-x);
    double facts[4] = {root, newton, fused, fusedf};
    absorb(facts, sizeof facts);
  }
  section("roots");
}

static void conversions(void) {
  static const double specials[] = {0.0,    -0.0,  0.5,  -0.5,   1.5,       2.5,        -2.5,  1e10,
                                    -1e10,  1e19,  1e20, -1e300, 0x1p-1074, 0x1p-1022,  1e-40, 2147483647.5,
                                    3.4e38, 3.5e38};
  for (int i = 0; i < 120; i++) {
    double x = i < 18 ? specials[i] : unit() * (double)(1ull << (i % 62));
    float f = (float)x;
    if (i == 3) x = 0.0 / specials[0];
    if (i == 4) x = 1.0 / specials[1];
    int64_t facts[10] = {0};
    /* What C leaves open outside the range: only where it is inside. */
    if (x > -9e18 && x < 9e18) {
      facts[0] = (int64_t)x;
      facts[1] = (int64_t)__builtin_floor(x) ^ (int64_t)__builtin_ceil(x) << 1;
      facts[2] = (int64_t)__builtin_trunc(x) + (int64_t)__builtin_rint(x) * 3 + (int64_t)__builtin_round(x) * 5;
    }
    if (f > -2e9f && f < 2e9f) facts[3] = (int32_t)f;
    if (x >= 0 && x < 1e19) facts[4] = (int64_t)(uint64_t)x;
    if (f >= 0 && f < 4e9f) facts[5] = (uint32_t)f;
    facts[6] = (x < 1) | (x <= 2) << 1 | (x > -1) << 2 | (x >= f) << 3 | (x == f) << 4 | (x != x) << 5 |
               __builtin_isunordered(x, f) << 6 | __builtin_isless(x, 3.0) << 7 | (__builtin_signbit(x) != 0) << 8;
    memcpy(&facts[7], &x, 8);
    memcpy(&facts[8], &f, 4);
    double other = (double)(int32_t)random32() + (double)random32() / 3 + (double)(int64_t)random64() +
                   (double)random64() + (float)random64() + (float)(int32_t)random32();
    memcpy(&facts[9], &other, 8);
    absorb(facts, sizeof facts);
    double picked[4] = {x > 1.25 ? x : 1.25, x < f ? x : f, __builtin_copysign(3, x),
                        x < 0 ? -x : x};
    absorb(picked, sizeof picked);
  }
  section("conversions");
}

static void halves(void) {
  __fp16 kept[40];
  for (int i = 0; i < 40; i++) {
    float wide = (float)(unit() * (double)(1 << (i % 20)) / 16);
    kept[i] = (__fp16)wide;
    if (i > 0) kept[i] = (__fp16)((float)kept[i] * (float)kept[i - 1] + (float)kept[i / 2]);
  }
  absorb(kept, sizeof kept);
#ifdef __ARM_FEATURE_FP16_SCALAR_ARITHMETIC
  _Float16 sum = 0, product = 1;
  for (int i = 0; i < 40; i++) {
    _Float16 value = kept[i];
    sum += value * (_Float16)0.125f;
    product *= value > (_Float16)1 ? (_Float16)0.75f : (_Float16)1.25f;
    int16_t rounded = sum > (_Float16)-1000 && sum < (_Float16)1000 ? (int16_t)sum : 0;
    absorb(&sum, 2);
    absorb(&product, 2);
    absorb(&rounded, 2);
  }
#endif
  section("halves");
}

static void quadruple(void) {
  long double sum = 0, product = 1;
  for (int i = 1; i < 24; i++) {
    sum += 1.0L / i;
    product *= 1 + sum / 100;
    int64_t whole = (int64_t)(product * 1000);
    double narrow = (double)(sum - product);
    int less = sum < product;
    absorb(&whole, 8);
    absorb(&narrow, 8);
    absorb(&less, 4);
  }
  section("quadruple");
}

static void fractal(void) {
  int counts[16];
  for (int i = 0; i < 16; i++) {
    double x = -2 + i * 0.18, y = 0.31 - i * 0.02, re = 0, im = 0;
    int n = 0;
    for (; n < 60 && re * re + im * im < 4; n++) {
      double next = re * re - im * im + x;
      im = 2 * re * im + y;
      re = next;
    }
    counts[i] = n;
  }
  absorb(counts, sizeof counts);
  section("fractal");
}

static double mean(int count, ...) {
  va_list list;
  va_start(list, count);
  double sum = 0;
  for (int i = 0; i < count; i++) sum += i % 3 == 1 ? (double)va_arg(list, int) : va_arg(list, double);
  va_end(list);
  return sum / count;
}

struct four {
  double w, x, y, z;
};
static __attribute__((noinline)) struct four turned(struct four v, float by) {
  return (struct four){v.x * by, v.y - by, v.z / by, v.w};
}

void program(void) {
  matrices();
  signals();
  roots();
  conversions();
  halves();
  quadruple();
  fractal();
  struct four v = {1, 2, 3, 4};
  for (int i = 1; i < 9; i++) v = turned(v, 1.1f * (float)i);
  print("%e %e %e %e\n", v.w, v.x, v.y, v.z);
  print("%e %e %e %e %e\n", 0.1, -1e22, 0x1p-1074, 1.7976931348623157e308, mean(9, 1.5, 2, 3.5, 4.5, 5, 6.5, 7.5, 8, 9.5));
}
