// SPDX-License-Identifier: MIT
// tools/model/burst.c - asks QEMU for bursts, and sees to what has happened in between.
//
// The big lock (BQL) is held by whoever of QEMU's threads touches devices; a burst begins and ends
// with it, and runs without.
#include "tools/model/burst.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#include "tools/model/clock.h"
#include "tools/model/engine.h"
#include "tools/model/internals.h"

// Set and cleared by any thread. relaxed: what they announce is published by the BQL, which a burst
// begins with.
static atomic_bool asked;   // for a burst, which has not begun yet
static atomic_bool put_off; // a burst could not be: ask again when the harts may run

// Harts that a debugger has stopped keep their clocks and wait.
static void hold_harts(void)
{
    for (unsigned i = 0; i < harts_count(); i++) {
        harts_hold(harts_get(i), qemu.cpu_is_stopped(harts_get(i)->cpu));
    }
}

// Not if all are stopped, nor if one is about to be: a burst without it would take another course.
// Nor between the guest's request for an end, and the end.
static bool may_be(void)
{
    bool any = false;

    if (internals_end_is_requested()) {
        return false;
    }
    for (unsigned i = 0; i < harts_count(); i++) {
        bool can_run = qemu.cpu_can_run(harts_get(i)->cpu);

        if (!can_run && !qemu.cpu_is_stopped(harts_get(i)->cpu)) {
            return false;
        }
        any |= can_run;
    }
    return any;
}

// Devices and resets may have woken harts while there was no burst.
static void wake_busy(void)
{
    for (unsigned i = 0; i < harts_count(); i++) {
        struct hart *hart = harts_get(i);

        if (hart->asleep && !qemu.cpu_thread_is_idle(hart->cpu)) {
            harts_wake(hart, (uint64_t)clock_now());
        }
    }
}

// Tell the debugger, and wait until QEMU's main thread has stopped all harts: others that went on
// until then would be ahead by as much as the host likes.
static void report_breakpoint(const struct hart *hit)
{
    qemu.cpu_handle_guest_debug(hit->cpu);
    for (unsigned i = 0; i < harts_count(); i++) {
        while (!qemu.cpu_is_stopped(harts_get(i)->cpu)) {
            qemu.unlock_bql();
            (void)sched_yield();
            qemu.lock_bql(__FILE__, __LINE__);
        }
    }
}

static void run(void)
{
    hold_harts();
    wake_busy();
    qemu.unlock_bql();
    const struct hart *hit = engine_run_burst();

    qemu.lock_bql(__FILE__, __LINE__);
    if (hit != NULL) {
        report_breakpoint(hit);
    }
}

static void burst(void *cpu, uint64_t data);

static void ask_for(void *cpu)
{
    if (!atomic_exchange_explicit(&asked, true, memory_order_relaxed)) {
        qemu.async_run_on_cpu(cpu, burst, 0);
    }
}

// Asks for the next burst, at another hart, so that QEMU's loop goes round. It would do so itself
// by running a hart, but for when all wait for a timer: then it waits for what never comes.
static void burst(void *cpu, uint64_t data)
{
    (void)data;
    atomic_store_explicit(&asked, false, memory_order_relaxed);
    if (harts_get(0)->cpu == NULL) {
        engine_adopt_harts();
    }
    engine_interrupt_seen();
    if (!may_be()) {
        atomic_store_explicit(&put_off, true, memory_order_relaxed);
        return;
    }
    run();
    if (!harts_all_sleep()) {
        ask_for(harts_get((harts_of_cpu(cpu)->number + 1) % harts_count())->cpu);
    }
}

_Noreturn void burst_begin(uintptr_t from)
{
    void *cpu = *internals_current_cpu();

    ask_for(cpu);
    qemu.cpu_exit(cpu);
    qemu.cpu_loop_exit_restore(cpu, from);
    __builtin_unreachable();
}

void burst_retry(void)
{
    if (atomic_exchange_explicit(&put_off, false, memory_order_relaxed)) {
        ask_for(harts_get(0)->cpu);
    }
}
