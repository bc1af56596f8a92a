// Several RECs in one Realm: REC 0 turns the others on, talks to them by interrupts, shares the PE with them, lets the
// virtual timer tick, changes the RIPAS of some pages, and sees everybody off. Only REC 0 speaks to the Host.

#include "../attest/host.h"
#include "cpu.h"

#define MOST_RECS 4u
#define STACK_SIZE 0x2000u
#define IPI_PING 1u
#define IPI_PONG 2u
#define IPI_COUNT 3u
#define IPI_STOP 4u
#define TICK 100000u // of the 100 MHz system counter: a millisecond
#define TICKS 5u
#define PAGES 8u

// One of these for each REC; stage 1 translation is off, so every access goes to memory as it is written.
static volatile struct {
  uint32_t pings;
  uint32_t pongs;
  uint32_t counting;
  uint32_t stopped;
  uint32_t ticks;
  uint64_t count;
} recs[MOST_RECS];

static uint8_t stacks[MOST_RECS][STACK_SIZE] __attribute__((aligned(16)));
static uint8_t pages[PAGES][GRANULE_SIZE] GRANULE_ALIGNED;

extern char rec_entry[];

// Called with interrupts masked, on the stack of whoever was interrupted.
void take_interrupt(void) {
  unsigned self = rec_index();
  uint64_t intid = read_register(icc_iar1_el1);
  switch (intid) {
  case IPI_PING:
    recs[self].pings++;
    send_interrupt(0, IPI_PONG);
    break;
  case IPI_PONG: recs[self].pongs++; break;
  case IPI_COUNT: recs[self].counting = 1; break;
  case IPI_STOP: recs[self].stopped = 1; break;
  case VIRTUAL_TIMER:
    recs[self].ticks++;
    if (recs[self].ticks < TICKS) {
      write_register(cntv_cval_el0, read_register(cntv_cval_el0) + TICK);
    } else {
      write_register(cntv_ctl_el0, 0);
    }
    break;
  default: return; // 1023: it went away
  }
  write_register(icc_eoir1_el1, intid);
}

// WFI with interrupts masked: nothing can slip in between the look and the wait, and a pending interrupt ends it.
#define wait_until(condition)                                \
  do {                                                       \
    mask_interrupts();                                       \
    while (!(condition)) {                                   \
      wait_for_interrupt();                                  \
      unmask_interrupts();                                   \
      mask_interrupts();                                     \
    }                                                        \
    unmask_interrupts();                                     \
  } while (0)

// RECs 1 and up.
void rec_main(void) {
  unsigned self = rec_index();
  interrupts_on();
  wait_until(recs[self].counting);
  while (!recs[self].stopped) {
    recs[self].count++; // never gives the PE away: the Host takes it
  }
  psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

static unsigned turn_recs_on(void) {
  unsigned count = 1;
  while (count < MOST_RECS) {
    int64_t status = psci_call(PSCI_CPU_ON, count, (uint64_t)rec_entry, (uint64_t)stacks[count] + STACK_SIZE);
    print("CPU_ON of REC ");
    print_decimal(count);
    print(": ");
    print(psci_name(status));
    print("\n");
    if (status != PSCI_SUCCESS) {
      break;
    }
    count++;
  }
  return count;
}

static void ping(unsigned count) {
  for (unsigned rec = 1; rec < count; rec++) {
    send_interrupt(rec, IPI_PING);
    wait_until(recs[0].pongs >= rec);
  }
  print_decimal(recs[0].pongs);
  print(" of ");
  print_decimal(count - 1);
  print(" RECs answered an interrupt\n");
}

// Nobody in here waits: it ends because the Host lets each REC run for a while.
static void count_together(unsigned count) {
  for (unsigned rec = 1; rec < count; rec++) {
    send_interrupt(rec, IPI_COUNT);
  }
  for (unsigned rec = 1; rec < count; rec++) {
    while (recs[rec].count < 1000) {
    }
  }
  print("every REC had its share of the PE\n");
}

static void tick(void) {
  start_timer(TICK);
  wait_until(recs[0].ticks == TICKS);
  print("the virtual timer ticked ");
  print_decimal(recs[0].ticks);
  print(" times\n");
}

static int change_ripas(enum rsi_ripas ripas) {
  uint64_t base = (uint64_t)pages;
  uint64_t top = base + sizeof pages;
  unsigned calls = 0;
  enum rsi_response response = RSI_ACCEPT;
  while (base < top && response == RSI_ACCEPT) {
    if (rsi_ipa_state_set(base, top, ripas, &base, &response) != RSI_SUCCESS) {
      return 0;
    }
    calls++;
  }
  print_decimal(PAGES);
  print(" pages to ");
  print(rsi_ripas_name(ripas));
  if (response == RSI_REJECT) {
    print(": rejected\n");
    return 0;
  }
  print(calls == 1 ? ": in one call\n" : ": in several calls\n");
  return 1;
}

static void turn_recs_off(unsigned count) {
  for (unsigned rec = 1; rec < count; rec++) {
    send_interrupt(rec, IPI_STOP);
    while (psci_call(PSCI_AFFINITY_INFO, rec, 0, 0) == 0) {
    }
  }
  print("the other RECs are off\n");
}

int main(void) {
  interrupts_on();
  unsigned count = turn_recs_on();
  if (count > 1) {
    print("CPU_ON of REC 1 again: ");
    print(psci_name(psci_call(PSCI_CPU_ON, 1, (uint64_t)rec_entry, 0)));
    print("\n");
    ping(count);
    count_together(count);
  }
  tick();
  int changed = change_ripas(RSI_EMPTY) && change_ripas(RSI_RAM);
  if (count > 1) {
    turn_recs_off(count);
  }
  return changed ? 0 : 2;
}
