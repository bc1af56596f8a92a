/* A small guest for the debugger's tests: calls, structures, pointers, arrays, recursion and a loop. */
typedef unsigned long u64;
typedef unsigned int u32;

enum colour { RED, GREEN = 5, BLUE };

struct point {
  int x;
  int y;
};

struct shape {
  const char *name;
  struct point corners[3];
  enum colour colour;
  unsigned flags : 3;
  unsigned kind : 5;
  union {
    u32 word;
    unsigned char bytes[4];
  } tag;
};

static const char title[] = "triangle";
struct shape global_shape;
u64 counter = 7;

static int add(int a, int b) {
  int sum = a + b; /* #ADD */
  return sum;
}

__attribute__((noinline)) static u64 factorial(u64 n) {
  if (n < 2) return 1; /* #BASE */
  return n * factorial(n - 1);
}

__attribute__((noinline)) static int area(const struct shape *shape, int scale) {
  int total = 0; /* #AREA */
  for (int i = 0; i < 3; i++) {
    const struct point *corner = &shape->corners[i];
    total = add(total, corner->x * corner->y * scale); /* #LOOP */
  }
  return total;
}

int main(void) {
  struct shape local = {.name = title, .corners = {{1, 2}, {3, 4}, {5, 6}}, .colour = GREEN, .flags = 5, .kind = 17};
  local.tag.word = 0x11223344;
  global_shape = local;
  int result = area(&local, 2); /* #CALL */
  counter += factorial(5);
  _Bool done = result > 0;
  return done ? result : -1; /* #END */
}
