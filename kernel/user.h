// SPDX-License-Identifier: MIT
// kernel/user.h - what traps and dispatch ask of the layers that run programs: kernel/proc has it.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/compiler.h"
#include "kernel/riscv/context.h"

// A trap from user mode that is no interrupt and no system call. Context: interrupts off on entry
// and on return; they may be on in between.
void user_exception(struct trap_frame *frame);

// On the way back to user mode something has to be done first: the thread has notes, or the
// hart's floating-point registers are another's. All registers are in `frame`, and are loaded from
// there afterwards; there may be more to do then. Context: as user_exception(). May not return.
void user_return_work(struct trap_frame *frame);

// Another thread was in user mode on this hart last: it becomes the calling thread's, its
// floating-point registers included, and `frame` is where traps save the others.
// Context: interrupts off.
void user_take_hart(struct trap_frame *frame);

// A page fault in kernel mode. Returns: whether it was a copy from or to a program, and is dealt
// with. Context: as user_exception().
bool user_copy_fault(struct trap_frame *frame);

// Has the program that the calling thread runs, if it runs one, to end? What may take long and
// waits for nothing asks. Defined in kernel/proc. Context: thread.
bool user_must_end(void);

// A call that is not there: its result. `number` is what a7 held.
long syscall_unknown(uint64_t number);

// switch_to() has come to a thread whose satp is not the hart's: load what the thread needs.
// Returns: `left`. Context: interrupts off, the run queue's lock held, on the new thread's stack.
struct context *user_activate(struct context *left);

// The address space that this hart has loaded may have gone: if so, load the kernel's own table.
// Defined in mm/user. Context: interrupts off.
void user_leave_space(void);
