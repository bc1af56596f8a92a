// Exceptions, page tables, TLB maintenance: what an operating system does all day. Runs at the EL it is entered at (EL1 or
// EL2), without EL0: a call is an SVC to the same EL. X0 = iterations at 0x20.
        .section .text.start
        .global _start
_start:
        adr     x0, iterations
        ldr     x20, [x0]
        mrs     x1, CurrentEL
        b       1f
        .balign 32
iterations:
        .quad   1
1:
        adr     x1, vectors
        msr     VBAR_EL1, x1
        isb
        mov     x21, #0
loop:
        mov     x22, #16
call:   svc     #0
        subs    x22, x22, #1
        b.ne    call
        mrs     x3, SCTLR_EL1
        msr     TPIDR_EL1, x3
        mrs     x4, TPIDR_EL1
        add     x21, x21, x4
        subs    x20, x20, #1
        b.ne    loop
        mov     x0, x21
        b       image_end
        .balign 2048
vectors:
        .skip   0x200
        add     x21, x21, #1
        eret
        .balign 2048
