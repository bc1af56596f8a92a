// A Host of real code: prints, starts a second PE, waits for a timer, runs a Realm, resets the system once, and turns
// it off.

#include "host.h"

unsigned long call(unsigned long fid, unsigned long x1, unsigned long x2, unsigned long x3, unsigned long x4) {
  struct call registers = {{fid, x1, x2, x3, x4}};
  return smc(&registers);
}

void put(const char *text) {
  for (; *text != 0; text++) *UART0_DR = (unsigned char)*text;
}

void put_hex(unsigned long value) {
  put("0x");
  for (int shift = 28; shift >= 0; shift -= 4) *UART0_DR = "0123456789abcdef"[(value >> shift) & 15];
}

static volatile unsigned long second_is_here;
static unsigned char second_stack[4096] __attribute__((aligned(16)));

void second_main(void) {
  second_is_here = 1;
  __asm__ volatile("dsb ish\n\tsev");
  call(PSCI_CPU_OFF, 0, 0, 0, 0);
}

static void start_second(void) {
  unsigned long stack = (unsigned long)second_stack + sizeof second_stack;
  unsigned long answer = call(PSCI_CPU_ON, 0x100, (unsigned long)second_start, stack, 0);
  if (answer != 0) {
    put("there is no second PE\n");
    return;
  }
  while (second_is_here == 0) __asm__ volatile("wfe");
  put("the second PE was here\n");
}

// The EL2 physical timer (INTID 26) by way of the GIC: enabled, waited for with WFI, acknowledged.
static void wait_for_timer(void) {
  *GICD_CTLR = 0x12;
  *GICR_ISENABLER0 = 1u << 26;
  __asm__ volatile("msr s3_0_c4_c6_0, %0" ::"r"(0xf0UL));   // ICC_PMR_EL1
  __asm__ volatile("msr s3_0_c12_c12_7, %0" ::"r"(1UL));    // ICC_IGRPEN1_EL1
  __asm__ volatile("msr cnthp_tval_el2, %0\n\tmsr cnthp_ctl_el2, %1\n\tisb" ::"r"(100000UL), "r"(1UL));
  __asm__ volatile("wfi");
  unsigned long intid;
  __asm__ volatile("mrs %0, s3_0_c12_c12_0" : "=r"(intid)); // ICC_IAR1_EL1
  __asm__ volatile("msr cnthp_ctl_el2, %0\n\tisb" ::"r"(0UL));
  __asm__ volatile("msr s3_0_c12_c12_1, %0" ::"r"(intid));  // ICC_EOIR1_EL1
  put("interrupt ");
  put_hex(intid);
  put("\n");
}

// DRAM outside the image survives a reset.
#define BOOTED ((volatile unsigned long *)0x90000000)

int main(void) {
  put("host: hello from EL2\n");
  start_second();
  wait_for_timer();
  put(run_realm() == 0 ? "the Realm has run\n" : "the Realm failed\n");
  if (*BOOTED != 0x600d) {
    *BOOTED = 0x600d;
    put("resetting\n");
    call(PSCI_SYSTEM_RESET, 0, 0, 0, 0);
  }
  put("host: done\n");
  call(PSCI_SYSTEM_OFF, 0, 0, 0, 0);
  return 0;
}
