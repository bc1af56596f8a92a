// A Linux process without a C library: `program` fills the text, which is written to standard output.
        .section .text.start
        .global _start
_start:
        adrp    x1, stack_end
        add     x1, x1, :lo12:stack_end
        mov     sp, x1
        bl      prepare
        bl      program
        adrp    x1, text
        add     x1, x1, :lo12:text
        adrp    x2, text_length
        ldr     x2, [x2, :lo12:text_length]
        mov     x0, #1
        mov     x8, #64
        svc     #0
        mov     x0, #0
        mov     x8, #93
        svc     #0
        b       .

// Keeps and restores what a call keeps: X19 to X30, SP, and D8 to D15 where there are any.
        .text
        .global keep_here
        .global go_back
keep_here:
        stp     x19, x20, [x0]
        stp     x21, x22, [x0, #16]
        stp     x23, x24, [x0, #32]
        stp     x25, x26, [x0, #48]
        stp     x27, x28, [x0, #64]
        stp     x29, x30, [x0, #80]
        mov     x2, sp
        str     x2, [x0, #96]
#ifndef NO_FLOAT
        stp     d8, d9, [x0, #112]
        stp     d10, d11, [x0, #128]
        stp     d12, d13, [x0, #144]
        stp     d14, d15, [x0, #160]
#endif
        mov     x0, #0
        ret
go_back:
        ldp     x19, x20, [x0]
        ldp     x21, x22, [x0, #16]
        ldp     x23, x24, [x0, #32]
        ldp     x25, x26, [x0, #48]
        ldp     x27, x28, [x0, #64]
        ldp     x29, x30, [x0, #80]
        ldr     x2, [x0, #96]
        mov     sp, x2
#ifndef NO_FLOAT
        ldp     d8, d9, [x0, #112]
        ldp     d10, d11, [x0, #128]
        ldp     d12, d13, [x0, #144]
        ldp     d14, d15, [x0, #160]
#endif
        mov     x0, x1
        ret
        .bss
        .balign 16
        .skip   65536
stack_end:
