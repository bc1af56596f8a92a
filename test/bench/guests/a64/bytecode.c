/* An interpreter of a stack machine, which counts primes with a sieve and sums a recurrence. */
#include "common.h"

enum { PUSH, ADD, SUB, MUL, LESS, LOAD, STORE, GET, PUT, JUMP, JUMPZ, HALT };

/* Variables: 0 i, 1 j, 2 count, 3 limit, 4 sum. */
static const u8 program[] = {
    PUSH, 2, STORE, 0, PUSH, 0, STORE, 2,
    /* 8: while (i < limit) */
    LOAD, 0, LOAD, 3, LESS, JUMPZ, 69,
    /* 15: if (!sieve[i]) count++, for (j = i + i; j < limit; j += i) sieve[j] = 1 */
    LOAD, 0, GET, JUMPZ, 22, JUMP, 53,
    /* 22 */ LOAD, 2, PUSH, 1, ADD, STORE, 2, LOAD, 0, LOAD, 0, ADD, STORE, 1,
    /* 36 */ LOAD, 1, LOAD, 3, LESS, JUMPZ, 53, LOAD, 1, PUSH, 1, PUT, LOAD, 1, JUMP, 62,
    /* 52 */ HALT,
    /* 53: sum = sum * 3 + i; i++ */ LOAD, 4, PUSH, 3, MUL, JUMP, 70, HALT, HALT,
    /* 62: j += i */ LOAD, 0, ADD, STORE, 1, JUMP, 36,
    /* 69 */ HALT,
    /* 70 */ LOAD, 0, ADD, STORE, 4, LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 8};

static u8 sieve[2000];

static u64 interpret(u64 limit) {
  u64 stack[16], v[5] = {0, 0, 0, limit, 0}, *sp = stack;
  const u8 *pc = program;
  for (;;) switch (*pc++) {
      case PUSH: *sp++ = *pc++; break;
      case ADD: sp--, sp[-1] += sp[0]; break;
      case SUB: sp--, sp[-1] -= sp[0]; break;
      case MUL: sp--, sp[-1] *= sp[0]; break;
      case LESS: sp--, sp[-1] = sp[-1] < sp[0]; break;
      case LOAD: *sp++ = v[*pc++]; break;
      case STORE: v[*pc++] = *--sp; break;
      case GET: sp[-1] = sieve[sp[-1]]; break;
      case PUT: sp -= 2, sieve[sp[0]] = sp[1]; break;
      case JUMP: pc = program + *pc; break;
      case JUMPZ: pc = *--sp ? pc + 1 : program + *pc; break;
      default: return v[2] * 31 + v[4];
    }
}

u64 run(u64 iterations) {
  u64 sum = 0;
  while (iterations--) {
    for (int i = 0; i < 2000; i++) sieve[i] = 0;
    sum = sum * 31 + interpret(2000);
  }
  return sum;
}
