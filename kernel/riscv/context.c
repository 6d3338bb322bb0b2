// SPDX-License-Identifier: MIT
// kernel/riscv/context.c - the stack of a thread that never ran.
#include "kernel/riscv/context.h"

#include "kernel/riscv/csr.h"

struct context context_init(void *stack_top, void (*entry)(void *, void *), void *arg0, void *arg1)
{
    struct init_stack *init = (struct init_stack *)stack_top - 1;
    struct trap_frame *frame = &init->frame;

    init->context.ra = (uint64_t)thread_start;
    init->context.satp = csr_read(satp);
    // From the current value: the fields that are not ours stay as the firmware set them.
    frame->sstatus = (csr_read(sstatus) & ~(uint64_t)SSTATUS_SIE) | SSTATUS_SPP | SSTATUS_SPIE;
    frame->sepc = (uint64_t)entry;
    frame->x[REG_SP] = (uint64_t)stack_top;
    frame->x[REG_A0] = (uint64_t)arg0;
    frame->x[REG_A1] = (uint64_t)arg1;
    frame->x[REG_RA] = 0; // with s0, the end of every backtrace
    frame->x[REG_S0] = 0;
    return (struct context){&init->context + 1};
}

struct context context_init_user(void *stack_top, const struct trap_frame *frame)
{
    struct init_stack *init = (struct init_stack *)stack_top - 1;

    init->context.ra = (uint64_t)thread_start;
    init->context.satp = 0; // no hart's: the address space is loaded in any case
    init->frame = *frame;
    return (struct context){&init->context + 1};
}
