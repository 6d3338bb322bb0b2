// SPDX-License-Identifier: MIT
// kernel/account.h - how long threads wait to run, and how often they change harts.
//
// Kept in test and debug builds only; elsewhere these functions are nothing. Time on a hart is not
// kept here: the policies need it, so every build has it (sched_entity.ran_ticks).
#pragma once

#include "kernel/processor.h"
#include "kernel/riscv/time.h"
#include "kernel/thread.h"

// What a hart has done. Written by itself, interrupts off; read racily by `harts`.
struct hart_account {
    uint64_t switches;   // to any thread, the idle one included
    uint64_t migrations; // threads among them that ran elsewhere the time before
};
extern struct hart_account hart_accounts[MAX_HARTS]; // by cpu; test and debug builds

// `t` is Ready from `now` on. Context: its run queue's lock held.
static inline void account_ready(struct thread *t, uint64_t now)
{
    if (CONFIG_TEST) {
        t->account[0].ready_ticks = now;
    }
}

// How long `t`, which is Ready, has been. Harts' clocks may differ by a tick.
static inline uint64_t account_waited(const struct thread *t, uint64_t now)
{
    uint64_t ready = t->account[0].ready_ticks;

    return now > ready ? now - ready : 0;
}

// `t`, which has been switched to once more, runs on `cpu` from `now` on. Context: as above.
static inline void account_run(struct thread *t, unsigned cpu, uint64_t now)
{
    if (CONFIG_TEST) {
        struct account *account = &t->account[0];
        bool migrates = t->switches > 1 && account->last_cpu != cpu;

        account->wait_ticks += account_waited(t, now);
        account->migrations += migrates;
        account->last_cpu = cpu;
        hart_accounts[cpu].switches++;
        hart_accounts[cpu].migrations += migrates;
    }
}

// How long `t` has been Ready in all; how often it has changed harts. 0 in release builds.
// Context: as above.
uint64_t account_wait_ticks(const struct thread *t);
uint64_t account_migrations(const struct thread *t);
