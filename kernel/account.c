// SPDX-License-Identifier: MIT
// kernel/account.c - how long threads wait to run, and how often they change harts.
#include "kernel/account.h"

struct hart_account hart_accounts[MAX_HARTS];

uint64_t account_wait_ticks(const struct thread *t)
{
    bool waits = t->state.status == THREAD_READY || t->state.status == THREAD_MOVING;

    if (!CONFIG_TEST) {
        return 0;
    }
    return t->account[0].wait_ticks + (waits ? account_waited(t, read_time()) : 0);
}

uint64_t account_migrations(const struct thread *t)
{
    return CONFIG_TEST ? t->account[0].migrations : 0;
}
