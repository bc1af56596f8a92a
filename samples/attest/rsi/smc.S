// void rsi_smc(struct rsi_registers *registers)
//
// The one door from the Realm to its RMM: load X0-X10 from the structure, trap, store X0-X10 back.
// SMCCC 1.2 lets the callee change X0-X17; the pointer survives in X19, which it must preserve.

        .text
        .global rsi_smc
        .type   rsi_smc, %function
rsi_smc:
        stp     x29, x30, [sp, #-32]!
        mov     x29, sp
        str     x19, [sp, #16]

        mov     x19, x0
        ldp     x0, x1, [x19]
        ldp     x2, x3, [x19, #16]
        ldp     x4, x5, [x19, #32]
        ldp     x6, x7, [x19, #48]
        ldp     x8, x9, [x19, #64]
        ldr     x10, [x19, #80]

        smc     #0                      // to the RMM at R-EL2

        stp     x0, x1, [x19]
        stp     x2, x3, [x19, #16]
        stp     x4, x5, [x19, #32]
        stp     x6, x7, [x19, #48]
        stp     x8, x9, [x19, #64]
        str     x10, [x19, #80]

        ldr     x19, [sp, #16]
        ldp     x29, x30, [sp], #32
        ret
        .size   rsi_smc, . - rsi_smc
