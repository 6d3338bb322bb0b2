// SPDX-License-Identifier: MIT
// kernel/riscv/offsets.c - the constants that assembly needs of C: compiled to text, never linked.
//
// Each line `->NAME value` in the compiler's output becomes a #define in offsets.h. It may look up
// at the Processor and the thread: it tells assembly about it, and nothing includes it.
#include <stddef.h>

#include "kernel/abi/syscall.h"
#include "kernel/abi/time.h"
#include "kernel/proc/process.h"
#include "kernel/processor.h"
#include "kernel/riscv/context.h"
#include "kernel/riscv/hart_start.h"
#include "kernel/riscv/vdso/data.h"
#include "kernel/thread.h"

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %0\"" ::"i"(value))

void offsets(void);
void offsets(void)
{
    DEFINE(CONTEXT_SP, offsetof(struct context, sp));
    DEFINE(CTX_RA, offsetof(struct context_data, ra));
    DEFINE(CTX_SATP, offsetof(struct context_data, satp));
    DEFINE(CTX_S0, offsetof(struct context_data, s));
    DEFINE(CTX_SIZE, sizeof(struct context_data));

    DEFINE(TF_X0, offsetof(struct trap_frame, x));
    DEFINE(TF_SP, offsetof(struct trap_frame, x) + sizeof(uint64_t) * REG_SP);
    DEFINE(TF_GP, offsetof(struct trap_frame, x) + sizeof(uint64_t) * REG_GP);
    DEFINE(TF_TP, offsetof(struct trap_frame, x) + sizeof(uint64_t) * REG_TP);
    DEFINE(TF_T0, offsetof(struct trap_frame, x) + sizeof(uint64_t) * REG_T0);
    DEFINE(TF_A0, offsetof(struct trap_frame, x) + sizeof(uint64_t) * REG_A0);
    DEFINE(TF_SSTATUS, offsetof(struct trap_frame, sstatus));
    DEFINE(TF_SEPC, offsetof(struct trap_frame, sepc));
    DEFINE(TF_STVAL, offsetof(struct trap_frame, stval));
    DEFINE(TF_SCAUSE, offsetof(struct trap_frame, scause));
    DEFINE(TF_SIZE, sizeof(struct trap_frame));

    DEFINE(PROC_TRAP_SP, offsetof(struct processor, trap_sp));
    DEFINE(PROC_TRAP_T0, offsetof(struct processor, trap_t0));
    DEFINE(PROC_USER_FRAME, offsetof(struct processor, user_frame));
    DEFINE(PROC_USER_OWNER, offsetof(struct processor, user_owner));
    DEFINE(PROC_SYSTEM_CALLS, offsetof(struct processor, system_calls));
    DEFINE(PROC_CURRENT, offsetof(struct processor, current));
    DEFINE(PROC_OVERFLOW_SP, offsetof(struct processor, overflow_sp));

    DEFINE(THREAD_STACK_LIMIT, offsetof(struct thread, stack_limit));
    DEFINE(THREAD_STACK_TOP, offsetof(struct thread, stack_top));
    DEFINE(THREAD_NOTES, offsetof(struct thread, notes));
    DEFINE(THREAD_USER, offsetof(struct thread, user));

    DEFINE(USER_FP, offsetof(struct user_thread, fp));
    DEFINE(FP_FCSR, offsetof(struct fp_state, fcsr));
    DEFINE(SYSTEM_CALLS, SYSTEM_CALLS);

    DEFINE(VDSO_NS_PER_TICK, offsetof(struct vdso_data, ns_per_tick));
    DEFINE(VDSO_WALL_OFFSET_NS, offsetof(struct vdso_data, wall_offset_ns));
    DEFINE(TIMESPEC_SEC, offsetof(struct timespec, tv_sec));
    DEFINE(TIMESPEC_NSEC, offsetof(struct timespec, tv_nsec));
    DEFINE(TIMEVAL_SEC, offsetof(struct timeval, tv_sec));
    DEFINE(TIMEVAL_USEC, offsetof(struct timeval, tv_usec));
    DEFINE(TIMEZONE_WEST, offsetof(struct timezone, tz_minuteswest));
    DEFINE(TIMEZONE_DST, offsetof(struct timezone, tz_dsttime));

    DEFINE(START_HARTID, offsetof(struct hart_start, hartid));
    DEFINE(START_SIZE, sizeof(struct hart_start));
    DEFINE(START_COUNT, MAX_HARTS);
    DEFINE(START_SATP, offsetof(struct hart_start, satp));
    DEFINE(START_STACK, offsetof(struct hart_start, stack_top));
    DEFINE(START_PROCESSOR, offsetof(struct hart_start, processor));
}
