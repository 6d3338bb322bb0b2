// SPDX-License-Identifier: MIT
// tools/model/engine.c - bursts, turns, and what is hooked into QEMU for them.
//
// All state belongs to the harts' thread, but for what says otherwise. The big lock (BQL) is held
// by whoever of QEMU's threads touches devices; a burst begins and ends with it, and runs without.
#include "tools/model/engine.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/model/clock.h"
#include "tools/model/internals.h"
#include "tools/model/turns.h"

enum {
    // What a burst may take: some milliseconds, so that QEMU's memory reclamation (RCU) gets on.
    // To take a turn costs one, and so do that many cycles of it.
    BURST_COSTS = 1 << 17,
    COST_CYCLES = 64,
    // Cycles of a turn at most, for the same reason.
    TURN_CYCLES = 1 << 20,
    // A block that begins so soon after a miss is the one that has waited for it.
    OVERTAKE_CYCLES = 16,
    // While exploring: how much longer a turn may be, and how long a hart may be kept waiting.
    EXPLORE_JITTER = 40,
    EXPLORE_STALL = 4000,
};

struct hart *engine_running;
uint64_t engine_turn_end;

static struct hart harts[TURNS_HARTS_MAX];
static struct turns turns;
static struct engine_options options;
static pthread_t main_thread; // QEMU's, which loads the plugin

static void **current_cpu;       // QEMU's variable, in the harts' thread
static struct fiber burst_fiber; // where a burst was begun
static bool in_burst;
static bool draining;       // harts are leaving their inner loops
static bool running_timers; // interrupts come from timers, not from the hart that runs
static uint64_t costs_left; // of this burst
static uint64_t turns_taken;
static bool ending;           // the guest has asked QEMU to end: harts that sleep then may
static struct hart *debugged; // has hit a breakpoint
// Had to leave in the middle of its turn, and goes on with it in the next burst: when QEMU wants
// something, only the host decides. engine_turn_end is that turn's.
static struct hart *unfinished;

// Set and cleared by any thread. relaxed: what they announce is published by the BQL, which a burst
// begins with.
static atomic_bool wanted;  // QEMU wants something of the harts
static atomic_bool asked;   // for a burst, which has not begun yet
static atomic_bool put_off; // a burst could not be: ask again when the harts may run

struct hart *engine_hart(unsigned number)
{
    return &harts[number];
}

uint64_t engine_turns(void)
{
    return turns_taken;
}

// ---- Ending ------------------------------------------------------------------------------------

_Noreturn static void end_qemu(int status, const char *why)
{
    (void)fprintf(stderr, "model: %s, at cycle %lu\n", why, (unsigned long)clock_now());
    _exit(status); // exit() would wait for this thread
}

// ---- Whose turn it is --------------------------------------------------------------------------

static void set_due(struct hart *hart)
{
    turns.due[hart->number] = hart->asleep || hart->held ? TURNS_NEVER : hart->clock;
}

static void sleep_now(struct hart *hart)
{
    hart->asleep = true;
    set_due(hart);
}

static void due_now(struct hart *hart)
{
    hart->asleep = false;
    set_due(hart);
}

// Who goes on; NULL if nobody can, or is to: what a machine that ends does until QEMU has ended it
// depends on the host. Timers that are due before then have run.
static struct hart *choose(void)
{
    while (!ending) {
        int next = turns_next(&turns);
        uint64_t at = next == TURNS_NOBODY ? TURNS_NEVER : turns.due[next];

        if (clock_deadline() <= at && clock_deadline() != CLOCK_NEVER) {
            running_timers = true;
            clock_run_timers();
            running_timers = false;
        } else if (next == TURNS_NOBODY) {
            return NULL;
        } else {
            uint64_t stall = turns_stall(&turns);

            if (stall == 0) {
                clock_publish(at);
                return &harts[next];
            }
            harts[next].clock += stall;
            due_now(&harts[next]);
        }
    }
    return NULL;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void begin_turn(struct hart *hart)
{
    uint64_t end = least(turns_end(&turns, (int)hart->number), hart->clock + TURN_CYCLES);

    if (hart->clock >= options.limit) {
        end_qemu(ENGINE_LIMIT_STATUS, "the limit has been reached");
    }
    engine_turn_end = least(end, clock_deadline());
    engine_running = hart;
    turns_taken++;
    end = end < hart->clock ? hart->clock : end;
    costs_left -= least(costs_left, 1 + (end - hart->clock) / COST_CYCLES);
}

// A hart that sleeps goes on no earlier than whoever woke it has got to.
static void wake(struct hart *hart, uint64_t now)
{
    if (hart->clock < now) {
        hart->clock = now;
    }
    due_now(hart);
    engine_turn_end = least(engine_turn_end, hart->clock + options.quantum);
}

// ---- Fibers ------------------------------------------------------------------------------------

static void go_over(struct fiber *from, struct hart *to)
{
    *current_cpu = to->cpu;
    fiber_switch(from, &to->fiber);
}

// Go on with whoever is next, or end the burst. Returns when it is the turn of `hart`, or when the
// burst ends and `hart` has to leave.
static void give_way(struct hart *hart)
{
    bool over = draining || costs_left == 0 || atomic_load_explicit(&wanted, memory_order_relaxed);
    struct hart *next = over ? NULL : choose();

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
    return served_now && engine_turn_end != 0 && turns_chance(&turns, options.overtake);
}

void engine_turn_over(uintptr_t from)
{
    struct hart *hart = engine_running;

    if (overtakes(hart)) {
        return;
    }
    if (engine_turn_end == 0) {
        clock_timers_changed(); // after what was to be reconsidered, too
    }
    due_now(hart);
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

// QEMU wants something, or wanted it before this burst. The turn is not over.
static void interrupt_turn(struct hart *hart)
{
    if (debugged != NULL || atomic_load_explicit(&wanted, memory_order_relaxed)) {
        unfinished = hart;
        due_now(hart);
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
            sleep_now(hart);
            give_way(hart);
        } else if (draining) {
            give_way(hart);
        } else if (why != EXIT_HLT) { // then it has to try once whether an interrupt is there
            interrupt_turn(hart);
        }
    }
}

// ---- Bursts ------------------------------------------------------------------------------------

// Make the harts' fibers; QEMU has its harts by now.
static void adopt_harts(void)
{
    current_cpu = internals_current_cpu();
    for (unsigned i = 0; i < options.harts; i++) {
        harts[i].cpu = qemu.qemu_get_cpu((int)i);
        fiber_make(&harts[i].fiber, run_hart, &harts[i]);
        due_now(&harts[i]);
    }
}

// Harts that a debugger has stopped keep their clocks and wait.
static void hold_harts(void)
{
    for (unsigned i = 0; i < options.harts; i++) {
        bool held = qemu.cpu_is_stopped(harts[i].cpu);

        if (held != harts[i].held) {
            harts[i].held = held;
            set_due(&harts[i]);
        }
    }
}

static bool end_is_requested(void)
{
    return qemu.qemu_shutdown_requested_get() != 0 || qemu.qemu_reset_requested_get() != 0;
}

// Not if all are stopped, nor if one is about to be: a burst without it would take another course.
// Nor between the guest's request for an end, and the end.
static bool may_burst(void)
{
    bool any = false;

    if (end_is_requested()) {
        return false;
    }

    for (unsigned i = 0; i < options.harts; i++) {
        bool can_run = qemu.cpu_can_run(harts[i].cpu);

        if (!can_run && !qemu.cpu_is_stopped(harts[i].cpu)) {
            return false;
        }
        any |= can_run;
    }
    return any;
}

// Devices and resets may have woken harts while there was no burst.
static void wake_busy(void)
{
    for (unsigned i = 0; i < options.harts; i++) {
        if (harts[i].asleep && !qemu.cpu_thread_is_idle(harts[i].cpu)) {
            wake(&harts[i], (uint64_t)clock_now());
        }
    }
}

static void drain(void)
{
    draining = true;
    for (unsigned i = 0; i < options.harts; i++) {
        if (harts[i].inside) {
            engine_running = &harts[i];
            go_over(&burst_fiber, &harts[i]);
        }
    }
    draining = false;
}

// Whoever was interrupted, with the turn it had; not if a debugger wants others to run.
static struct hart *first(void)
{
    struct hart *next = unfinished;

    unfinished = NULL;
    if (next != NULL && !next->held) {
        engine_running = next;
        return next;
    }
    next = choose();
    if (next != NULL) {
        begin_turn(next);
    }
    return next;
}

static void run_harts(void)
{
    in_burst = true;
    struct hart *next = first();

    if (next != NULL) {
        go_over(&burst_fiber, next);
        drain();
    }
    engine_running = NULL;
    in_burst = false;
}

static bool all_sleep(void)
{
    return turns_next(&turns) == TURNS_NOBODY && clock_deadline() == CLOCK_NEVER;
}

static void burst(void *cpu, uint64_t data);

static void ask_for_burst(struct hart *hart)
{
    if (!atomic_exchange_explicit(&asked, true, memory_order_relaxed)) {
        qemu.async_run_on_cpu(hart->cpu, burst, 0);
    }
}

// Tell the debugger, and wait until QEMU's main thread has stopped all harts: others that went on
// until then would be ahead by as much as the host likes.
static void report_breakpoint(void)
{
    qemu.cpu_handle_guest_debug(debugged->cpu);
    debugged = NULL;
    for (unsigned i = 0; i < options.harts; i++) {
        while (!qemu.cpu_is_stopped(harts[i].cpu)) {
            qemu.unlock_bql();
            (void)sched_yield();
            qemu.lock_bql(__FILE__, __LINE__);
        }
    }
}

static void run_burst(void)
{
    hold_harts();
    wake_busy();
    ending = false;
    costs_left = BURST_COSTS;
    clock_timers_changed();
    qemu.unlock_bql();
    run_harts();
    if (options.end_asleep && !ending && all_sleep()) {
        end_qemu(ENGINE_ASLEEP_STATUS, "all harts sleep, and nothing will wake them");
    }
    qemu.lock_bql(__FILE__, __LINE__);
    if (debugged != NULL) {
        report_breakpoint();
    }
}

static struct hart *hart_of(const void *cpu)
{
    for (unsigned i = 0; i < options.harts; i++) {
        if (harts[i].cpu == cpu) {
            return &harts[i];
        }
    }
    return NULL;
}

// Asks for the next burst, at another hart, so that QEMU's loop goes round. It would do so itself
// by running a hart, but for when all wait for a timer: then it waits for what never comes.
static void burst(void *cpu, uint64_t data)
{
    (void)data;
    atomic_store_explicit(&asked, false, memory_order_relaxed);
    if (harts[0].cpu == NULL) {
        adopt_harts();
    }
    atomic_store_explicit(&wanted, false, memory_order_relaxed);
    if (!may_burst()) {
        atomic_store_explicit(&put_off, true, memory_order_relaxed);
        return;
    }
    run_burst();
    if (!all_sleep()) {
        ask_for_burst(&harts[(hart_of(cpu)->number + 1) % options.harts]);
    }
}

_Noreturn void engine_enter(uintptr_t from)
{
    void *cpu = *internals_current_cpu();

    if (!atomic_exchange_explicit(&asked, true, memory_order_relaxed)) {
        qemu.async_run_on_cpu(cpu, burst, 0);
    }
    qemu.cpu_exit(cpu);
    qemu.cpu_loop_exit_restore(cpu, from);
    __builtin_unreachable();
}

void engine_reconsider(void)
{
    clock_timers_changed();
    engine_turn_end = 0;
    if (end_is_requested()) {
        ending = true;
        costs_left = 0;
    }
}

// ---- Hooks -------------------------------------------------------------------------------------

static void post(struct hart *hart)
{
    hart->posted = true;
    if (hart->asleep) {
        wake(hart, running_timers ? (uint64_t)clock_now() : engine_running->clock);
    }
}

static bool in_harts_thread(void)
{
    return !pthread_equal(pthread_self(), main_thread);
}

static void handle_interrupt(void *cpu, int mask)
{
    struct hart *hart = hart_of(cpu);

    qemu.tcg_handle_interrupt(cpu, mask);
    if (in_harts_thread() && in_burst && hart != NULL) {
        post(hart);
    }
}

static void kick(void *cpu)
{
    atomic_store_explicit(&wanted, true, memory_order_relaxed);
    qemu.rr_kick_vcpu_thread(cpu);
    if (atomic_exchange_explicit(&put_off, false, memory_order_relaxed)) {
        ask_for_burst(&harts[0]);
    }
}

// A hart that asks has got further than what was published at the start of its turn.
static int64_t virtual_clock(void)
{
    if (!in_harts_thread()) {
        return clock_now();
    }
    if (!in_burst) {
        return CLOCK_FAR;
    }
    if (!clock_is_asked_for_deadline() && !running_timers && engine_running != NULL) {
        clock_publish(least(engine_running->clock, clock_deadline() - 1));
    }
    return clock_now();
}

void engine_load(void)
{
    main_thread = pthread_self();
}

bool engine_start(const struct engine_options *given)
{
    static const struct accelerator_hooks hooks = {.handle_interrupt = handle_interrupt,
                                                   .kick_vcpu_thread = kick,
                                                   .get_virtual_clock = virtual_clock};

    options = *given;
    turns_init(&turns, options.harts, options.quantum, options.seed);
    if (options.exploring) {
        turns.jitter = EXPLORE_JITTER;
        turns.stall = EXPLORE_STALL;
    }
    for (unsigned i = 0; i < options.harts; i++) {
        harts[i].number = i;
    }
    return internals_hook(&hooks);
}
