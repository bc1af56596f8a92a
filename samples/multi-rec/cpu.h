// What this guest needs of the architecture: PSCI between RECs, the GIC's CPU interface, the virtual timer.
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

#define PSCI_CPU_SUSPEND 0xC4000001u
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xC4000003u
#define PSCI_AFFINITY_INFO 0xC4000004u

enum psci_status {
  PSCI_SUCCESS = 0,
  PSCI_INVALID_PARAMETERS = -2,
  PSCI_DENIED = -3,
  PSCI_ALREADY_ON = -4,
};

int64_t psci_call(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3);
const char *psci_name(int64_t status);

#define read_register(name)                                  \
  ({                                                         \
    uint64_t value_;                                         \
    __asm__ volatile("mrs %0, " #name : "=r"(value_));       \
    value_;                                                  \
  })
#define write_register(name, value) __asm__ volatile("msr " #name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

#define wait_for_interrupt() __asm__ volatile("wfi" : : : "memory")
#define mask_interrupts() __asm__ volatile("msr daifset, #2" : : : "memory")
#define unmask_interrupts() __asm__ volatile("msr daifclr, #2" : : : "memory")

// INTIDs of the GIC: 0 to 15 are software generated, 27 is the virtual timer's.
#define VIRTUAL_TIMER 27u

// Index of the REC this runs on. A Realm's RECs have Aff0 0 to 15.
static inline unsigned rec_index(void) { return read_register(mpidr_el1) & 15; }

void interrupts_on(void);
void send_interrupt(unsigned rec, unsigned intid);
void start_timer(uint64_t ticks);

#endif
