// SPDX-License-Identifier: MIT
// kernel/riscv/trap.S - the one way into the kernel and the one way out.
//
// Invariant: sscratch holds this hart's Processor at all times; tp holds it while in the kernel.
// From user mode the first swap leaves the user's tp in sscratch; it is fetched, and sscratch
// repaired, before any access that could fault. `tp` and `gp` are never restored from a frame of
// the kernel: a preempted kernel thread may resume on another hart.
#include "kernel/riscv/asm.inc"
#include "kernel/riscv/csr.h"

    .section .text.trap, "ax", @progbits

FUNC trap_entry
    csrrw   tp, sscratch, tp        // kernel: swaps equal values
    sd      sp, PROC_TRAP_SP(tp)
    sd      t0, PROC_TRAP_T0(tp)
    csrr    t0, sstatus
    andi    t0, t0, SSTATUS_SPP
    bnez    t0, from_kernel

    csrrw   t0, sscratch, tp        // t0 = the user's tp; sscratch is the Processor again
    ld      sp, PROC_KERNEL_SP(tp)
    addi    sp, sp, -TF_SIZE
    sd      t0, TF_TP(sp)
    j       save

from_kernel:
    ld      t0, PROC_CURRENT(tp)
    ld      t0, THREAD_STACK_LIMIT(t0)
    addi    sp, sp, -TF_SIZE
    bgeu    sp, t0, 1f
    ld      sp, PROC_OVERFLOW_SP(tp) // the stack is used up: trap_handle() sees where the frame is
    addi    sp, sp, -TF_SIZE
1:  sd      tp, TF_TP(sp)

save:
    sd      gp, TF_GP(sp)
    each_plain_reg sd
    ld      t0, PROC_TRAP_SP(tp)
    ld      t1, PROC_TRAP_T0(tp)
    sd      t0, TF_SP(sp)
    sd      t1, TF_T0(sp)
    csrr    t0, sstatus
    csrr    t1, sepc
    csrr    t2, stval
    csrr    t3, scause
    sd      t0, TF_SSTATUS(sp)
    sd      t1, TF_SEPC(sp)
    sd      t2, TF_STVAL(sp)
    sd      t3, TF_SCAUSE(sp)
    mv      a0, sp
    mv      s0, zero                // a backtrace crosses this frame by its registers
    call    trap_handle

trap_return:
    ld      t0, TF_SSTATUS(sp)
    ld      t1, TF_SEPC(sp)
    csrw    sstatus, t0
    csrw    sepc, t1
    sc.d    zero, zero, (sp)        // to x0's slot: no reservation may outlive a switch ("Zalrsc")
    andi    t0, t0, SSTATUS_SPP
    bnez    t0, 1f
    addi    t0, sp, TF_SIZE         // to user: the next trap starts from an empty kernel stack
    sd      t0, PROC_KERNEL_SP(tp)
    ld      gp, TF_GP(sp)
    ld      tp, TF_TP(sp)
1:  each_plain_reg ld
    ld      t0, TF_T0(sp)
    ld      sp, TF_SP(sp)
    sret
END trap_entry

// void thread_start(void): a new thread's first instructions.
// In:       a0 = the context just left (from switch_to), sp = the thread's first struct trap_frame
// Requires: interrupts off, the run queue's lock held; dispatch_finish() releases it
FUNC thread_start
    mv      s0, zero
    call    dispatch_finish
    j       trap_return
END thread_start
