// SPDX-License-Identifier: MIT
// tools/model/engine.c - goes from fiber to fiber.
#include "tools/model/engine.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/model/clock.h"
#include "tools/model/internals.h"

enum {
    // What a burst may take: some milliseconds, so that QEMU's memory reclamation (RCU) gets on.
    // To take a turn costs one, and so do that many cycles of it.
    BURST_COSTS = 1 << 17,
    COST_CYCLES = 64,
    // A block that begins so soon after a miss is the one that has waited for it.
    OVERTAKE_CYCLES = 16,
};

static struct engine_options options;
static void **current_cpu;       // QEMU's variable, in the harts' thread
static struct fiber burst_fiber; // where a burst was begun
static bool in_burst;
static bool draining;         // harts are leaving their inner loops
static uint64_t costs_left;   // of this burst; 0: it ends
static bool ending;           // the guest has asked QEMU to end: harts that sleep then may
static struct hart *debugged; // has hit a breakpoint
// Had to leave in the middle of its turn, and goes on with it in the next burst: when QEMU wants
// something, only the host decides. harts_turn_end is that turn's.
static struct hart *unfinished;

// QEMU wants something of the harts. relaxed: what it announces is published by the BQL, which a
// burst begins with.
static atomic_bool wanted;

void engine_init(const struct engine_options *given)
{
    options = *given;
    harts_init(options.harts, options.quantum, options.seed, options.exploring);
}

bool engine_in_burst(void)
{
    return in_burst;
}

void engine_interrupt(void)
{
    atomic_store_explicit(&wanted, true, memory_order_relaxed);
}

void engine_interrupt_seen(void)
{
    atomic_store_explicit(&wanted, false, memory_order_relaxed);
}

static bool is_wanted(void)
{
    return atomic_load_explicit(&wanted, memory_order_relaxed);
}

_Noreturn void engine_end(int status, const char *why)
{
    (void)fprintf(stderr, "model: %s, at cycle %lu\n", why, (unsigned long)clock_now());
    _exit(status); // exit() would wait for this thread
}

// ---- Turns -------------------------------------------------------------------------------------

static void begin_turn(struct hart *hart)
{
    if (hart->clock >= options.limit) {
        engine_end(ENGINE_LIMIT_STATUS, "the limit has been reached");
    }
    uint64_t costs = 1 + harts_begin_turn(hart) / COST_CYCLES;

    costs_left = costs_left > costs ? costs_left - costs : 0;
}

static void go_over(struct fiber *from, struct hart *to)
{
    *current_cpu = to->cpu;
    fiber_switch(from, &to->fiber);
}

// Go on with whoever is next, or end the burst. Returns when it is the turn of `hart`, or when the
// burst ends and `hart` has to leave.
static void give_way(struct hart *hart)
{
    bool over = draining || costs_left == 0 || is_wanted();
    struct hart *next = over ? NULL : harts_choose();

    if (next == NULL) {
        fiber_switch(&hart->fiber, &burst_fiber);
        return;
    }
    begin_turn(next);
    if (next != hart) {
        go_over(&hart->fiber, next);
    }
}

// Is this the first block after a miss, and does it come before what others have asked for while
// the miss was served?
static bool overtakes(struct hart *hart)
{
    bool served_now = hart->served != 0 && hart->clock - hart->served < OVERTAKE_CYCLES;

    hart->served = 0;
    return served_now && harts_turn_end != 0 && harts_chance(options.overtake);
}

void engine_turn_over(uintptr_t from)
{
    struct hart *hart = harts_running;

    if (overtakes(hart)) {
        return;
    }
    if (harts_turn_end == 0) {
        clock_timers_changed(); // after what was to be reconsidered, too
    }
    harts_go_on(hart);
    give_way(hart);
    if (draining) {
        qemu.cpu_exit(hart->cpu);
    } else if (!hart->posted) {
        return;
    }
    // An interrupt has come up since this block's own check: take it before the block, as after a
    // drain, so that it makes no difference whether there was one.
    hart->posted = false;
    qemu.cpu_loop_exit_restore(hart->cpu, from);
}

// What a machine that ends does until QEMU has ended it depends on the host: it does nothing.
void engine_reconsider(void)
{
    clock_timers_changed();
    harts_turn_end = 0;
    if (internals_end_is_requested()) {
        ending = true;
        costs_left = 0;
    }
}

void engine_post(struct hart *hart)
{
    hart->posted = true;
    if (hart->asleep) {
        harts_wake(hart, harts_is_running_timers() ? (uint64_t)clock_now() : harts_running->clock);
    }
}

// ---- Fibers ------------------------------------------------------------------------------------

// QEMU wants something, or wanted it before this burst. The turn is not over.
static void interrupt_turn(struct hart *hart)
{
    if (debugged != NULL || is_wanted()) {
        unfinished = hart;
        harts_go_on(hart);
        fiber_switch(&hart->fiber, &burst_fiber);
    }
}

// A hart's fiber: QEMU's inner loop, again and again.
static void run_hart(void *argument)
{
    struct hart *hart = argument;

    for (;;) {
        hart->inside = true;
        int why = qemu.cpu_exec(hart->cpu);

        hart->inside = false;
        if (why == EXIT_DEBUG) {
            debugged = hart;
        }
        if (why == EXIT_HALTED) {
            harts_sleep(hart);
            give_way(hart);
        } else if (draining) {
            give_way(hart);
        } else if (why != EXIT_HLT) { // then it has to try once whether an interrupt is there
            interrupt_turn(hart);
        }
    }
}

void engine_adopt_harts(void)
{
    current_cpu = internals_current_cpu();
    for (unsigned i = 0; i < harts_count(); i++) {
        struct hart *hart = harts_get(i);

        hart->cpu = qemu.qemu_get_cpu((int)i);
        fiber_make(&hart->fiber, run_hart, hart);
        harts_go_on(hart);
    }
}

// ---- The burst ---------------------------------------------------------------------------------

// Whoever was interrupted, with the turn it had; not if a debugger wants others to run.
static struct hart *first(void)
{
    struct hart *next = unfinished;

    unfinished = NULL;
    if (next != NULL && !next->held) {
        harts_running = next;
        return next;
    }
    next = harts_choose();
    if (next != NULL) {
        begin_turn(next);
    }
    return next;
}

static void drain(void)
{
    draining = true;
    for (unsigned i = 0; i < harts_count(); i++) {
        struct hart *hart = harts_get(i);

        if (hart->inside) {
            harts_running = hart;
            go_over(&burst_fiber, hart);
        }
    }
    draining = false;
}

static void run_harts(void)
{
    struct hart *next = first();

    if (next != NULL) {
        go_over(&burst_fiber, next);
        drain();
    }
    harts_running = NULL;
}

struct hart *engine_run_burst(void)
{
    ending = false;
    costs_left = BURST_COSTS;
    debugged = NULL;
    clock_timers_changed();
    in_burst = true;
    run_harts();
    in_burst = false;
    if (options.end_asleep && !ending && harts_all_sleep()) {
        engine_end(ENGINE_ASLEEP_STATUS, "all harts sleep, and nothing will wake them");
    }
    return debugged;
}
