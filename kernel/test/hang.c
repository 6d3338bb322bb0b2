// SPDX-License-Identifier: MIT
// kernel/test/hang.c - `hang KIND`: one way to hang each, to test what shows where a machine is.
//
// Each says `planted` once everybody is where they stay. The first two end with the machine only.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "kernel/runq.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/watchdog.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"
#include "sync/spinlock.h"

// ---- Threads that wait for each other ----------------------------------------------------------

static struct mutex left = MUTEX_INIT(left);
static struct mutex right = MUTEX_INIT(right);
static struct semaphore nobody_gives = SEMAPHORE_INIT(nobody_gives, 0);
static struct semaphore has_left = SEMAPHORE_INIT(has_left, 0);
static struct semaphore has_right = SEMAPHORE_INIT(has_right, 0);

static int hang_left_first(void *unused) NO_TSA
{
    (void)unused;
    mutex_lock(&left);
    semaphore_up(&has_left);
    (void)semaphore_down(&has_right);
    mutex_lock(&right);
    return 0;
}

static int hang_right_first(void *unused) NO_TSA
{
    (void)unused;
    mutex_lock(&right);
    semaphore_up(&has_right);
    (void)semaphore_down(&has_left);
    mutex_lock(&left);
    return 0;
}

static int hang_down(void *unused)
{
    (void)unused;
    return semaphore_down(&nobody_gives);
}

static int hang_park(void *unused)
{
    (void)unused;
    return thread_park(TIME_NEVER);
}

static int hang_join(void *tid)
{
    return thread_join((tid_t)(uintptr_t)tid, NULL);
}

static tid_t start(const char *name, thread_fn *fn, void *arg)
{
    return thread_spawn(&(struct thread_attr){.name = name}, fn, arg);
}

// Two threads that each hold what the other wants, and three that wait otherwise.
static tid_t plant_deadlock(void)
{
    tid_t first = start("left-first", hang_left_first, NULL);
    tid_t tids[] = {
        first,
        start("right-first", hang_right_first, NULL),
        start("joiner", hang_join, (void *)(uintptr_t)first),
        start("taker", hang_down, NULL),
        start("parker", hang_park, NULL),
    };

    for (unsigned i = 0; i < ARRAY_SIZE(tids); i++) {
        test_await_status(tids[i], THREAD_SLEEPING);
    }
    return first;
}

// ---- Threads that run for ever -----------------------------------------------------------------

static atomic_uint turns;    // relaxed: only so that the loop is one
static atomic_uint spinning; // relaxed: nothing comes with it

static NOINLINE void hang_turn(void)
{
    (void)atomic_fetch_add_explicit(&spinning, 1, memory_order_relaxed);
    for (;;) {
        (void)atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed);
    }
}

static int hang_spin(void *unused)
{
    (void)unused;
    hang_turn();
    return 0;
}

// One thread more than there are harts, and one more for the first hart alone. Where none is ever
// preempted, not all get to spin.
static tid_t plant_spin(void)
{
    unsigned spinners = harts_online() + 1;
    tid_t last = 0;

    for (unsigned i = 0; i < spinners; i++) {
        last = start("spinner", hang_spin, NULL);
    }
    (void)thread_spawn(&(struct thread_attr){.name = "pinned", .affinity = 1}, hang_spin, NULL);
    while (runq_policy.should_preempt != NULL &&
           atomic_load_explicit(&spinning, memory_order_relaxed) <= spinners) {
        thread_yield();
    }
    return last;
}

// ---- Harts that are stuck until the watchdog has said so ---------------------------------------

static struct spinlock held_on = SPINLOCK_INIT("held on", RANK_BENCH);
static atomic_uint is_held;

static NOINLINE void hang_until_reported(enum watchdog_kind kind)
{
    unsigned before = watchdog_reports(kind);

    while (watchdog_reports(kind) == before) {
        compiler_barrier();
    }
}

static int hang_irqs_off(void *unused)
{
    (void)unused;
    unsigned long saved = irq_save();
    hang_until_reported(WATCHDOG_HART);
    irq_restore(saved);
    return 0;
}

// The most turns that a hart has made for `held_on`. Read racily.
static uint64_t turns_waited(void)
{
    uint64_t most = 0;

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        const struct held_locks *held = &processor_of(cpu)->hart.held;

        most = held_waiting(held) == &held_on ? max_u64(most, held->spins) : most;
    }
    return most;
}

// Until the waiter has gone on for as long as it took to be reported.
static int hang_hold_lock(void *unused)
{
    (void)unused;
    spin_lock(&held_on);
    test_raise(&is_held);
    while (turns_waited() < 2 * spin_bound) {
        compiler_barrier();
    }
    spin_unlock(&held_on);
    return 0;
}

static int hang_want_lock(void *unused)
{
    (void)unused;
    ktest_wait_for(&is_held, 1);
    spin_lock(&held_on);
    spin_unlock(&held_on);
    return 0;
}

// Is there a watchdog, and another hart? Else it would be for ever.
static bool is_watched(void)
{
    bool watched = bootargs.watchdog != 0 && harts_online() > 1;

    if (!watched) {
        printk("hang: this takes more than one hart, and the watchdog on\n");
    }
    return watched;
}

static tid_t plant_irqs_off(void)
{
    return is_watched() ? start("deaf", hang_irqs_off, NULL) : 0;
}

static tid_t plant_lock_held(void)
{
    if (!is_watched()) {
        return 0;
    }
    (void)start("holder", hang_hold_lock, NULL);
    return start("waiter", hang_want_lock, NULL);
}

static const struct kind {
    const char *name;
    tid_t (*plant)(void); // returns: the thread to wait for; 0: it has said why there is none
} kinds[] = {
    {"deadlock", plant_deadlock},
    {"spin", plant_spin},
    {"irqs-off", plant_irqs_off},
    {"lock-held", plant_lock_held},
};

static int hang(const struct kind *kind)
{
    tid_t tid = kind->plant();

    if (tid == 0) {
        return 1;
    }
    printk("hang %s: planted\n", kind->name);
    return thread_join(tid, NULL);
}

static int hang_run(int argc, char **argv)
{
    for (unsigned i = 0; argc == 2 && i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            return hang(&kinds[i]);
        }
    }
    return -EINVAL;
}
COMMAND(hang, "hang", "deadlock|spin|irqs-off|lock-held",
        "hang, the last two until the watchdog says so: to test what shows it", hang_run);
