// SPDX-License-Identifier: MIT
// kernel/proc/futex.h - what the end of a thread does to futexes.
#pragma once

#include "kernel/proc/process.h"

// Wake up to `n` threads that wait at the user address `at`, which other processes may share.
// Context: thread, its address space still there.
void futex_wake_user(uint64_t at, unsigned n);

// Walk the robust list of the calling thread: locks that it dies with are marked and handed on.
void futex_exit_robust(struct user_thread *user);
