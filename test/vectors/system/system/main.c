/* Prints which TLBI and AT encodings exist, PAR_EL1 of AT, E2H redirection, traps at EL1 and EL0, and PMU counts. */
#pragma GCC visibility push(hidden)
typedef unsigned long u64; typedef unsigned int u32;
extern char _start[], back_here[];
extern void at_el1(void), at_el0(void), count_code(u64);
extern u64 run_at(u64 spsr, void *fn, u64 arg);
#define RD(r) ({ u64 v_; __asm__ volatile("mrs %0, " #r : "=r"(v_)); v_; })
#define WR(r, v) do { u64 v_ = (v); __asm__ volatile("msr " #r ", %0\n isb" :: "r"(v_) : "memory"); } while (0)
struct state { u64 quiet, undefined; };
static volatile struct state *st(void) { return (struct state *)((char *)_start + 0x48000); }
static volatile u32 *uart(void) { u64 b = (u64)_start; return (volatile u32 *)(b >> 31 & 1 ? 0x1c090000UL : 0x09000000UL); }
static void pc(char c) { *uart() = c; }
static void hex(u64 v) { int i = 60; while (i > 0 && !(v >> i)) i -= 4; for (; i >= 0; i -= 4) { u32 d = v >> i & 15; pc(d < 10 ? '0' + d : 'a' + d - 10); } }
static void say(char a, char b) { pc(a); pc(b); }
static void val(u64 v) { pc(' '); hex(v); }
static void nl(void) { pc('\n'); }
static u64 rel(u64 v) { u64 d = v - (u64)_start; return d < 0x100000 ? d : v; }
void handle(u64 kind, u64 *x) {
  u64 el = RD(CurrentEL) >> 2, esr, elr, far, spsr, hp = 0;
  if (el == 2) { esr = RD(esr_el2); elr = RD(elr_el2); far = RD(far_el2); spsr = RD(spsr_el2); hp = RD(hpfar_el2); }
  else { esr = RD(esr_el1); elr = RD(elr_el1); far = RD(far_el1); spsr = RD(spsr_el1); }
  u32 ec = esr >> 26 & 63;
  if (ec == 0x16 && (esr & 0xffff) == 0x77) { WR(elr_el2, (u64)back_here); WR(spsr_el2, 0x3c9); return; }
  if (ec == 0x15 && (esr & 0xffff) == 0x77 && el == 2) { WR(elr_el2, (u64)back_here); WR(spsr_el2, 0x3c9); return; }
  if (ec == 0x15 && (esr & 0xffff) == 0x77) { __asm__ volatile("hvc #0x77"); }
  if (st()->quiet) { st()->undefined = 1; } else {
    say('x', '0' + el); val(kind); val(esr); val(rel(elr));
    if ((ec & 0x38) == 0x20) { val(rel(far)); if (el == 2) val(hp); }
    val(spsr & ~0xf0000000UL); nl();
  }
  if (ec == 0x15 || ec == 0x16) return;
  if (el == 2) WR(elr_el2, elr + 4); else WR(elr_el1, elr + 4);
}
#define EL1H 0x3c5UL
#define EL0T 0x3c0UL
#define RW (1UL << 31)
#define E2H (1UL << 34)
#define TGE (1UL << 27)
static void title(char a, char b) { WR(mdcr_el2, 6); u64 s_ = (u64)_start + 0x3c000; __asm__ volatile("msr sp_el1, %0" :: "r"(s_)); pc('#'); say(a, b); nl(); }
static void try_word(u32 w) {
  volatile u32 *code = (volatile u32 *)((char *)_start + 0x60000);
  code[0] = w; code[1] = 0xd65f03c0;
  __asm__ volatile("dsb sy\n ic iallu\n dsb sy\n isb");
  st()->undefined = 0; st()->quiet = 1;
  __asm__ volatile("mov x0, #0\n blr %0" :: "r"(code) : "x0", "x30", "memory");
  st()->quiet = 0;
}
static u64 par(void) { u64 p = RD(par_el1); u64 base = (u64)_start & ~0x1fffffUL; if (p & 1) return p & ~0x800UL; u64 pa = p & 0xfffffffff000UL; if (p >> 56 != 0xff) p &= ~0x180UL; return (p & ~0xfffffffff000UL & ~0xa00UL) | ((pa - base) & 0xfffffffff000UL); }
#define AT(op, va) do { u64 v_ = (va); __asm__ volatile("at " op ", %0\n isb" :: "r"(v_) : "memory"); val(par()); } while (0)
void cmain(void) {
  st()->quiet = 0;
  WR(hcr_el2, RW);
  WR(cnthctl_el2, 3); WR(cntkctl_el1, 0);
  title('t', '1');
  for (u32 op1 = 0; op1 < 8; op1 += op1 == 4 ? 3 : op1 == 0 ? 4 : 1)
    for (u32 crm = 0; crm < 16; crm++) {
      u64 bits = 0;
      for (u32 op2 = 0; op2 < 8; op2++) { try_word(0xd5088000 | op1 << 16 | crm << 8 | op2 << 5); if (!st()->undefined) bits |= 1 << op2; }
      hex(op1); val(crm); val(bits); nl();
    }
  title('t', '2');
  for (u32 op1 = 0; op1 < 8; op1++) for (u32 crm = 8; crm < 10; crm++) { u64 bits = 0;
      for (u32 op2 = 0; op2 < 8; op2++) { try_word(0xd5087000 | op1 << 16 | crm << 8 | op2 << 5); if (!st()->undefined) bits |= 1 << op2; }
      hex(op1); val(crm); val(bits); nl(); }
  u64 base = (u64)_start & ~0x1fffffUL;
  volatile u64 *l1 = (u64 *)((char *)_start + 0x70000), *l2 = l1 + 512, *l3 = l2 + 512, *s1 = l3 + 512, *s2 = s1 + 512, *s3 = s2 + 512;
  for (int i = 0; i < 512 * 6; i++) l1[i] = 0;
  u64 a = 1 << 10 | 3 << 8;
  l1[0] = (u64)l2 | 3; l1[base >> 30] = base >> 30 << 30 | a | 1; l1[5] = 0x8000000000000UL << 0 | 0x140000000UL | a | 1;
  l2[0] = (u64)l3 | 3; l2[1] = base | a | 1 | 1 << 7; l2[2] = (u64)l3 | 3 | 3UL << 61; l2[3] = (u64)l3 | 3 | 1UL << 59; l2[4] = base | 1 << 8 | 1;
  l3[0] = base | a | 3; l3[1] = (base + 0x1000) | a | 3 | 1 << 6; l3[2] = (base + 0x2000) | a | 3 | 2 << 6; l3[3] = (base + 0x3000) | a | 3 | 3 << 6;
  l3[4] = (base + 0x4000) | 3 | 3 << 8; l3[5] = (base + 0x5000) | a | 3 | 1 << 2; l3[6] = (base + 0x6000) | a | 3 | 2 << 2; l3[7] = (base + 0x7000) | a | 1; l3[8] = (base + 0x8000) | a | 3 | 1UL << 47;
  l3[9] = (base + 0x9000) | a | 3 | 1UL << 54 | 1UL << 53;
  WR(mair_el1, 0x4404ff); WR(ttbr0_el1, (u64)l1); WR(tcr_el1, 25UL | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 2UL << 32);
  u64 sctlr1 = RD(sctlr_el1); WR(sctlr_el1, sctlr1 | 1);
  title('a', '1');
  for (u64 p = 0; p < 11; p++) { hex(p); AT("s1e1r", p << 12); AT("s1e1w", p << 12); AT("s1e0r", p << 12); AT("s1e0w", p << 12); nl(); }
  for (u64 p = 0; p < 6; p++) { hex(p); AT("s1e1r", p << 21); AT("s1e1w", p << 21); AT("s1e0r", p << 21); AT("s1e0w", p << 21); nl(); }
  AT("s1e1r", 6UL << 30); AT("s1e1r", 1UL << 40); AT("s1e1r", ~0UL << 40); nl();
  title('a', '2');
  for (int i = 0; i < 8; i++) s1[i] = 0;
  s1[base >> 30] = (u64)s2 | 3;
  s2[base >> 21 & 511] = (u64)s3 | 3;
  for (u64 i = 0; i < 512; i++) s3[i] = (base + (i << 12)) | 1 << 10 | 3 << 8 | 15 << 2 | (i == 1 ? 1 : i == 2 ? 2 : 3) << 6 | 3;
  s3[3] = 0; s3[5] &= ~(1UL << 10);
  if (base != ((u64)l1 & ~0x1fffffUL)) s2[(u64)l1 >> 21 & 511] = ((u64)l1 & ~0x1fffffUL) | 1 << 10 | 3 << 8 | 15 << 2 | 3 << 6 | 1;
  WR(vtcr_el2, 25UL | 1 << 6 | 3 << 12 | 1 << 10 | 1 << 8 | 2UL << 16 | 1UL << 31); WR(vttbr_el2, (u64)s1); WR(hcr_el2, RW | 1);
  __asm__ volatile("tlbi vmalls12e1\n dsb sy\n isb");
  for (u64 p = 0; p < 8; p++) { hex(p); AT("s12e1r", p << 12); AT("s12e1w", p << 12); AT("s12e0r", p << 12); AT("s1e1r", p << 12); nl(); }
  AT("s12e1r", 1UL << 21); AT("s12e1r", 5UL << 30); nl();
  s3[((u64)l3 >> 12) & 511] = 0; __asm__ volatile("dsb sy\n tlbi vmalls12e1\n dsb sy\n isb");
  AT("s12e1r", 0); AT("s1e1r", 0); nl();
  WR(hcr_el2, RW); WR(sctlr_el1, sctlr1);
  title('v', '1');
  WR(hcr_el2, RW | E2H);
  WR(ttbr1_el1, 0x1230000); val(RD(s3_4_c2_c0_1)); WR(s3_5_c2_c0_1, 0x4560000); val(RD(ttbr1_el1)); val(RD(s3_5_c2_c0_1));
  WR(contextidr_el1, 0x77); val(RD(s3_4_c13_c0_1)); WR(s3_5_c13_c0_1, 0x78); val(RD(contextidr_el1)); val(RD(s3_5_c13_c0_1));
  WR(cntkctl_el1, 0x3); val(RD(cnthctl_el2) & 0xfff); WR(s3_5_c14_c1_0, 0x301); val(RD(s3_5_c14_c1_0)); val(RD(cntkctl_el1) & 0xfff);
  WR(cntp_cval_el0, 0x999); val(RD(cnthp_cval_el2)); WR(s3_5_c14_c2_2, 0x888); val(RD(s3_5_c14_c2_2)); val(RD(cntp_cval_el0));
  WR(cntv_cval_el0, 0x555); val(RD(s3_4_c14_c3_2)); WR(s3_5_c14_c3_2, 0x444); val(RD(s3_5_c14_c3_2));
  WR(cpacr_el1, 3 << 20); val(RD(cptr_el2) & 0x300000);
  WR(hcr_el2, RW); nl(); val(RD(ttbr1_el1)); val(RD(cntp_cval_el0)); val(RD(cntv_cval_el0)); val(RD(contextidr_el1)); nl();
  WR(cnthctl_el2, 3); WR(cntkctl_el1, 0);
#define K(n, h, m, c) title('k', n); WR(hcr_el2, (h) | 1 << 13 | 1 << 19); WR(mdcr_el2, 6 | (m)); WR(cnthctl_el2, c); run_at(EL1H, at_el1, (u64)_start + 0x50000); WR(hcr_el2, RW)
  K('1', RW, 0, 3);
  K('2', RW | 1 << 26, 1 << 9, 3);
  K('3', RW | 1 << 30 | 1 << 18, 1 << 10, 1);
  K('4', RW | 1 << 17 | 1 << 16 | 1 << 21, 1 << 11, 2);
  K('5', RW | 1 << 22 | 1 << 23 | 1 << 24, 1 << 6, 0);
  K('6', RW | 1 << 25, 1 << 8, 3);
#define U(n, h, s, k) title('u', n); WR(sctlr_el1, sctlr1 | (s)); WR(cntkctl_el1, k); WR(cnthctl_el2, 3); WR(hcr_el2, h); run_at(EL0T, at_el0, (u64)_start + 0x50000); WR(hcr_el2, RW); WR(sctlr_el1, sctlr1)
  WR(sctlr_el1, sctlr1 &= ~(1UL << 16 | 1 << 18 | 1 << 15 | 1 << 14 | 1 << 26 | 1 << 9));
  WR(pmuserenr_el0, 0);
  U('1', RW | 1 << 13, 0, 0);
  WR(pmuserenr_el0, 4); WR(mdscr_el1, 0);
  U('2', RW | 1 << 13, 1 << 16 | 1 << 15 | 1 << 26 | 1 << 9, 0x103);
  WR(pmuserenr_el0, 8);
  U('3', RW | TGE, 0, 0x303);
  u64 sctlr2 = RD(sctlr_el2);
  title('u', '4'); WR(sctlr_el2, sctlr2 & ~(1UL << 16 | 1 << 18 | 1 << 15 | 1 << 14 | 1 << 26 | 1 << 9)); WR(hcr_el2, RW | E2H | TGE); WR(cnthctl_el2, 0x101); run_at(EL0T, at_el0, (u64)_start + 0x50000);
  title('u', '5'); WR(sctlr_el2, (sctlr2 & ~(1UL << 16 | 1 << 14)) | (1UL << 18 | 1 << 15 | 1 << 26 | 1 << 9)); WR(cnthctl_el2, 0x303); WR(hcr_el2, RW | E2H | TGE | 1 << 13 | 1 << 17 | 1 << 23 | 1 << 24); run_at(EL0T, at_el0, (u64)_start + 0x50000);
  WR(hcr_el2, RW); WR(sctlr_el2, sctlr2);
  title('p', '1');
  WR(pmcr_el0, 7 | 1 << 6); WR(pmevtyper0_el0, 8 | 1 << 27); WR(pmevcntr0_el0, 0); count_code(1); val(RD(pmevcntr0_el0));
  WR(pmevcntr0_el0, 0xffffff00); WR(pmovsclr_el0, ~0u); count_code(1); val(RD(pmevcntr0_el0)); val(RD(pmovsset_el0)); count_code(1); val(RD(pmovsclr_el0));
  WR(pmevtyper1_el0, 0 | 1 << 27); WR(pmevcntr1_el0, 0); WR(pmcntenset_el0, 2); WR(pmswinc_el0, 2); WR(pmswinc_el0, 3); val(RD(pmevcntr1_el0)); 
  WR(pmselr_el0, 1); val(RD(pmxevcntr_el0)); val(RD(pmxevtyper_el0)); WR(pmselr_el0, 31); WR(pmxevtyper_el0, 1 << 27); val(RD(pmccfiltr_el0)); val(RD(pmcntenset_el0)); WR(pmcr_el0, 2 | 1 << 6); val(RD(pmevcntr1_el0)); nl();
  pc('#'); say('e', 'n'); say('d', '\n');
}
