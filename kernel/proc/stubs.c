// SPDX-License-Identifier: MIT
// kernel/proc/stubs.c - what is not there yet.
#include "kernel/proc/futex.h"
#include "kernel/proc/itimer.h"

void futex_wake_user(uint64_t at, unsigned n)
{
    (void)at;
    (void)n;
}

void futex_exit_robust(struct user_thread *user)
{
    (void)user;
}

void itimer_cancel(struct process *p)
{
    (void)p;
}
