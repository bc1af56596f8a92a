// What the files of this Host share.
#pragma once

struct call {
  unsigned long x[8];
};

unsigned long smc(struct call *registers);
void second_start(void);
extern unsigned char realm_image[];

unsigned long call(unsigned long fid, unsigned long x1, unsigned long x2, unsigned long x3, unsigned long x4);
void put(const char *text);
void put_hex(unsigned long value);
int run_realm(void);

#define UART0_DR ((volatile unsigned int *)0x1c090000)
#define GICD_CTLR ((volatile unsigned int *)0x2f000000)
#define GICR_ISENABLER0 ((volatile unsigned int *)0x2f110100)

#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
