// SPDX-License-Identifier: MIT
// kernel/trap.c - what happens on a trap.
#include "kernel/trap.h"

#include "kernel/dispatch.h"
#include "kernel/irqchip.h"
#include "kernel/panic.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/user.h"
#include "mm/kstack.h"

const char *trap_cause_name(uint64_t scause)
{
    static const char *const names[] = {
        [EXC_INST_MISALIGNED] = "misaligned instruction address",
        [EXC_INST_ACCESS] = "instruction access fault",
        [EXC_ILLEGAL] = "illegal instruction",
        [EXC_BREAKPOINT] = "breakpoint",
        [EXC_LOAD_MISALIGNED] = "misaligned load",
        [EXC_LOAD_ACCESS] = "load access fault",
        [EXC_STORE_MISALIGNED] = "misaligned store",
        [EXC_STORE_ACCESS] = "store access fault",
        [EXC_USER_ECALL] = "system call",
        [EXC_INST_PAGE] = "instruction page fault",
        [EXC_LOAD_PAGE] = "load page fault",
        [EXC_STORE_PAGE] = "store page fault",
    };

    if (scause < ARRAY_SIZE(names) && names[scause] != NULL) {
        return names[scause];
    }
    return scause & SCAUSE_INTERRUPT ? "interrupt" : "unknown exception";
}

// Did this trap find no room on the kernel stack?
static bool on_overflow_stack(const struct processor *p, const struct trap_frame *frame)
{
    return (uint64_t)frame + sizeof(*frame) == p->overflow_sp;
}

static void interrupt(struct processor *p, const struct trap_frame *frame)
{
    p->interrupts++;
    switch (frame->scause & ~SCAUSE_INTERRUPT) {
    case IRQ_TIMER:
        timer_interrupt(p);
        break;
    case IRQ_SOFTWARE:
        ipi_interrupt(frame);
        break;
    case IRQ_EXTERNAL:
        irqchip_interrupt();
        break;
    default:
        panic_trap(frame, "unexpected interrupt");
    }
}

static NOINLINE void kernel_exception(struct trap_frame *frame)
{
    if (!user_copy_fault(frame)) {
        panic_trap(frame, kstack_is_guard(frame->stval) ? "access to a stack's guard"
                                                        : trap_cause_name(frame->scause));
    }
}

// Out of line is what keeps registers, for which a program's page fault need not wait.
static void exception(struct trap_frame *frame)
{
    if ((frame->sstatus & SSTATUS_SPP) == 0) {
        user_exception(frame);
    } else {
        kernel_exception(frame);
    }
}

void trap_handle(struct trap_frame *frame)
{
    struct processor *p = this_processor();

    if (unlikely(on_overflow_stack(p, frame))) {
        panic_trap(frame, "kernel stack overflow");
    }
    if (unlikely(!(frame->scause & SCAUSE_INTERRUPT))) {
        exception(frame);
        return;
    }
    interrupt(p, frame);
    if (p->need_resched) {
        if (unlikely((frame->sstatus & SSTATUS_SUM) != 0)) { // it was in the middle of a copy
            csr_clear(sstatus, SSTATUS_SUM);                 // its frame gives it back to it
        }
        dispatch_preempt(p);
    }
}
