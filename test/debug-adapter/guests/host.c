/* A Host of real code: a function to step over, an RMI command to step into, an end. Runs at NS-EL2 with the MMU off. */
typedef unsigned long u64;

enum { SMC_RMI_VERSION = 0xc4000150, SMC_RMI_GRANULE_DELEGATE = 0xc4000151, PSCI_SYSTEM_OFF = 0x84000008 };

static volatile unsigned *const UART = (volatile unsigned *)0x1c090000;
static unsigned char granule[4096] __attribute__((aligned(4096)));
int answer = 7;

static void print(const char *text) {
  while (*text) UART[0] = (unsigned char)*text++;
}

static u64 smc(u64 fid, u64 argument) {
  register u64 x0 __asm__("x0") = fid;
  register u64 x1 __asm__("x1") = argument;
  __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1) : : "x2", "x3", "x4", "memory"); /* #SMC */
  return x0;
}

static int twice(int number) {
  int product = number * 2;
  return product; /* #TWICE */
}

void host_main(void) {
  print("Host up\n");
  answer = twice(21); /* #CALL */
  u64 version = smc(SMC_RMI_VERSION, 0x10000);
  u64 status = smc(SMC_RMI_GRANULE_DELEGATE, (u64)granule); /* #DELEGATE */
  print(version == 0 && status == 0 && answer == 42 ? "Delegated\n" : "Failed\n"); /* #AFTER */
  smc(PSCI_SYSTEM_OFF, 0);
}
