// SPDX-License-Identifier: MIT
// sched/bench/each.c - what a switch and a wake-up cost when every hart does nothing else.
//
// The pairs start bound to their harts. Once every hart has its own they may run anywhere, as
// threads usually do, and stay because no hart idles: who is done keeps its hart busy until all
// are. With `global` they do not stay, and the counters, which are each hart's, are left out.
#include "sched/bench/each.h"

#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/relax.h"
#include "kernel/thread.h"
#include "kernel/topology.h"
#include "mm/objcache.h"
#include "sched/bench/tally.h"
#include "sync/block/semaphore.h"
#include "sync/spin/node.h"

enum { LOOPS = 200, WARM_UP = 20, OPERATIONS = 2 };

// The two threads of one hart; on lines of their own, so that only the kernel shares any.
struct pair {
    _Alignas(SPIN_LINE_BYTES) struct semaphore ping;
    struct semaphore pong;
    tid_t tids[2];
    atomic_bool go; // relaxed: the second may begin, at its next turn
    struct tally tally;
    bool moved; // the first ended on another hart than it began on
};

// What the two of a pair do: OPERATIONS each time.
struct game {
    const char *metric;
    void (*first)(struct pair *pair);
    void (*second)(struct pair *pair);
};

static struct objcache cache = OBJCACHE_INIT(cache, struct pair);

static const struct game *game; // constant while it is played, as the next two
static unsigned harts;
static struct pair *pairs[MAX_HARTS];
static unsigned region; // written by the first thread of the first pair

// How often who came to a meeting. On a line of its own: some arrive while others measure.
// acq_rel: who leaves a meeting sees what was done before it.
static struct {
    _Alignas(SPIN_LINE_BYTES) atomic_uint count;
} arrivals;

static void yield(struct pair *pair)
{
    (void)pair;
    thread_yield();
}

static void ping(struct pair *pair)
{
    semaphore_up(&pair->ping);
    (void)semaphore_down(&pair->pong);
}

static void pong(struct pair *pair)
{
    (void)semaphore_down(&pair->ping);
    semaphore_up(&pair->pong);
}

// ---- The threads -------------------------------------------------------------------------------

static bool all_arrived(unsigned times)
{
    return atomic_load_explicit(&arrivals.count, memory_order_acquire) >= times * harts;
}

// Wait until the first threads of all pairs have called this `times` times. The hart stays busy.
static void meet(unsigned times)
{
    atomic_fetch_add_explicit(&arrivals.count, 1, memory_order_acq_rel);
    while (!all_arrived(times)) {
        cpu_relax();
    }
}

// Wait for the pairs that are yet to come, giving way to who makes them. Returns: false if it could
// not make them all, and killed the caller.
static bool meet_at_start(void)
{
    atomic_fetch_add_explicit(&arrivals.count, 1, memory_order_acq_rel);
    while (!all_arrived(1) && !thread_killed()) {
        thread_yield();
    }
    return !thread_killed();
}

static unsigned this_cpu(void)
{
    unsigned long saved = irq_save();
    unsigned cpu = this_hart()->cpu;

    irq_restore(saved);
    return cpu;
}

static void measure(struct pair *pair)
{
    unsigned cpu = this_cpu();

    uint64_t start = tally_begin(&pair->tally);
    for (unsigned i = 0; i < LOOPS; i++) {
        game->first(pair);
    }
    tally_end(&pair->tally, start);
    pair->moved = this_cpu() != cpu;
}

static int play_first(void *arg)
{
    struct pair *pair = arg;

    if (!meet_at_start()) {
        return 0;
    }
    atomic_store_explicit(&pair->go, true, memory_order_relaxed);
    (void)thread_set_affinity(pair->tids[1], ~UINT64_C(0));
    (void)thread_set_affinity(current()->tid, ~UINT64_C(0));
    for (unsigned i = 0; i < WARM_UP; i++) {
        game->first(pair);
    }
    meet(2);
    if (pair == pairs[0]) {
        region = bench_region_begin();
    }
    meet(3);
    measure(pair);
    meet(4);
    if (pair == pairs[0]) {
        bench_region_end();
    }
    return 0;
}

static int play_second(void *arg)
{
    struct pair *pair = arg;

    while (!atomic_load_explicit(&pair->go, memory_order_relaxed) && !thread_killed()) {
        thread_yield();
    }
    for (unsigned i = 0; i < WARM_UP + LOOPS && !thread_killed(); i++) {
        game->second(pair);
    }
    return 0;
}

// ---- The bench ---------------------------------------------------------------------------------

// Make the pair of hart `cpu`, and start it, the second first. Returns: it; NULL if memory is
// short; a tid that is not above 0 is why that one did not start.
static struct pair *start(unsigned cpu)
{
    struct thread_attr attr = {.name = "pair", .affinity = bit(cpu)};
    struct pair *pair = objcache_alloc(&cache);

    if (pair == NULL) {
        return NULL;
    }
    *pair = (struct pair){.moved = false};
    semaphore_init(&pair->ping, 0);
    semaphore_init(&pair->pong, 0);
    pair->tids[1] = thread_spawn(&attr, play_second, pair);
    pair->tids[0] = thread_spawn(&attr, play_first, pair);
    return pair;
}

// Start the pairs of all harts. Returns: 0 or -errno.
static int start_all(void)
{
    uint64_t online = harts_online_mask();
    int err = 0;

    for (unsigned i = 0; i < harts && err == 0; i++) {
        struct pair *pair = start(bit_lowest(online));

        online &= online - 1;
        pairs[i] = pair;
        if (pair == NULL) {
            return -ENOMEM;
        }
        err = pair->tids[0] < 0 ? pair->tids[0] : pair->tids[1] < 0 ? pair->tids[1] : 0;
    }
    return err;
}

// End the thread `tid`, if there is one, and by force if not all have started.
static void end(tid_t tid, bool failed)
{
    if (tid > 0 && failed) {
        (void)thread_kill(tid, 0);
    }
    if (tid > 0) {
        (void)thread_join(tid, NULL);
    }
}

static void report(void)
{
    struct tally total = {.elapsed = 0};
    struct bench_sample sample = {.bench = "sched",
                                  .metric = game->metric,
                                  .harts = harts,
                                  .threads = 2 * harts,
                                  .region = region};
    bool moved = false;

    for (unsigned i = 0; i < harts; i++) {
        tally_add(&total, &pairs[i]->tally);
        moved = moved || pairs[i]->moved;
    }
    if (topology.queues == QUEUES_GLOBAL) {
        tally_report_time(&total, &sample, 0, (uint64_t)harts * LOOPS * OPERATIONS);
        return;
    }
    sample.invalid = moved ? "a thread left its hart" : NULL;
    tally_report(&total, &sample, 0, (uint64_t)harts * LOOPS * OPERATIONS);
}

static int run(const struct game *chosen)
{
    game = chosen;
    harts = harts_online();
    memset(pairs, 0, sizeof(pairs));
    atomic_store_explicit(&arrivals.count, 0, memory_order_relaxed);
    int err = start_all();
    for (unsigned i = 0; i < harts && pairs[i] != NULL; i++) {
        end(pairs[i]->tids[0], err != 0);
        end(pairs[i]->tids[1], err != 0);
    }
    if (err == 0) {
        report();
    }
    for (unsigned i = 0; i < harts && pairs[i] != NULL; i++) {
        objcache_free(&cache, pairs[i]);
    }
    return err;
}

int bench_switch_each(void)
{
    static const struct game switches = {"switch_each", yield, yield};

    return run(&switches);
}

int bench_wake_each(void)
{
    static const struct game wakes = {"wake_each", ping, pong};

    return run(&wakes);
}
