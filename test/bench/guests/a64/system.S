// What an operating system does all day, without a compiler's help, at EL1. Iterations at 0x20; at 0x28 what is done in
// each: 0 an SVC and its ERET, 1 a page is mapped elsewhere (store, TLBI, load), 2 an SMC (PSCI_VERSION). Then X0 is a
// sum, and it goes past the end of the image. Lies at 0x8800_0000.
        .section .text.start
        .global _start
_start:
        b       1f
        .balign 32
iterations:
        .quad   1
kind:
        .quad   0
1:      adr     x1, iterations
        ldp     x20, x23, [x1]
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     VBAR_EL1, x1
        mov     x21, #0
        cmp     x23, #1
        b.eq    pages
        b.hi    monitor
call:   svc     #0
        subs    x20, x20, #1
        b.ne    call
        b       done

monitor:
        movz    x0, #0x8400, lsl #16
        smc     #0
        add     x21, x21, x0
        subs    x20, x20, #1
        b.ne    monitor
        b       done

// Level 1: 0x8000_0000 as a block of Normal memory, 0x1_0000_0000 by two more levels to one of two pages.
pages:  adrp    x2, level1
        adrp    x3, level2
        adrp    x4, level3
        movz    x5, #0x8000, lsl #16
        movk    x5, #0x0705
        str     x5, [x2, #16]
        orr     x5, x3, #3
        str     x5, [x2, #32]
        orr     x5, x4, #3
        str     x5, [x3]
        mov     x6, #0xff
        msr     MAIR_EL1, x6
        ldr     x6, =0x480803519
        msr     TCR_EL1, x6
        msr     TTBR0_EL1, x2
        dsb     sy
        isb
        mrs     x6, SCTLR_EL1
        orr     x6, x6, #1
        msr     SCTLR_EL1, x6
        isb
        adrp    x7, first
        add     x8, x7, #0x1000
        mov     x9, #5
        str     x9, [x7]
        mov     x9, #7
        str     x9, [x8]
        mov     x10, #0x703
        orr     x7, x7, x10
        orr     x8, x8, x10
        mov     x11, #0x100000000
        lsr     x12, x11, #12
remap:  str     x7, [x4]
        dsb     ishst
        tlbi    vaae1is, x12
        dsb     ish
        isb
        ldr     x9, [x11]
        add     x21, x21, x9
        mov     x13, x7
        mov     x7, x8
        mov     x8, x13
        subs    x20, x20, #1
        b.ne    remap
        mrs     x6, SCTLR_EL1
        bic     x6, x6, #1
        msr     SCTLR_EL1, x6
        isb
done:   mov     x0, x21
        b       image_end
        .ltorg
        .balign 2048
vectors:
        .skip   0x200
        add     x21, x21, #1
        eret
        .data
        .balign 4096
level1: .skip   4096
level2: .skip   4096
level3: .skip   4096
first:  .skip   8192
