/* Prints the debug exceptions taken: EL, vector, ESR, ELR, FAR, SPSR. The UART is chosen by where the program lies. */
#pragma GCC visibility push(hidden)
typedef unsigned long u64; typedef unsigned int u32;
extern char _start[], back_here[], spin[];
extern void t_straight(void), t_loads(void), t_svc(void), t_excl(void), t_excl_el0(void);
extern u64 run_at(u64 spsr, void *fn, u64 arg);
#define RD(r) ({ u64 v_; __asm__ volatile("mrs %0, " #r : "=r"(v_)); v_; })
#define WR(r, v) do { u64 v_ = (v); __asm__ volatile("msr " #r ", %0\n isb" :: "r"(v_) : "memory"); } while (0)
struct state { int steps; int quiet; u64 skip; };
static struct state *st(void) { return (struct state *)((char *)_start + 0x48000); }
static volatile u32 *uart(void) { u64 b = (u64)_start; return (volatile u32 *)(b >> 31 & 1 ? 0x1c090000UL : 0x09000000UL); }
static void pc(char c) { *uart() = c; }
static void hex(u64 v) { int i = 60; while (i > 0 && !(v >> i)) i -= 4; for (; i >= 0; i -= 4) { u32 d = v >> i & 15; pc(d < 10 ? '0' + d : 'a' + d - 10); } }
static void say(char a, char b) { pc(a); pc(b); }
static void val(u64 v) { pc(' '); hex(v); }
static void nl(void) { pc('\n'); }
static u64 rel(u64 v) { u64 d = v - (u64)_start; return d < 0x100000 ? d : v; }
void handle(u64 kind, u64 *x) {
  u64 el = RD(CurrentEL) >> 2, esr, elr, far, spsr;
  if (el == 2) { esr = RD(esr_el2); elr = RD(elr_el2); far = RD(far_el2); spsr = RD(spsr_el2); }
  else { esr = RD(esr_el1); elr = RD(elr_el1); far = RD(far_el1); spsr = RD(spsr_el1); }
  u32 ec = esr >> 26 & 63;
  if (ec == 0x16 && (esr & 0xffff) == 0x77) { WR(elr_el2, (u64)back_here); WR(spsr_el2, 0x3c9); return; }
  if (ec == 0x15 && (esr & 0xffff) == 0x77 && el == 2) { WR(elr_el2, (u64)back_here); WR(spsr_el2, 0x3c9); return; }
  if (ec == 0x15 && (esr & 0xffff) == 0x77) { __asm__ volatile("hvc #0x77"); }
  say('x', '0' + el); val(kind); val(esr); val(rel(elr)); 
  if ((ec & 0x38) == 0x20 || ec == 0x34 || ec == 0x35) val(rel(far));
  val(spsr & ~0xf0000000UL); nl();
  int next = 0;
  switch (ec) {
    case 0x30: case 0x31: WR(dbgbcr0_el1, 0); WR(dbgbcr1_el1, 0); break;
    case 0x32: case 0x33: if (--st()->steps <= 0) { WR(mdscr_el1, RD(mdscr_el1) & ~1UL); } else spsr |= 1 << 21; break;
    case 0x15: case 0x16: break;
    default: next = 1;
  }
  if (el == 2) { WR(elr_el2, elr + 4 * next); WR(spsr_el2, spsr); } else { WR(elr_el1, elr + 4 * next); WR(spsr_el1, spsr); }
}
#define EL1H 0x3c5UL
#define EL1H_D 0x1c5UL
#define EL0T 0x3c0UL
#define SS (1UL << 21)
static void reset(void) { WR(mdscr_el1, 0); for (;;) { WR(dbgbcr0_el1, 0); WR(dbgbcr1_el1, 0); WR(dbgbcr5_el1, 0); WR(dbgwcr0_el1, 0); WR(dbgwcr1_el1, 0); break; } WR(mdcr_el2, 6); u64 s_ = (u64)_start + 0x3c000; __asm__ volatile("msr sp_el1, %0" :: "r"(s_)); }
static void title(char a, char b) { reset(); pc('#'); say(a, b); nl(); }
static u64 buf(void) { return (u64)_start + 0x50000; }
void cmain(void) {
  st()->steps = 0;
  WR(hcr_el2, 1UL << 31);
  WR(oslar_el1, 0);
  u64 t = (u64)t_straight;
  title('b', '1'); WR(mdcr_el2, 6 | 1 << 8); WR(mdscr_el1, 1 << 15); WR(dbgbvr0_el1, t + 4); WR(dbgbcr0_el1, 0x1e7); run_at(EL1H, t_straight, 0);
  title('b', '2'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(dbgbvr0_el1, t + 8); WR(dbgbcr0_el1, 0x1e7); run_at(EL1H_D, t_straight, 0);
  title('b', '3'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(dbgbvr0_el1, t + 8); WR(dbgbcr0_el1, 0x1e7); run_at(EL1H, t_straight, 0);
  title('b', '4'); WR(mdscr_el1, 1 << 15); WR(dbgbvr0_el1, t + 8); WR(dbgbcr0_el1, 0x1e7); run_at(EL1H_D, t_straight, 0);
  title('b', '5'); WR(mdscr_el1, 1 << 15); WR(dbgbvr0_el1, t + 0x18); WR(dbgbcr0_el1, 0x1e5); run_at(EL0T, (void *)(t + 0x14), 0);
  title('b', '6'); WR(mdscr_el1, 1 << 15); WR(dbgbvr0_el1, t + 0x18); WR(dbgbcr0_el1, 0x1e3); run_at(EL0T, (void *)(t + 0x14), 0);
  title('b', '7'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(contextidr_el1, 0x42); WR(dbgbvr5_el1, 0x42); WR(dbgbcr5_el1, 0x3001e7); WR(dbgbvr0_el1, t + 8); WR(dbgbcr0_el1, 0x1e7 | 5 << 16 | 1 << 20); run_at(EL1H_D, t_straight, 0);
  title('b', '8'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(contextidr_el1, 0x43); WR(dbgbvr5_el1, 0x42); WR(dbgbcr5_el1, 0x3001e7); WR(dbgbvr0_el1, t + 8); WR(dbgbcr0_el1, 0x1e7 | 5 << 16 | 1 << 20); run_at(EL1H_D, t_straight, 0);
  title('b', '9'); WR(mdcr_el2, 6 | 1 << 8); WR(oslar_el1, 1); WR(mdscr_el1, 1 << 15); WR(dbgbvr0_el1, t + 4); WR(dbgbcr0_el1, 0x1e7); run_at(EL1H, t_straight, 0); WR(oslar_el1, 0);
  u64 w = buf();
  title('w', '1'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(dbgwvr0_el1, w); WR(dbgwcr0_el1, 1 | 3 << 1 | 1 << 3 | 0xff << 5); run_at(EL1H_D, t_loads, w);
  title('w', '2'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(dbgwvr0_el1, w + 8); WR(dbgwcr0_el1, 1 | 3 << 1 | 1 << 3 | 0x02 << 5); run_at(EL1H_D, t_loads, w);
  title('w', '3'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(dbgwvr0_el1, w + 8); WR(dbgwcr0_el1, 1 | 3 << 1 | 2 << 3 | 0xf0 << 5); run_at(EL1H_D, t_loads, w);
  title('w', '4'); WR(mdcr_el2, 6 | 1 << 8); WR(mdscr_el1, 1 << 15); WR(dbgwvr0_el1, w & ~0x3fUL); WR(dbgwcr0_el1, 1 | 3 << 1 | 2 << 3 | 0xff << 5 | 6 << 24); run_at(EL1H, t_loads, w);
  title('w', '5'); WR(mdscr_el1, 1 << 15 | 1 << 13); WR(dbgwvr0_el1, w + 4); WR(dbgwcr0_el1, 1 | 3 << 1 | 2 << 3 | 0x0f << 5); run_at(EL1H_D, t_loads, w);
  title('s', '1'); st()->steps = 20; WR(mdcr_el2, 6 | 1 << 8); WR(mdscr_el1, 1); run_at(EL1H | SS, t_straight, 0);
  title('s', '2'); st()->steps = 6; WR(mdcr_el2, 6 | 1 << 8); WR(mdscr_el1, 1); run_at(EL1H, t_straight, 0);
  title('s', '3'); st()->steps = 30; WR(mdcr_el2, 6 | 1 << 8); WR(mdscr_el1, 1); run_at(EL1H | SS, t_excl, w);
  title('s', '4'); st()->steps = 20; WR(mdscr_el1, 1); run_at(EL0T | SS, t_excl_el0, w);
  title('s', '5'); st()->steps = 9; WR(mdscr_el1, 1); run_at(EL0T, t_excl_el0, w);
  title('v', '1'); run_at(EL1H, t_svc, 0);
  title('v', '2'); WR(mdcr_el2, 6 | 1 << 8); run_at(EL1H, t_svc, 0);
  reset();
  pc('#'); say('e', 'n'); say('d', '\n');
}
