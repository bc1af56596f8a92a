/* Entry, vectors and the instructions that trap or do not. */
    .section .text.start,"ax"
    .global _start
_start:
    adr x0, _start
    add x0, x0, #0x40000
    mov sp, x0
    msr spsel, #1
    adr x1, vectors
    msr vbar_el2, x1
    msr vbar_el1, x1
    sub x2, x0, #0x4000
    msr sp_el1, x2
    sub x2, x0, #0x8000
    msr sp_el0, x2
    isb
    bl cmain
1:  wfi
    b 1b

    .balign 2048
vectors:
    .macro entry kind
    .balign 128
    sub sp, sp, #272
    stp x0, x1, [sp]
    mov x0, #\kind
    b common
    .endm
    .irp k,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    entry \k
    .endr
common:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    str x30, [sp, #240]
    mov x1, sp
    bl handle
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x19, [sp, #144]
    ldp x20, x21, [sp, #160]
    ldp x22, x23, [sp, #176]
    ldp x24, x25, [sp, #192]
    ldp x26, x27, [sp, #208]
    ldp x28, x29, [sp, #224]
    ldr x30, [sp, #240]
    ldp x0, x1, [sp]
    add sp, sp, #272
    eret

    // enter_at(spsr, function): runs function at a lower EL; it comes back by hvc #0x77 (EL1) or svc (EL0)
    .global run_at
run_at:
    stp x29, x30, [sp, #-96]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    msr spsr_el2, x0
    msr elr_el2, x1
    mov x0, x2
    isb
    eret
    .global back_here
back_here:
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp], #96
    ret


    .global at_el1, at_el1_end, at_el0
at_el1:
    mrs x9, id_aa64pfr0_el1
    msr ttbr0_el1, xzr
    mrs x9, ttbr0_el1
    wfi
    dc csw, xzr
    dc cvac, x0
    ic iallu
    tlbi vmalle1
    tlbi vmalle1is
    mrs x9, ctr_el0
    mrs x9, ccsidr_el1
    mrs x9, actlr_el1
    mrs x9, cntpct_el0
    mrs x9, cntp_cval_el0
    mrs x9, mdscr_el1
    mrs x9, oslsr_el1
    mrs x9, mdrar_el1
    mrs x9, pmcr_el0
    mrs x9, pmccntr_el0
    smc #3
    hvc #0x77
at_el0:
    mrs x9, ctr_el0
    mrs x9, dczid_el0
    dc cvau, x0
    ic ivau, x0
    dc zva, x0
    wfi
    nop
    nop
    mrs x9, cntvct_el0
    mrs x9, cntpct_el0
    mrs x9, cntv_cval_el0
    mrs x9, daif
    nop
    mrs x9, pmccntr_el0
    mrs x9, pmselr_el0
    mrs x9, mdccsr_el0
    mrs x9, tpidr_el1
    mrs x9, s3_3_c0_c0_3
    tlbi vmalle1
    eret
    svc #4
    svc #0x77
    .global spin
spin:
1:  subs x0, x0, #1
    b.ne 1b
    ret
    .global count_code
count_code:
    msr pmcntenset_el0, x0
    isb
    mov x9, #100
1:  subs x9, x9, #1
    b.ne 1b
    nop
    isb
    msr pmcntenclr_el0, x0
    ret
