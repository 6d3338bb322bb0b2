// SPDX-License-Identifier: MIT
// sync/bench/locks.c - `bench locks`: what each spin algorithm costs, and whom it favours.
//
// A sample is one algorithm with one number of harts: as many acquisitions as asked for, under
// TIMING=host for at most LOCK_HOST_NS, by one thread pinned to each hart that takes part. See
// lock_loops.h for the loop, exclusion.h for what judges it. A lock that admits a second owner
// fails the command, but null, which takes no lock: its rows are the price of the harness, to be
// subtracted by the reader. Context: one at a time, at the prompt: the sample is static, so that it
// has cache lines of its own.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/riscv/model.h"
#include "kernel/riscv/relax.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "mm/frame.h"
#include "sync/bench/lock_loops.h"
#include "sync/bench/lock_options.h"
#include "sync/bench/lock_pairs.h"
#include "sync/bench/lock_plot.h"
#include "sync/bench/lock_report.h"
#include "sync/spinlock.h"

enum {
    LOCK_HOST_NS = 200000000,
    LOCK_SLOW_NS = 1000000, // a chunk of turns that takes longer is one that should be smaller
    LOCK_POLL_NS = 1000000
};

// ---- One sample --------------------------------------------------------------------------------

static struct lock_sample sample;

// Sleep until every hart has its thread: harts that yielded instead would fight for the run queue
// with the ones still to come. Then spin until all are awake; the last one starts the clock.
static void wait_for_start(struct lock_sample *s)
{
    // relaxed: only counts. The next counter orders what was done before the start.
    atomic_fetch_add_explicit(&s->arrived, 1, memory_order_relaxed);
    while (atomic_load_explicit(&s->arrived, memory_order_relaxed) < s->harts &&
           !lock_sample_stopped(s)) {
        (void)thread_sleep(LOCK_POLL_NS); // if it was killed, this spins, until all are here
    }
    // acq_rel: the last one sees, and passes on, what each did before.
    if (atomic_fetch_add_explicit(&s->awake, 1, memory_order_acq_rel) + 1 == s->harts) {
        s->deadline = bootargs.timing == TIMING_HOST ? deadline_after_ns(LOCK_HOST_NS) : TIME_NEVER;
        s->region = s->log == NULL ? bench_region_begin() : 0;
        s->start = bench_now();
        // release: pairs with the acquire below; publishes start and deadline.
        atomic_store_explicit(&s->go, 1, memory_order_release);
    }
    // acquire: pairs with the release above.
    while (atomic_load_explicit(&s->go, memory_order_acquire) == 0 && !lock_sample_stopped(s)) {
        cpu_relax();
    }
}

static void take_turns(struct lock_sample *s, struct lock_hart *me, unsigned turns)
{
    unsigned long saved = irq_save();

    if (s->log != NULL) {
        s->running->traced(s, me, turns);
    } else {
        s->running->turns(s, me, turns);
    }
    irq_restore(saved);
}

// With a deadline, look at the clock between chunks, and take small ones while they are slow: on a
// host that runs few of the harts at a time, one turn at a FIFO lock can take longer than the
// sample may.
static void take_turns_until_deadline(struct lock_sample *s, struct lock_hart *me)
{
    const uint64_t slow_ticks = ns_to_ticks(LOCK_SLOW_NS);
    uint64_t before = time_now_ticks();
    unsigned turns = 1;

    while (!lock_sample_stopped(s)) {
        take_turns(s, me, turns);
        uint64_t now = time_now_ticks();

        if (now >= s->deadline) {
            lock_sample_stop(s);
        }
        turns = now - before >= slow_ticks ? 1 : turns < LOCK_CHUNK ? 2 * turns : LOCK_CHUNK;
        before = now;
    }
}

// The counters run always, so what they show first is taken off what they show last.
static void count_lines_from_here(struct lock_hart *me)
{
    me->transfers = -model_counter(MODEL_TRANSFERS);
    me->upgrades = -model_counter(MODEL_UPGRADES);
}

static void count_lines_to_here(struct lock_hart *me)
{
    me->transfers += model_counter(MODEL_TRANSFERS);
    me->upgrades += model_counter(MODEL_UPGRADES);
}

static int take_part(void *arg)
{
    struct lock_sample *s = &sample;

    wait_for_start(s);
    if (s->counts_lines) {
        count_lines_from_here(arg);
    }
    if (s->deadline != TIME_NEVER) {
        take_turns_until_deadline(s, arg);
    }
    while (!lock_sample_stopped(s)) {
        take_turns(s, arg, LOCK_CHUNK);
    }
    if (s->counts_lines) {
        count_lines_to_here(arg);
    }
    return 0;
}

static void prepare(struct lock_sample *s, const struct lock_case *c, unsigned harts,
                    const struct lock_options *o)
{
    memset(s, 0, sizeof(*s));
    s->running = c;
    s->harts = harts;
    s->counts_lines = bootargs.timing == TIMING_MODEL || bootargs.timing == TIMING_EXPLORE;
    s->cs = o->cs;
    s->think = o->think;
    s->target = o->target;
}

// Start a thread on each of the first `harts` harts. Returns: how many started; stops the sample
// and says so if that is fewer.
static unsigned start_all(struct lock_sample *s, tid_t tids[])
{
    uint64_t online = harts_online_mask();

    for (unsigned i = 0; i < s->harts; i++) {
        struct thread_attr attr = {.name = "bench locks", .affinity = online & -online};

        online &= online - 1;
        s->hart[i].who = i + 1;
        tids[i] = thread_spawn(&attr, take_part, &s->hart[i]);
        if (tids[i] < 0) {
            printk("bench locks: no thread for hart %u of %u: error %d\n", i, s->harts, tids[i]);
            lock_sample_stop(s);
            return i;
        }
    }
    return s->harts;
}

// Run the sample that was prepared. Returns: 0, or -errno if a thread is missing.
static int run(struct lock_sample *s)
{
    tid_t tids[MAX_HARTS];
    unsigned started = start_all(s, tids);
    int error = started == s->harts ? 0 : -EAGAIN;

    for (unsigned i = 0; i < started; i++) {
        int failed = thread_join(tids[i], NULL);

        if (failed != 0) { // this thread was killed: let the others go
            lock_sample_stop(s);
            error = failed;
        }
    }
    return error;
}

// ---- What is measured --------------------------------------------------------------------------

// Only under TIMING=model; kept for good, since a thread that outlived a command that was killed
// may still be writing to the log.
static struct lock_trace {
    struct lock_stamp log[LOCK_LOG_MAX];
    struct lock_times times;
    struct lock_plot plot;
} *trace;

// Returns: 0, or -ENOMEM.
static int prepare_trace(void)
{
    unsigned order = 0;

    while (PAGE_SIZE << order < sizeof(*trace)) {
        order++;
    }
    if (trace == NULL) {
        trace = frames_alloc(order);
    }
    return trace != NULL ? 0 : -ENOMEM;
}

// On one hart no second owner comes by itself, so the probe is what shows a broken lock there.
static unsigned probe(const struct lock_case *c)
{
    union any_lock fresh = {};
    unsigned long saved = irq_save();
    unsigned admitted = c->probe(&fresh);

    irq_restore(saved);
    return admitted;
}

// Run the sample that was prepared, and judge it.
// Returns: 0; 1, reported, if the lock was seen to admit a second owner; -errno if a thread is
// missing.
static int take_sample(struct lock_sample *s, struct lock_findings *f)
{
    int error = run(s);

    if (error != 0) {
        return error;
    }
    f->admitted = probe(s->running);
    lock_collect(s, f);
    s->violated = lock_violated(s, f);
    if (s->violated) {
        lock_report_violation(s, f);
    }
    return s->violated;
}

// Returns: as take_sample(). A lock that does not exclude gives its acquisitions no numbers of
// their own, which the log needs: then there are no rows.
static int measure_traced(struct lock_sample *s, struct lock_findings *f)
{
    if (s->harts > 1 && !lock_case_excludes(s->running)) {
        return 0;
    }
    memset(trace->log, 0, sizeof(trace->log));
    s->log = trace->log;
    s->target = min_u64(s->target, LOCK_TRACED_TARGET);
    int status = take_sample(s, f);

    if (status >= 0) {
        lock_report_traced(s, &trace->times);
    }
    return status;
}

// Number `i` of the locks, on number `h` of the numbers of harts. Returns: as take_sample().
static int measure(const struct lock_options *o, unsigned i, unsigned h)
{
    static struct lock_findings f; // too large for the stack, like the sample
    struct lock_sample *s = &sample;

    prepare(s, o->cases[i], (unsigned)o->harts[h], o);
    int status = take_sample(s, &f);

    if (status < 0) {
        return status;
    }
    lock_report(s, &f);
    if (s->harts == 1 && strcmp(s->running->name, SPIN_NAME) == 0) {
        // The kernel's own spinlock, alone: rows of its algorithm.
        lock_row(s, "irqsave_pair", lock_irqsave_pair_milli(), NULL);
        lock_row(s, "nested_pair", lock_nested_pair_milli(), NULL);
    }
    if (trace == NULL || !o->waits) {
        return status;
    }
    trace->plot.price[i][h] = bench_per_operation(s->end - s->start, 0, f.total);
    prepare(s, o->cases[i], (unsigned)o->harts[h], o);
    int traced = measure_traced(s, &f);

    return traced < 0 ? traced : status | traced;
}

// Returns: as measure(); the worst of all locks.
static int measure_all(const struct lock_options *o, unsigned h)
{
    int status = 0;

    for (unsigned i = 0; i < o->cases_count; i++) {
        int result = measure(o, i, h);

        if (result < 0) {
            return result;
        }
        status |= result;
    }
    return status;
}

static void explain_unchecked(const struct lock_options *o)
{
    for (unsigned i = 0; i < o->cases_count; i++) {
        if (!lock_case_excludes(o->cases[i])) {
            printk("%s takes no lock: its rows are the price of the harness, and not checked.\n",
                   o->cases[i]->name);
            return;
        }
    }
}

static int bench_locks(int argc, char **argv)
{
    static struct lock_options o;
    int status = lock_options_parse(argc, argv, &o);

    if (status == 0 && bootargs.timing == TIMING_MODEL && o.waits) {
        status = prepare_trace();
    }
    if (status != 0) {
        return status;
    }
    bench_table("bench locks");
    for (unsigned h = 0; h < o.harts_count && status >= 0; h++) {
        int result = measure_all(&o, h);

        status = result < 0 ? result : status | result;
    }
    if (status >= 0 && trace != NULL && o.waits && o.harts_count > 1) {
        lock_plot_print(&trace->plot, &o);
    }
    explain_unchecked(&o);
    return status;
}

COMMAND(bench_locks, "bench locks",
        "[harts=LIST] [locks=LIST] [cs=10] [think=20] [acquisitions=N] [waits=1]",
        "price the spin algorithms, alone and contended", bench_locks);
