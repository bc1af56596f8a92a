// X0 = run(iterations), then the way out. The iterations are in the doubleword at `iterations`. A Linux process writes
// the sum to standard output and exits; on the bare machine (SYSTEM defined) it runs past the end of the image.
        .section .text.start
        .global _start
_start:
        adr     x0, iterations
        ldr     x0, [x0]
        adrp    x1, stack_end
        add     x1, x1, :lo12:stack_end
        mov     sp, x1
        bl      run
#ifdef SYSTEM
        b       image_end
#else
        str     x0, [sp, #-16]!
        mov     x0, #1
        mov     x1, sp
        mov     x2, #8
        mov     x8, #64
        svc     #0
        mov     x0, #0
        mov     x8, #93
        svc     #0
#endif
        b       .
        .balign 8
        .global iterations
iterations:
        .quad   1
        .bss
        .balign 16
        .skip   16384
stack_end:
