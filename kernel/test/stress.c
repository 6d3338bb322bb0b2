// SPDX-License-Identifier: MIT
// kernel/test/stress.c - `stress`: random operations from SEED, every invariant checked throughout.
//
// A worker a hart and two more do random steps (stress_step.c) on threads of their own
// (stress_child.c). In the end nothing may be left: threads and free frames are as before.
#include "kernel/test/stress.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/ktest.h"
#include "kernel/processor.h"
#include "mm/frame.h"
#include "mm/memory.h"

enum {
    EXTRA_WORKERS = 2,
    WORKERS_MAX = MAX_HARTS + EXTRA_WORKERS,
    DEFAULT_OPS = 5000,
    WORKERS_ORDER = 2
};
_Static_assert(sizeof(struct stress_worker) * WORKERS_MAX <= PAGE_SIZE << WORKERS_ORDER,
               "they fit");

static struct stress_worker *workers; // WORKERS_MAX, while the command runs, one at a time
static _Atomic int64_t steps_left;    // relaxed: a count
static atomic_uint violations;        // the same
static uint64_t stop_ticks;           // constant while workers run

void stress_violation(const char *what, long got, long expected)
{
    atomic_fetch_add_explicit(&violations, 1, memory_order_relaxed);
    printk("VIOLATION: %s: %ld, expected %ld\n", what, got, expected);
}

static int work(void *arg)
{
    struct stress_worker *w = arg;

    while (atomic_fetch_sub_explicit(&steps_left, 1, memory_order_relaxed) > 0 &&
           time_now_ticks() < stop_ticks) {
        stress_step(w);
    }
    stress_join_all(w);
    return 0;
}

// Start worker `i`. Returns: its tid or -errno.
static int start_worker(unsigned i)
{
    workers[i] = (struct stress_worker){};
    random_seed(&workers[i].random, bootargs.seed + (uint64_t)i * UINT32_MAX);
    return thread_spawn(&(struct thread_attr){.name = "stress worker"}, work, &workers[i]);
}

// Run `count` workers to the end; one that is refused is missing. Returns: increments that must
// have been made.
static uint64_t run_workers(unsigned count)
{
    tid_t tids[WORKERS_MAX];
    uint64_t counted = 0;

    for (unsigned i = 0; i < count; i++) {
        tids[i] = start_worker(i);
        if (tids[i] < 0) {
            stress_refused(tids[i], false);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (tids[i] > 0 && thread_join(tids[i], NULL) != 0) {
            stress_violation("a worker did not run", tids[i], 0);
        }
        counted += workers[i].counted;
    }
    return counted;
}

// Detached children end when they like; they are gone once the pool has shrunk to what it was.
static void wait_for_detached(unsigned threads)
{
    while (thread_count() > threads) {
        (void)thread_sleep(1000000);
    }
}

// What the command line asks for.
struct stress_options {
    uint64_t ops;
    uint64_t seconds; // 0: `ops` decides
    uint64_t fail;    // the number of the allocation that fails; 0: none
    bool fail_all;    // each in turn
};

static void set_length(const struct stress_options *options)
{
    uint64_t seconds = options->seconds;

    stop_ticks = seconds != 0 ? deadline_after_ns(seconds * 1000000000) : TIME_NEVER;
    atomic_store_explicit(&steps_left, seconds != 0 ? INT64_MAX : (int64_t)options->ops,
                          memory_order_relaxed);
}

// One run, in which allocation number `fail` fails. Returns: how many allocations there were.
static uint64_t run_once(const struct stress_options *options, uint64_t fail,
                         struct stress_failures *sum)
{
    struct ktest_balance before = ktest_balance_now();

    set_length(options);
    atomic_store_explicit(&stress_counted_by_children, 0, memory_order_relaxed);
    stress_fail_begin(fail);
    uint64_t counted = run_workers(harts_online() + EXTRA_WORKERS);
    wait_for_detached(before.threads);
    uint64_t asked = stress_fail_end(sum);
    counted += atomic_load_explicit(&stress_counted_by_children, memory_order_relaxed);
    (void)stress_counters_are(counted);
    struct ktest_balance after = ktest_balance_now();
    if (after.frames != before.frames) {
        stress_violation("free frames", (long)after.frames, (long)before.frames);
    }
    return asked;
}

static bool violated(void)
{
    return atomic_load_explicit(&violations, memory_order_relaxed) != 0;
}

static void report_failures(uint64_t runs, uint64_t asked, const struct stress_failures *sum)
{
    printk("stress: runs: %lu, allocations of the longest: %lu, failures: %lu reported, "
           "%lu absorbed\n",
           runs, asked, sum->reported, sum->absorbed);
}

// Fail each allocation in turn, up to the largest number that a run has come to: several harts do
// not make the same allocations twice. Stops at the first run with a violation.
static void run_failing_each(const struct stress_options *options)
{
    struct stress_failures sum = {0, 0};
    uint64_t asked = 1;
    uint64_t nth = 0;

    while (nth < asked && !violated()) {
        asked = max_u64(asked, run_once(options, ++nth, &sum));
    }
    report_failures(nth, asked, &sum);
}

static void run_failing(const struct stress_options *options)
{
    struct stress_failures sum = {0, 0};
    uint64_t asked = run_once(options, options->fail, &sum);

    if (options->fail != 0) {
        report_failures(1, asked, &sum);
    }
}

// Read a number in 1..max. Returns: whether it is one.
static bool read_positive(const char *text, uint64_t max, uint64_t *out)
{
    return text != NULL && parse_u64(text, out) == 0 && *out > 0 && *out <= max;
}

static bool read_option(const char *word, struct stress_options *options)
{
    const char *fail = option_value(word, "fail");

    if (fail != NULL && strcmp(fail, "all") == 0) {
        options->fail_all = true;
        return true;
    }
    return read_positive(fail, UINT64_MAX, &options->fail) ||
           read_positive(option_value(word, "ops"), INT32_MAX, &options->ops) ||
           read_positive(option_value(word, "seconds"), UINT32_MAX, &options->seconds);
}

// Is what was asked for possible here? Says what is not.
static bool possible(const struct stress_options *options)
{
    if (options->seconds != 0 && bootargs.timing != TIMING_HOST) {
        printk("stress: seconds= is for TIMING=host only; use ops=\n");
        return false;
    }
    if ((options->fail != 0 || options->fail_all) && !CONFIG_TEST) {
        printk("stress: a release build fails no allocations; use BUILD=test, or debug\n");
        return false;
    }
    return true;
}

static int stress_run(int argc, char **argv)
{
    struct stress_options options = {.ops = DEFAULT_OPS};

    for (int i = 1; i < argc; i++) {
        if (!read_option(argv[i], &options)) {
            return -EINVAL;
        }
    }
    if (!possible(&options)) {
        return 1;
    }
    workers = frames_alloc_or_reclaim(WORKERS_ORDER);
    if (workers == NULL) {
        return -ENOMEM;
    }
    atomic_store_explicit(&violations, 0, memory_order_relaxed);
    (options.fail_all ? run_failing_each : run_failing)(&options);
    frames_free(workers, WORKERS_ORDER);
    printk("stress: %s\n", violated() ? "FAILED" : "no violations");
    return violated();
}
COMMAND(stress, "stress", "[ops=N] [seconds=S] [fail=N|all]",
        "random spawn, join, park, kill, sleep, lock ...; every invariant checked", stress_run);
