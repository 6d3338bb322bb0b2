// SPDX-License-Identifier: MIT
// kernel/proc/stubs.c - what is not there yet.
#include "kernel/proc/futex.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/vdso.h"

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

int vdso_map(struct aspace *as)
{
    (void)as;
    return 0;
}

uint64_t vdso_base(void)
{
    return 0;
}

uint64_t vdso_sigreturn(void)
{
    return 0;
}
