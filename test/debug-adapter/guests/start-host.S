// BL33: PE 0 arrives at NS-EL2 with everything masked and no stack.
        .section .text.start, "ax"
        .global _start
_start:
        adrp    x0, stack_top
        add     x0, x0, :lo12:stack_top
        mov     sp, x0
        mov     x29, #0
        mov     x30, #0
        bl      host_main
0:      wfi
        b       0b
