// Start-up of the debugger's test guests: a stack, main, then PSCI_SYSTEM_OFF.
        .section .text.start, "ax"
        .global _start
        .type _start, %function
_start:
        adrp    x0, stack_top
        add     x0, x0, :lo12:stack_top
        mov     sp, x0
        mov     x29, #0
        mov     x30, #0
        bl      main                    // #MAIN
        mov     x0, #0x0008
        movk    x0, #0x8400, lsl #16
        smc     #0
        b       .
        .size _start, . - _start

        .bss
        .balign 16
        .skip 4096
stack_top:
