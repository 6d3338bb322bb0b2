// SPDX-License-Identifier: MIT
// sched/bench/sched.c - `bench sched`: what switching, waking, creating and booting cost.
//
// Everything here runs on one hart: the measuring thread and its partners are pinned to it. Each
// metric is the mean of many operations after a warm-up, less the cost of the empty loop.
// sched/bench/across.c has what takes a second hart, each.c what all of them do at once.
#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/boot_metric.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/thread.h"
#include "mm/memory.h"
#include "sched/bench/across.h"
#include "sched/bench/among.h"
#include "sched/bench/crowd.h"
#include "sched/bench/each.h"
#include "sched/bench/tally.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"

enum { LOOPS = 1000, WARM_UP = 20, SIZES_MAX = 4 };

static uint64_t this_hart_only;   // affinity of everything that takes part
static uint64_t sizes[SIZES_MAX]; // of crowds
static int size_count;

static int spawn_here(const char *name, thread_fn *fn, void *arg)
{
    struct thread_attr attr = {.name = name, .affinity = this_hart_only};

    return thread_spawn(&attr, fn, arg);
}

// What the bare loop costs; not inlined, so that it costs the same to all who subtract it.
static NOINLINE uint64_t empty_loop(void)
{
    uint64_t start = bench_now();

    for (unsigned i = 0; i < LOOPS; i++) {
        compiler_barrier();
    }
    return bench_now() - start;
}

// Report a loop in which there were so many operations.
static void report_loop(const char *metric, const struct tally *tally, uint64_t operations,
                        unsigned threads)
{
    struct bench_sample sample = {.bench = "sched", .metric = metric, .threads = threads};

    tally_report(tally, &sample, empty_loop(), operations);
}

// ---- Yielding ----------------------------------------------------------------------------------

static int yield_for_a_while(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < WARM_UP + LOOPS; i++) {
        thread_yield();
    }
    return 0;
}

static void tally_yields(struct tally *tally)
{
    for (unsigned i = 0; i < WARM_UP; i++) {
        thread_yield();
    }
    uint64_t start = tally_begin(tally);
    for (unsigned i = 0; i < LOOPS; i++) {
        thread_yield();
        compiler_barrier();
    }
    tally_end(tally, start);
}

static int bench_yield_switch(void)
{
    struct tally tally;
    int tid = spawn_here("yields", yield_for_a_while, NULL);

    if (tid < 0) {
        return tid;
    }
    tally_yields(&tally);
    int err = thread_join(tid, NULL);
    report_loop("yield_switch", &tally, 2 * LOOPS, 2);
    return err;
}

static int bench_yield_alone(void)
{
    struct tally tally;

    tally_yields(&tally);
    report_loop("yield_alone", &tally, LOOPS, 1);
    return 0;
}

// ---- Waking ------------------------------------------------------------------------------------

static struct semaphore ping = SEMAPHORE_INIT(ping, 0);
static struct semaphore pong = SEMAPHORE_INIT(pong, 0);

static int answer(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < WARM_UP + LOOPS; i++) {
        (void)semaphore_down(&ping);
        semaphore_up(&pong);
    }
    return 0;
}

static void round_trips(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        semaphore_up(&ping);
        (void)semaphore_down(&pong);
    }
}

static int bench_event_pingpong(void)
{
    struct tally tally;
    int tid = spawn_here("answers", answer, NULL);

    if (tid < 0) {
        return tid;
    }
    round_trips(WARM_UP);
    uint64_t start = tally_begin(&tally);
    round_trips(LOOPS);
    tally_end(&tally, start);
    int err = thread_join(tid, NULL);
    report_loop("event_pingpong", &tally, LOOPS, 2);
    return err;
}

// ---- Creating ----------------------------------------------------------------------------------

static int do_nothing(void *unused)
{
    (void)unused;
    return 0;
}

static int create_and_join(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        int tid = spawn_here("nothing", do_nothing, NULL);
        int err = tid < 0 ? tid : thread_join(tid, NULL);

        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static int bench_create_join(void)
{
    struct bench_sample first = {.bench = "sched", .metric = "create_join_first", .threads = 2};
    struct tally tally;
    struct tally tally_first;

    mm_reclaim(); // so that the first has to make everything
    uint64_t first_start = tally_begin(&tally_first);
    int err = create_and_join(1);
    tally_end(&tally_first, first_start);
    if (err != 0 || (err = create_and_join(WARM_UP)) != 0) {
        return err;
    }
    uint64_t start = tally_begin(&tally);
    err = create_and_join(LOOPS);
    tally_end(&tally, start);
    tally_report(&tally_first, &first, 0, 1);
    report_loop("create_join", &tally, LOOPS, 2);
    return err;
}

static int bench_mutex_pair(void)
{
    static struct mutex mutex = MUTEX_INIT(mutex);
    struct tally tally;

    uint64_t start = tally_begin(&tally);
    for (unsigned i = 0; i < LOOPS; i++) {
        mutex_lock(&mutex);
        compiler_barrier();
        mutex_unlock(&mutex);
    }
    tally_end(&tally, start);
    report_loop("mutex_pair", &tally, LOOPS, 1);
    return 0;
}

// ---- In a crowd --------------------------------------------------------------------------------

static int for_each_size(int (*measure)(unsigned n, uint64_t affinity))
{
    int err = 0;

    for (int i = 0; i < size_count && err == 0; i++) {
        err = measure((unsigned)sizes[i], this_hart_only);
    }
    return err;
}

static int bench_pick(void)
{
    return for_each_size(bench_pick_among);
}

static int bench_wakeup(void)
{
    return for_each_size(bench_wake_among);
}

static int bench_boot(void)
{
    uint64_t value = bootargs.timing == TIMING_COUNT ? boot_instructions() : boot_ns();

    bench_report(&(struct bench_sample){.bench = "sched",
                                        .metric = "boot",
                                        .value = value * BENCH_MILLI,
                                        .unit = bootargs.timing == TIMING_COUNT ? NULL : "ns",
                                        .harts = harts_online()});
    return 0;
}

// ---- The command -------------------------------------------------------------------------------

static const struct metric {
    const char *name;
    int (*run)(void);
} metrics[] = {
    {"yield_switch", bench_yield_switch},
    {"yield_alone", bench_yield_alone},
    {"event_pingpong", bench_event_pingpong},
    {"create_join", bench_create_join},
    {"mutex_pair", bench_mutex_pair},
    {"wakeup", bench_wakeup},
    {"pick", bench_pick},
    {"wakeup_other", bench_wakeup_other},
    {"steal", bench_steal},
    {"switch_each", bench_switch_each},
    {"wake_each", bench_wake_each},
    {"boot", bench_boot},
};

static bool is_metric(const char *word)
{
    for (unsigned m = 0; m < ARRAY_SIZE(metrics); m++) {
        if (strcmp(word, metrics[m].name) == 0) {
            return true;
        }
    }
    return false;
}

// Is it among the words, or is no metric?
static bool wanted(const char *name, int argc, char **argv)
{
    bool all = true;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return true;
        }
        all = all && !is_metric(argv[i]);
    }
    return all;
}

// Returns: 0; -EINVAL, reported.
static int read_sizes(const char *text)
{
    size_count = parse_list(text, sizes, SIZES_MAX);
    for (int i = 0; i < size_count; i++) {
        if (sizes[i] < 1 || sizes[i] > CROWD_MAX) {
            size_count = -EINVAL;
        }
    }
    if (size_count <= 0) {
        printk("bench sched: crowd=%s: allowed are up to %u numbers from 1 to %u\n", text,
               SIZES_MAX, CROWD_MAX);
        return -EINVAL;
    }
    return 0;
}

// Returns: 0; -EINVAL, reported, if a word is neither an option nor a metric.
static int read_words(int argc, char **argv)
{
    const char *crowd = "10,10000";

    for (int i = 1; i < argc; i++) {
        const char *value = option_value(argv[i], "crowd");

        if (value != NULL) {
            crowd = value;
        } else if (!is_metric(argv[i])) {
            printk("bench sched: %s is not a metric\n", argv[i]);
            return -EINVAL;
        }
    }
    return read_sizes(crowd);
}

// Pin the calling thread to the hart it is on.
static int pin(void)
{
    unsigned long saved = irq_save();

    this_hart_only = UINT64_C(1) << this_hart()->cpu;
    irq_restore(saved);
    return thread_set_affinity(current()->tid, this_hart_only);
}

static int run_metric(const struct metric *metric)
{
    int err = metric->run();

    if (err != 0) {
        printk("bench sched: %s: error %d (more MEM?)\n", metric->name, -err);
    }
    return err;
}

static int bench_sched(int argc, char **argv)
{
    if (read_words(argc, argv) != 0) {
        return -EINVAL;
    }
    int err = pin();
    bench_table("bench sched");
    for (unsigned i = 0; i < ARRAY_SIZE(metrics) && err == 0; i++) {
        if (wanted(metrics[i].name, argc, argv)) {
            err = run_metric(&metrics[i]);
        }
    }
    (void)thread_set_affinity(current()->tid, ~UINT64_C(0));
    return err != 0;
}
COMMAND(bench_sched, "bench sched",
        "[yield_switch yield_alone event_pingpong create_join mutex_pair wakeup pick "
        "wakeup_other steal switch_each wake_each boot]",
        "what switching, waking, creating and booting cost: all, or those named", bench_sched);
