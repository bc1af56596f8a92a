// The first instructions of each REC: the one the Realm starts with, and those it turns on with PSCI_CPU_ON. The RMM
// enters all of them at R-EL1 with interrupts masked and stage 1 translation off.

        .section .text.start, "ax"

        .global _start
        .type   _start, %function
_start:
        ldr     x0, =__bss_start        // the Host loads only what the file holds: the rest is ours to clear
        ldr     x1, =__bss_end
clear_bss:
        cmp     x0, x1
        b.hs    bss_is_clear
        stp     xzr, xzr, [x0], #16
        b       clear_bss
bss_is_clear:
        ldr     x0, =__stack_top
        adr     x19, main
        b       start_rec

        .global rec_entry
        .type   rec_entry, %function
rec_entry:                              // X0 is the context of PSCI_CPU_ON: the top of this REC's stack
        adr     x19, rec_main
start_rec:
        mov     sp, x0
        adr     x1, vectors
        msr     vbar_el1, x1
        isb
        mov     x29, xzr                // the end of the chain of frame records
        mov     x30, xzr
        blr     x19
        bl      realm_exit              // main's answer in X0 becomes the exit code
1:      wfi
        b       1b
        .size   _start, . - _start
        .ltorg

// What C code may change survives an interrupt on the stack of the REC that took it.
        .type   interrupt, %function
interrupt:
        stp     x29, x30, [sp, #-176]!
        mov     x29, sp
        stp     x0, x1, [sp, #16]
        stp     x2, x3, [sp, #32]
        stp     x4, x5, [sp, #48]
        stp     x6, x7, [sp, #64]
        stp     x8, x9, [sp, #80]
        stp     x10, x11, [sp, #96]
        stp     x12, x13, [sp, #112]
        stp     x14, x15, [sp, #128]
        stp     x16, x17, [sp, #144]
        str     x18, [sp, #160]
        bl      take_interrupt
        ldp     x0, x1, [sp, #16]
        ldp     x2, x3, [sp, #32]
        ldp     x4, x5, [sp, #48]
        ldp     x6, x7, [sp, #64]
        ldp     x8, x9, [sp, #80]
        ldp     x10, x11, [sp, #96]
        ldp     x12, x13, [sp, #112]
        ldp     x14, x15, [sp, #128]
        ldp     x16, x17, [sp, #144]
        ldr     x18, [sp, #160]
        ldp     x29, x30, [sp], #176
        eret
        .size   interrupt, . - interrupt

        .type   unexpected, %function
unexpected:
        mrs     x1, esr_el1
        mrs     x2, elr_el1
        mrs     x3, far_el1
        bl      report_exception
        .size   unexpected, . - unexpected

        .macro  vector number
        .balign 128
        mov     x0, #\number
        b       unexpected
        .endm

        .balign 2048
vectors:
        vector  0                       // current EL with SP_EL0
        vector  1
        vector  2
        vector  3
        vector  4                       // current EL with SP_EL1: synchronous,
        .balign 128
        b       interrupt               // IRQ,
        vector  6                       // FIQ, SError
        vector  7
        vector  8                       // lower EL
        vector  9
        vector  10
        vector  11
        vector  12
        vector  13
        vector  14
        vector  15
        .size   vectors, . - vectors
