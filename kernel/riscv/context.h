// SPDX-License-Identifier: MIT
// kernel/riscv/context.h - what is saved of a thread, and where.
//
// Context      = the saved stack pointer of a thread that is not running.
// ContextData  = what switch() saves, on the thread's kernel stack, just below that stack pointer.
// TrapFrame    = what a trap saves, on the kernel stack of the thread it interrupted.
// InitStack    = ContextData + TrapFrame: the stack of a thread that never ran; its first switch
//                "returns" to thread_start, which finishes the hand-over and falls into the trap
//                return.
#pragma once

#include "kernel/base/types.h"

struct context {
    struct context_data *sp; // one past the data
};

struct context_data {
    uint64_t ra;
    uint64_t satp;
    uint64_t s[12];
};

struct trap_frame {
    uint64_t x[32]; // x[0] is unused: it keeps the register number as the index
    uint64_t sstatus;
    uint64_t sepc;
    uint64_t stval;
    uint64_t scause;
};

struct init_stack {
    struct context_data context;
    struct trap_frame frame;
};

_Static_assert(offsetof(struct trap_frame, x) == 0, "trap_return stores into x[0] through sp");
_Static_assert(sizeof(struct context_data) % 16 == 0, "the psABI keeps sp 16-byte aligned");
_Static_assert(sizeof(struct trap_frame) % 16 == 0, "the psABI keeps sp 16-byte aligned");

enum {
    REG_RA = 1,
    REG_SP = 2,
    REG_GP = 3,
    REG_TP = 4,
    REG_T0 = 5,
    REG_S0 = 8,
    REG_A0 = 10,
    REG_A1 = 11
};

// switch(): save the running context in `from`, resume `to`. Where satp differs, user_activate()
// says what is loaded.
// Returns, on the stack of `to`, the context that was switched from by whoever resumed it.
// Context: interrupts off; the run queue's lock is held and released by whoever runs next.
struct context *switch_to(struct context *from, struct context *to);

// Where a new thread's first switch arrives; falls into the trap return. Never called from C.
void thread_start(void);

// The one trap vector, for both modes.
void trap_entry(void);

// Set up `stack_top` so that the first switch runs entry(arg0, arg1) in S-mode, interrupts on. The
// registers that a called function may not rely on hold whatever the stack held.
struct context context_init(void *stack_top, void (*entry)(void *, void *), void *arg0, void *arg1);

// The same for user mode, with the registers of `frame`.
struct context context_init_user(void *stack_top, const struct trap_frame *frame);

// Go to user mode with the registers of `frame`, which is not on the stack that ends at
// `stack_top`. Context: interrupts off.
_Noreturn void user_enter(const struct trap_frame *frame, void *stack_top);

// Lay aside the boot stack: continue in `entry` on `stack_top`, never to return.
_Noreturn void stack_leave(void *stack_top, void (*entry)(void));
