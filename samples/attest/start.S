// The first instructions of the Realm. The RMM enters a new REC at R-EL1 (EL1h) with interrupts masked, stage 1
// translation off and zero in every general register the Host did not set.

        .section .text.start, "ax"

        .global _start
        .type   _start, %function
_start:
        adr     x0, vectors             // a fault from here on is reported, not lost
        msr     vbar_el1, x0
        isb

        ldr     x0, =__stack_top
        mov     sp, x0

        ldr     x0, =__bss_start        // the Host loads only what the file holds:
        ldr     x1, =__bss_end          // the rest of the image is ours to clear
clear_bss:
        cmp     x0, x1
        b.hs    bss_is_clear
        stp     xzr, xzr, [x0], #16
        b       clear_bss
bss_is_clear:

        mov     x29, xzr                // the end of the chain of frame records
        mov     x30, xzr
        bl      main
        bl      realm_exit              // main's answer in x0 becomes the exit code
1:      wfi                             // realm_exit does not come back
        b       1b
        .size   _start, . - _start
        .ltorg

// One entry of the vector table: note which one it was, then share the rest.
        .macro  vector number
        .balign 128
        mov     x0, #\number
        b       unexpected_exception
        .endm

        .balign 2048
        .global vectors
vectors:
        vector  0                       // current EL with SP_EL0: synchronous, IRQ, FIQ, SError
        vector  1
        vector  2
        vector  3
        vector  4                       // current EL with SP_EL1
        vector  5
        vector  6
        vector  7
        vector  8                       // lower EL, AArch64
        vector  9
        vector  10
        vector  11
        vector  12                      // lower EL, AArch32
        vector  13
        vector  14
        vector  15
        .size   vectors, . - vectors

// This guest expects no exception, so there is nothing to return to: report and end.
        .type   unexpected_exception, %function
unexpected_exception:
        mrs     x1, esr_el1
        mrs     x2, elr_el1
        mrs     x3, far_el1
        ldr     x4, =__stack_top        // the old stack may be what went wrong
        mov     sp, x4
        stp     x29, x2, [sp, #-16]!    // a frame record that leads a debugger back to the faulting place
        mov     x29, sp
        bl      report_exception
1:      wfi
        b       1b
        .size   unexpected_exception, . - unexpected_exception
        .ltorg
