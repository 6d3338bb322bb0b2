// SPDX-License-Identifier: MIT
// kernel/riscv/trap.S - the one way into the kernel and the ways out.
//
// Invariant: sscratch holds this hart's Processor at all times; tp holds it while in the kernel.
// From user mode the first swap leaves the user's tp in sscratch; it is fetched, and sscratch
// repaired, before any access that could fault. `tp` and `gp` are never restored from a frame of
// the kernel: a preempted kernel thread may resume on another hart.
//
// A system call takes a short way: the s registers stay where they are, since C preserves them. Its
// frame is complete only where a call asks for that (SYSCALL_FULL), or where the way back is the
// long one, user_return, because the thread has notes.
//
// Floating point: sstatus.FS is never Dirty in the kernel. What a program has left dirty is saved
// on entry, so the registers of the thread always hold what its struct has, or are another's.
#include "kernel/riscv/asm.inc"
#include "kernel/abi/syscall.h"
#include "kernel/riscv/csr.h"

    .section .text.trap, "ax", @progbits

FUNC trap_entry
    csrrw   tp, sscratch, tp        // kernel: swaps equal values
    sd      sp, PROC_TRAP_SP(tp)
    sd      t0, PROC_TRAP_T0(tp)
    csrr    t0, sstatus
    bltz    t0, fp_save             // the bit SD: a program's registers are dirty
fp_saved:
    andi    sp, t0, SSTATUS_SPP
    bnez    sp, from_kernel

    ld      sp, PROC_USER_FRAME(tp)
    sd      t0, TF_SSTATUS(sp)
    csrrw   t0, sscratch, tp        // t0 = the user's tp; sscratch is the Processor again
    sd      t0, TF_TP(sp)
    csrr    t0, scause
    addi    t0, t0, -EXC_USER_ECALL
    beqz    t0, system_call
    j       save

from_kernel:
    ld      t0, PROC_CURRENT(tp)
    ld      sp, PROC_TRAP_SP(tp)
    ld      t0, THREAD_STACK_LIMIT(t0)
    addi    sp, sp, -TF_SIZE
    bgeu    sp, t0, 1f
    ld      sp, PROC_OVERFLOW_SP(tp) // the stack is used up: trap_handle() sees where the frame is
    addi    sp, sp, -TF_SIZE
1:  csrr    t0, sstatus
    sd      t0, TF_SSTATUS(sp)
    sd      tp, TF_TP(sp)

save:
    sd      gp, TF_GP(sp)
    each_plain_reg sd
    ld      t0, PROC_TRAP_SP(tp)
    ld      t1, PROC_TRAP_T0(tp)
    sd      t0, TF_SP(sp)
    sd      t1, TF_T0(sp)
    csrr    t1, sepc
    csrr    t2, stval
    csrr    t3, scause
    sd      t1, TF_SEPC(sp)
    sd      t2, TF_STVAL(sp)
    sd      t3, TF_SCAUSE(sp)
    mv      a0, sp
    mv      s0, zero                // a backtrace crosses this frame by its registers
    call    trap_handle

trap_return:
    ld      t0, TF_SSTATUS(sp)
    andi    t1, t0, SSTATUS_SPP
    beqz    t1, user_return
    ld      t1, TF_SEPC(sp)
    csrw    sstatus, t0
    csrw    sepc, t1
    sc.d    zero, zero, (sp)        // to x0's slot: no reservation may outlive a switch ("Zalrsc")
    j       restore

// The long way back to user mode, with a complete frame at sp.
user_return:
    ld      t0, PROC_CURRENT(tp)
    lw      t1, THREAD_NOTES(t0)
    ld      t2, PROC_USER_OWNER(tp)
    bnez    t1, 1f
    beq     t2, t0, 2f
1:  mv      a0, sp
    mv      s0, zero
    call    user_return_work
    j       user_return             // more may have come meanwhile
2:  ld      t0, TF_SSTATUS(sp)
    ld      t1, TF_SEPC(sp)
    csrw    sstatus, t0
    csrw    sepc, t1
    sc.d    zero, zero, (sp)
    ld      gp, TF_GP(sp)
    ld      tp, TF_TP(sp)

restore:
    each_plain_reg ld
    ld      t0, TF_T0(sp)
    ld      sp, TF_SP(sp)
    sret

// A trap from user mode: a call. sp = its frame, with sstatus and tp saved; tp = the Processor.
system_call:
    each_call_reg sd
    ld      t0, PROC_TRAP_SP(tp)
    ld      t1, PROC_TRAP_T0(tp)
    csrr    t2, sepc
    sd      t0, TF_SP(sp)
    sd      t1, TF_T0(sp)
    addi    t2, t2, 4               // past the ecall
    sd      t2, TF_SEPC(sp)
    ld      t0, PROC_SYSTEM_CALLS(tp)
    li      t1, SYSTEM_CALLS
    bgeu    a7, t1, unknown_call
    slli    t1, a7, 3
    add     t0, t0, t1
    ld      t0, (t0)
    csrsi   sstatus, SSTATUS_SIE
    jalr    t0

system_call_return:
    csrci   sstatus, SSTATUS_SIE
    ld      t0, PROC_CURRENT(tp)
    lw      t1, THREAD_NOTES(t0)
    ld      t2, PROC_USER_OWNER(tp)
    bnez    t1, system_call_work
    bne     t2, t0, system_call_other
system_call_leave:
    ld      t0, TF_SSTATUS(sp)
    ld      t1, TF_SEPC(sp)
    csrw    sstatus, t0
    csrw    sepc, t1
    ld      gp, TF_GP(sp)
    ld      tp, TF_TP(sp)
    each_call_reg ld, a0_stays
    ld      t0, TF_T0(sp)
    ld      sp, TF_SP(sp)
    sret

// Another thread was in user mode here last. The way stays short all the same: the hart becomes this
// thread's, and what the frame has in a0 is needed no more, since nothing restarts the call.
system_call_other:
    sd      a0, TF_A0(sp)
    mv      a0, sp
    call    user_take_hart
    ld      a0, TF_A0(sp)
    sc.d    zero, zero, (sp)        // as in trap_return
    j       system_call_leave

// The frame gets the s registers, which are still the program's; and the result, the argument that
// it replaces being kept for a restart where a call has no use for stval.
system_call_work:
    each_s_reg sd
    ld      t0, TF_A0(sp)
    sd      t0, TF_STVAL(sp)
    sd      a0, TF_A0(sp)
    li      t0, EXC_USER_ECALL
    sd      t0, TF_SCAUSE(sp)
    mv      a0, sp
    call    user_return_work
    ld      t0, PROC_CURRENT(tp)
    lw      t1, THREAD_NOTES(t0)
    ld      t2, PROC_USER_OWNER(tp)
    bnez    t1, user_return         // more has come meanwhile
    bne     t2, t0, user_return
    ld      a0, TF_A0(sp)
    sc.d    zero, zero, (sp)        // as in trap_return
    j       system_call_leave       // the s registers are the program's still

unknown_call:
    csrsi   sstatus, SSTATUS_SIE
    mv      a0, a7
    call    syscall_unknown
    j       system_call_return

// A program has left its floating-point registers dirty. t0 = sstatus; t0 and sp are free.
fp_save:
    ld      sp, PROC_CURRENT(tp)
    ld      sp, THREAD_USER(sp)
    each_fp_reg FSD, USER_FP, sp
    csrr    t0, CSR_FCSR
    sd      t0, USER_FP + FP_FCSR(sp)
    lui     t0, SSTATUS_FS_LOW >> 12
    csrc    sstatus, t0             // Dirty becomes Clean
    csrr    t0, sstatus
    j       fp_saved
END trap_entry

// void thread_start(void): a new thread's first instructions.
// In:       a0 = the context just left (from switch_to), sp = the thread's first struct trap_frame
// Requires: interrupts off, the run queue's lock held; dispatch_finish() releases it
FUNC thread_start
    mv      s0, zero
    call    dispatch_finish
    j       trap_return
END thread_start

// void user_enter(const struct trap_frame *frame, void *stack_top)
// In:       a0 = what to begin with, not on this stack; a1 = the thread's kernel stack
// Requires: interrupts off
// Out:      never returns: in user mode
FUNC user_enter
    addi    sp, a1, -TF_SIZE
    mv      t0, sp
1:  ld      t1, (a0)
    sd      t1, (t0)
    addi    a0, a0, 8
    addi    t0, t0, 8
    bltu    t0, a1, 1b
    j       user_return
END user_enter

// void syscall_full_return(void): what the stubs of SYSCALL_FULL and SYSCALL_ANEW go on with.
// In:       sp = the complete frame, the result in its a0
FUNC syscall_full_return
    csrci   sstatus, SSTATUS_SIE
    j       user_return
END syscall_full_return
