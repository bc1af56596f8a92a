#include "cpu.h"
#include "../attest/rsi/rsi.h"

int64_t psci_call(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3) {
  struct rsi_registers registers = {{function, x1, x2, x3}};
  rsi_smc(&registers);
  return (int64_t)registers.x[0];
}

const char *psci_name(int64_t status) {
  switch (status) {
  case PSCI_SUCCESS: return "SUCCESS";
  case PSCI_INVALID_PARAMETERS: return "INVALID_PARAMETERS";
  case PSCI_DENIED: return "DENIED";
  case PSCI_ALREADY_ON: return "ALREADY_ON";
  default: return "another status";
  }
}

// All priorities, Group 1. There is no distributor to program: the Host lets SGIs and the timers through.
void interrupts_on(void) {
  write_register(icc_pmr_el1, 0xff);
  write_register(icc_igrpen1_el1, 1);
  unmask_interrupts();
}

// ICC_SGI1R_EL1: INTID in bits 27:24, one bit a target in 15:0. The write leaves the Realm; the Host delivers it.
void send_interrupt(unsigned rec, unsigned intid) {
  write_register(icc_sgi1r_el1, (uint64_t)intid << 24 | 1u << rec);
}

void start_timer(uint64_t ticks) {
  write_register(cntv_cval_el0, read_register(cntvct_el0) + ticks);
  write_register(cntv_ctl_el0, 1);
}
