// One Realm of one page and one REC, by the RMI calls of RMM 1.0.

#include "host.h"

#define PAGE 4096
#define GRANULES 24

static unsigned char pool[GRANULES][PAGE] __attribute__((aligned(PAGE)));
static unsigned char params[PAGE] __attribute__((aligned(PAGE)));
static unsigned char run[PAGE] __attribute__((aligned(PAGE)));
static int used;

static volatile unsigned long *word(unsigned char *page, int offset) {
  return (volatile unsigned long *)(page + offset);
}

static void clear(unsigned char *page) {
  for (int at = 0; at < PAGE; at += 8) *word(page, at) = 0;
}

static int check(const char *what, unsigned long status) {
  if (status == 0) return 0;
  put(what);
  put(" answered ");
  put_hex(status);
  put("\n");
  return 1;
}

// A granule given to the Realm world (RMI_GRANULE_DELEGATE).
static unsigned long granule(void) {
  unsigned long pa = (unsigned long)pool[used++];
  check("RMI_GRANULE_DELEGATE", call(0xc4000151, pa, 0, 0, 0));
  return pa;
}

static int fill(unsigned long rd) {
  for (long level = 2; level <= 3; level++)
    if (check("RMI_RTT_CREATE", call(0xc400015d, rd, granule(), 0, (unsigned long)level))) return 1;
  if (check("RMI_RTT_INIT_RIPAS", call(0xc4000168, rd, 0, PAGE, 0))) return 1;
  struct call create = {{0xc4000153, rd, granule(), 0, (unsigned long)realm_image, 1}};
  return check("RMI_DATA_CREATE", smc(&create));
}

static unsigned long create_rec(unsigned long rd) {
  clear(params);
  *word(params, 0x000) = 1; // runnable
  struct call aux = {{0xc4000167, rd}};
  check("RMI_REC_AUX_COUNT", smc(&aux));
  unsigned long count = aux.x[1];
  *word(params, 0x800) = count;
  for (unsigned long index = 0; index < count; index++) *word(params, 0x808 + 8 * (int)index) = granule();
  unsigned long rec = granule();
  return check("RMI_REC_CREATE", call(0xc400015a, rd, rec, (unsigned long)params, 0)) ? 0 : rec;
}

int run_realm(void) {
  unsigned long rd = granule();
  unsigned long table = granule();
  clear(params);
  *word(params, 0x008) = 33; // IPA width
  *word(params, 0x018) = 1;  // breakpoints and watchpoints, less one
  *word(params, 0x020) = 1;
  *word(params, 0x800) = 1;  // VMID
  *word(params, 0x808) = table;
  *word(params, 0x810) = 1;  // starting level
  *word(params, 0x818) = 1;  // tables there
  if (check("RMI_REALM_CREATE", call(0xc4000158, rd, (unsigned long)params, 0, 0))) return 1;
  if (fill(rd)) return 1;
  unsigned long rec = create_rec(rd);
  if (rec == 0 || check("RMI_REALM_ACTIVATE", call(0xc4000157, rd, 0, 0, 0))) return 1;
  clear(run);
  for (;;) {
    if (check("RMI_REC_ENTER", call(0xc400015c, rec, (unsigned long)run, 0, 0))) return 1;
    unsigned long reason = *word(run, 0x800) & 0xff;
    if (reason == 5) { // RMI_EXIT_HOST_CALL
      put("the Realm says RSI ");
      put_hex(*word(run, 0xa00));
      put("\n");
    } else {
      return reason == 3 ? 0 : 1; // RMI_EXIT_PSCI: it turned itself off
    }
  }
}
