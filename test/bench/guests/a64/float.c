/* FP and AdvSIMD: matrices of doubles and floats that the compiler vectorises, a dot product of bytes, a recurrence. */
#include "common.h"

enum { SIDE = 32 };
static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];
static float x[1024], y[1024], z[1024];
static signed char p[2048], q[2048];

u64 run(u64 iterations) {
  union {
    double d;
    u64 u;
  } sum = {0};
  for (int i = 0; i < SIDE * SIDE; i++) ((double *)a)[i] = (i % 17) * 0.25 - 2, ((double *)b)[i] = (i % 23) * 0.125 - 1;
  for (int i = 0; i < 1024; i++) x[i] = (next() >> 20) * 0.001f, y[i] = (next() >> 20) * 0.002f, z[i] = 0;
  for (int i = 0; i < 2048; i++) p[i] = next() >> 24, q[i] = next() >> 24;
  i64 dots = 0;
  while (iterations--) {
    for (int i = 0; i < SIDE; i++) {
      for (int j = 0; j < SIDE; j++) c[i][j] = 0;
      for (int k = 0; k < SIDE; k++)
        for (int j = 0; j < SIDE; j++) c[i][j] += a[i][k] * b[k][j];
    }
    for (int i = 0; i < 1024; i++) z[i] = z[i] * 0.5f + x[i] * y[i];
    i32 dot = 0;
    for (int i = 0; i < 2048; i++) dot += p[i] * q[i];
    dots += dot;
    double r = 1;
    for (int i = 1; i < 100; i++) r = r * 0.75 + 1.0 / i;
    sum.d += c[iterations % SIDE][3] + z[iterations % 1024] + r;
  }
  return sum.u ^ (u64)dots;
}
