// SPDX-License-Identifier: MIT
// kernel/riscv/context.c - the stack of a thread that never ran.
#include "kernel/riscv/context.h"

#include "kernel/riscv/csr.h"

struct context context_init(void *stack_top, void (*entry)(void *, void *), void *arg0, void *arg1)
{
    struct init_stack *init = (struct init_stack *)stack_top - 1;
    // From the current value: the fields that are not ours stay as the firmware set them.
    uint64_t status = (csr_read(sstatus) & ~(uint64_t)SSTATUS_SIE) | SSTATUS_SPP | SSTATUS_SPIE;

    *init = (struct init_stack){
        .context = {.ra = (uint64_t)thread_start, .satp = csr_read(satp)},
        .frame = {.sstatus = status, .sepc = (uint64_t)entry},
    };
    init->frame.x[REG_SP] = (uint64_t)stack_top;
    init->frame.x[REG_A0] = (uint64_t)arg0;
    init->frame.x[REG_A1] = (uint64_t)arg1;
    return (struct context){&init->context};
}
