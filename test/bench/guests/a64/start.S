// X0 = run(iterations), then past the end of the image. The iterations are in the doubleword at offset 0x20. FP needs
// CPACR_EL1, which is written first when FP is defined.
        .section .text.start
        .global _start
_start:
        adr     x0, iterations
        ldr     x0, [x0]
        adrp    x1, stack_end
        add     x1, x1, :lo12:stack_end
        mov     sp, x1
        b       1f
        .balign 32
iterations:
        .quad   1
1:
#ifdef LINUX
        bl      run
        mov     x0, #0
        mov     x8, #93
        svc     #0
#else
#ifdef FP
        mov     x1, #0x300000
        msr     CPACR_EL1, x1
        isb
#endif
        bl      run
        b       image_end
#endif
        .bss
        .balign 16
        .skip   16384
stack_end:
