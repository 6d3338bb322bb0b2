// SPDX-License-Identifier: MIT
// sync/bench/lock_report.c - what came out of a sample of `bench locks`, as rows.
#include "sync/bench/lock_report.h"

#include "kernel/base/compiler.h"
#include "kernel/base/format.h"
#include "kernel/base/stats.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/console.h"

void lock_collect(const struct lock_sample *s, struct lock_findings *f)
{
    *f = (struct lock_findings){.admitted = f->admitted};
    for (unsigned i = 0; i < s->harts; i++) {
        const struct lock_hart *h = &s->hart[i];

        f->acquired[i] = h->acquired;
        f->total += h->acquired;
        f->late += h->late;
        f->handoffs += h->handoffs;
        f->overlaps += h->overlaps;
        f->transfers += h->transfers;
        f->upgrades += h->upgrades;
    }
    f->lost_updates = exclusion_lost_updates(&s->guarded, f->total + f->late);
}

bool lock_violated(const struct lock_sample *s, const struct lock_findings *f)
{
    return lock_case_excludes(s->running) &&
           (f->overlaps > 0 || f->lost_updates || f->admitted > 0);
}

// Never inlined: it has a caller a metric.
NOINLINE void lock_row(const struct lock_sample *s, const char *metric, uint64_t value,
                       const char *unit)
{
    bench_report(&(struct bench_sample){
        .bench = "locks",
        .metric = metric,
        .value = value,
        .unit = unit,
        .harts = s->harts,
        .threads = s->harts,
        .lock = s->running->name,
        .region = s->region,
        .invalid = s->violated ? "mutual exclusion was violated" : NULL,
    });
}

// Those past the target are counted too: the lines that they moved are.
static void report_lines(const struct lock_sample *s, const struct lock_findings *f)
{
    uint64_t all = f->total + f->late;

    lock_row(s, "transfers_per_acquisition", f->transfers * BENCH_MILLI / all, "ratio");
    lock_row(s, "upgrades_per_acquisition", f->upgrades * BENCH_MILLI / all, "ratio");
}

void lock_report(const struct lock_sample *s, const struct lock_findings *f)
{
    uint64_t least = stats_min(f->acquired, s->harts) * BENCH_MILLI;
    uint64_t most = stats_max(f->acquired, s->harts) * BENCH_MILLI;
    uint64_t jain = stats_jain(f->acquired, s->harts);

    lock_row(s, "per_acquisition", bench_per_operation(s->end - s->start, 0, f->total), NULL);
    lock_row(s, "acquisitions", f->total * BENCH_MILLI, "count");
    lock_row(s, "hart_share_min", least / f->total, "ratio");
    lock_row(s, "hart_share_max", most / f->total, "ratio");
    lock_row(s, "handoffs", f->handoffs * BENCH_MILLI, "count");
    lock_row(s, "jain", jain / (STATS_ONE / BENCH_MILLI), "ratio");
    if (s->counts_lines) {
        report_lines(s, f);
    }
}

static void sort_into(struct lock_times *t, const struct lock_stamp log[], size_t count)
{
    memset(t, 0, sizeof(*t));
    for (size_t i = 0; i < count; i++) {
        if (log[i].who != 0) {
            histogram_add(&t->wait, log[i].owned - log[i].begun);
            histogram_add(&t->hold, log[i].left - log[i].owned);
        }
    }
}

static void report_order(const struct lock_sample *s)
{
    size_t run = lock_order_longest_run(s->log, LOCK_LOG_MAX);
    size_t violations = lock_order_violations(s->log, LOCK_LOG_MAX);

    lock_row(s, "longest_run", run * BENCH_MILLI, "count");
    if (s->hart[0].arrived != 0) { // null, for one, never says SPIN_ARRIVED()
        lock_row(s, "fifo_violations", violations * BENCH_MILLI, "count");
    }
}

static void report_times(const struct lock_sample *s, const struct histogram *h, const char *what)
{
    static const struct {
        char name[sizeof("p99.9")];
        uint16_t permille;
    } percentiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p99.9", 999}, {"max", 1000}};

    for (unsigned i = 0; i < ARRAY_SIZE(percentiles); i++) {
        uint64_t cycles = histogram_percentile(h, percentiles[i].permille);
        char metric[sizeof("wait_p99.9")];

        (void)format(metric, sizeof(metric), "%s_%s", what, percentiles[i].name);
        lock_row(s, metric, cycles * BENCH_MILLI, NULL);
    }
}

void lock_report_traced(const struct lock_sample *s, struct lock_times *t)
{
    sort_into(t, s->log, LOCK_LOG_MAX);
    report_times(s, &t->wait, "wait");
    report_times(s, &t->hold, "hold");
    report_order(s);
}

void lock_report_violation(const struct lock_sample *s, const struct lock_findings *f)
{
    printk("VIOLATION: %s, harts=%u, admitted a second owner: %u of %u probes on one hart, "
           "%lu overlaps, %s\n",
           s->running->name, s->harts, f->admitted, LOCK_PROBES, f->overlaps,
           f->lost_updates ? "updates lost" : "no update lost");
}
