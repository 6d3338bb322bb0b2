// SPDX-License-Identifier: MIT
// kernel/proc/signal_frame.h - the stack of a handler: what it gets, and what it interrupts.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/proc/signal.h"
#include "kernel/riscv/context.h"

// A signal that is delivered.
struct delivery {
    int signo;
    struct signal_info info;
    struct ksigaction action;
    uint64_t blocked; // what was blocked when it was taken
    uint64_t before;  // what was blocked, and will be again once the handler returns
    int exit_status;  // instead: the process ends
};

// Put what `frame` has, and what was blocked, on the stack for the handler, and have `frame` enter
// that. Returns: 0; -EFAULT if there is no stack.
// Context: the calling thread's own; interrupts on, no locks.
NODISCARD int signal_frame_push(struct trap_frame *frame, const struct delivery *delivery);

// Undo it: the registers, floating point included, the stack for handlers and the mask are what is
// on the stack now. `frame` is no longer that of a call, whose result might have it made again. If
// what is there cannot be, the thread gets SIGSEGV, and `frame` is undefined.
void signal_frame_pop(struct trap_frame *frame);

// sigaltstack() on behalf of the calling thread, whose stack pointer is `sp`.
// Returns: 0; -EPERM it is on that stack; -EINVAL; -ENOMEM it is too small.
NODISCARD int signal_altstack_set(uint64_t sp, const struct ksigaltstack *stack);
struct ksigaltstack signal_altstack_get(uint64_t sp);

// The rest of a siginfo comes from who has sent it, by its code.
void signal_info_to_user(struct siginfo *to, int signo, const struct signal_info *info);
