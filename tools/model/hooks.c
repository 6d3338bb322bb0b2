// SPDX-License-Identifier: MIT
// tools/model/hooks.c - tells the engine what happens in QEMU, and QEMU what time it is.
#include "tools/model/hooks.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/model/burst.h"
#include "tools/model/clock.h"
#include "tools/model/engine.h"
#include "tools/model/internals.h"

static pthread_t main_thread; // QEMU's, which loads the plugin

static bool in_harts_thread(void)
{
    return !pthread_equal(pthread_self(), main_thread);
}

static void handle_interrupt(void *cpu, int mask)
{
    struct hart *hart = harts_of_cpu(cpu);

    qemu.tcg_handle_interrupt(cpu, mask);
    if (in_harts_thread() && engine_in_burst() && hart != NULL) {
        engine_post(hart);
    }
}

static void kick(void *cpu)
{
    engine_interrupt();
    qemu.rr_kick_vcpu_thread(cpu);
    burst_retry();
}

// A hart that asks has got further than what was published at the start of its turn.
static void publish_progress(void)
{
    if (!clock_is_asked_for_deadline() && !harts_is_running_timers() && harts_running != NULL) {
        uint64_t last = clock_deadline() - 1;

        clock_publish(harts_running->clock < last ? harts_running->clock : last);
    }
}

static int64_t virtual_clock(void)
{
    if (in_harts_thread()) {
        if (!engine_in_burst()) {
            return CLOCK_FAR;
        }
        publish_progress();
    }
    return clock_now();
}

void hooks_init(void)
{
    main_thread = pthread_self();
}

bool hooks_install(void)
{
    static const struct accelerator_hooks hooks = {.handle_interrupt = handle_interrupt,
                                                   .kick_vcpu_thread = kick,
                                                   .get_virtual_clock = virtual_clock};

    return internals_hook(&hooks);
}
