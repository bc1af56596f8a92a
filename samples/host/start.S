// The first instructions of the Host: Non-secure EL2, MMU off, everything masked.

        .section .text.start, "ax"
        .global _start
_start:
        ldr     x0, =__bss_start
        ldr     x1, =__bss_end
1:      cmp     x0, x1
        b.hs    2f
        stp     xzr, xzr, [x0], #16
        b       1b
2:      ldr     x0, =__stack_top
        mov     sp, x0
        mov     x29, xzr
        mov     x30, xzr
        bl      main
3:      wfi
        b       3b

// PSCI_CPU_ON starts the second PE here; X0 is the context, its stack.
        .global second_start
second_start:
        mov     sp, x0
        mov     x29, xzr
        mov     x30, xzr
        bl      second_main
4:      wfi
        b       4b
        .ltorg

// unsigned long smc(struct call *): X0-X7 from the structure, trap, X0-X7 back; returns X0.
        .text
        .global smc
smc:
        stp     x29, x30, [sp, #-32]!
        mov     x29, sp
        str     x19, [sp, #16]
        mov     x19, x0
        ldp     x0, x1, [x19]
        ldp     x2, x3, [x19, #16]
        ldp     x4, x5, [x19, #32]
        ldp     x6, x7, [x19, #48]
        smc     #0
        stp     x0, x1, [x19]
        stp     x2, x3, [x19, #16]
        stp     x4, x5, [x19, #32]
        stp     x6, x7, [x19, #48]
        ldr     x19, [sp, #16]
        ldp     x29, x30, [sp], #32
        ret

// The Realm: one page, entered at IPA 0. It asks for the RSI version and hands it to the Host, then turns itself off.
        .section .realm, "ax"
        .global realm_image
        .balign 4096
realm_image:
        ldr     w0, =0xc4000190         // RSI_VERSION
        mov     x1, #0x10000
        smc     #0
        adr     x3, host_call
        str     x1, [x3, #8]            // gprs[0]: the version
        ldr     w0, =0xc4000199         // RSI_HOST_CALL
        mov     x1, x3
        smc     #0
        ldr     w0, =0x84000008         // PSCI_SYSTEM_OFF
        smc     #0
5:      wfi
        b       5b
        .ltorg
        .balign 256
host_call:
        .quad   1                       // imm
        .fill   31, 8, 0
