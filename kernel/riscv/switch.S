// SPDX-License-Identifier: MIT
// kernel/riscv/switch.S - switch(): from one thread's kernel stack to another's.
#include "kernel/riscv/asm.inc"

    .section .text.switch_to, "ax", @progbits

// struct context *switch_to(struct context *from, struct context *to)
// In:       a0 = from, a1 = to
// Requires: interrupts off; the run queue's lock held, released by whoever runs next
// Out:      returns on the stack of `to`, a0 = the context just left.
// Clobbers: psABI caller-saved registers only
// The data lies just below sp, which therefore need not be moved: nothing else uses the stack of a
// thread that does not run, and interrupts are off until the data has been read back.
FUNC switch_to
    csrr    t0, satp
    each_saved sd
    sd      t0, CTX_SATP - CTX_SIZE(sp)
    sd      sp, CONTEXT_SP(a0)

    ld      sp, CONTEXT_SP(a1)
    ld      t1, CTX_SATP - CTX_SIZE(sp)
    each_saved ld
    bne     t0, t1, 1f
    ret
1:  tail    user_activate       // a changed satp costs the TLB: only when it differs
END switch_to

// void stack_leave(void *stack_top, void (*entry)(void))
// In:       a0 = stack_top, a1 = entry
// Out:      never returns; the frame-pointer chain ends here
FUNC stack_leave
    mv      sp, a0
    li      s0, 0
    li      ra, 0
    jr      a1
END stack_leave
