// SPDX-License-Identifier: MIT
// tools/model/clock.c - publishes the time and runs QEMU's timers at it.
#include "tools/model/clock.h"

#include <stdatomic.h>

#include "tools/model/internals.h"

// Written by the harts' thread; relaxed: who reads it elsewhere is told some recent time.
static _Atomic int64_t published;
static uint64_t deadline;
static bool deadline_known;
static bool looking; // clock_deadline() asks QEMU, which asks what time it is

int64_t clock_now(void)
{
    return atomic_load_explicit(&published, memory_order_relaxed);
}

void clock_publish(uint64_t cycles)
{
    if ((int64_t)cycles > clock_now()) {
        atomic_store_explicit(&published, (int64_t)cycles, memory_order_relaxed);
    }
}

bool clock_is_asked_for_deadline(void)
{
    return looking;
}

void clock_timers_changed(void)
{
    deadline_known = false;
}

// To stop the harts, QEMU's main thread first disables the clock. That must not reach a burst that
// goes on until it notices; nothing is due while the harts are stopped, so it stays enabled. Asked
// twice, since it may be disabled between the two calls, once.
static int64_t nanoseconds_left(void)
{
    int64_t left = -1;

    looking = true;
    for (int i = 0; i < 2 && left < 0; i++) {
        qemu.qemu_clock_enable(CLOCK_VIRTUAL, true);
        left = qemu.qemu_clock_deadline_ns_all(CLOCK_VIRTUAL, ~0);
    }
    looking = false;
    return left;
}

uint64_t clock_deadline(void)
{
    if (!deadline_known) {
        int64_t left = nanoseconds_left();

        deadline = left < 0 || left >= CLOCK_FAR / 2 ? CLOCK_NEVER : (uint64_t)(clock_now() + left);
        deadline_known = true;
    }
    return deadline;
}

void clock_run_timers(void)
{
    qemu.lock_bql(__FILE__, __LINE__);
    clock_publish(clock_deadline());
    qemu.qemu_clock_enable(CLOCK_VIRTUAL, true);
    qemu.qemu_clock_run_timers(CLOCK_VIRTUAL);
    qemu.unlock_bql();
    clock_timers_changed();
    // A timer that nobody runs here would hold time back for ever.
    if (clock_deadline() <= (uint64_t)clock_now()) {
        deadline = (uint64_t)clock_now() + 1;
    }
}
