// SPDX-License-Identifier: MIT
// sched/bench/tally.c - what happened while something was measured.
#include "sched/bench/tally.h"

#include "kernel/base/format.h"
#include "kernel/bootargs.h"
#include "kernel/riscv/model.h"

enum { NAME_BYTES = 48, EVERYWHERE = 3 };

// The first EVERYWHERE are there under count, too.
static const char *const names[TALLY_COUNTERS] = {
    "tlb_flushes", "satp_changes", "sum_changes", "transfers", "upgrades",
};

// How many of the counters are there.
static unsigned counters(void)
{
    if (!bench_has_counters()) {
        return 0;
    }
    return bootargs.timing == TIMING_COUNT ? EVERYWHERE : TALLY_COUNTERS;
}

void tally_read(struct tally *t)
{
    *t = (struct tally){.elapsed = 0};
    if (counters() >= EVERYWHERE) {
        t->counters[0] = model_counter(MODEL_TLB_FLUSHES);
        t->counters[1] = model_counter(MODEL_SATP_CHANGES);
        t->counters[2] = model_counter(MODEL_SUM_CHANGES);
    }
    if (counters() == TALLY_COUNTERS) {
        t->counters[3] = model_counter(MODEL_TRANSFERS);
        t->counters[4] = model_counter(MODEL_UPGRADES);
    }
}

void tally_subtract(struct tally *t)
{
    struct tally now;

    tally_read(&now);
    for (unsigned i = 0; i < TALLY_COUNTERS; i++) {
        t->counters[i] = now.counters[i] - t->counters[i];
    }
}

void tally_add(struct tally *t, const struct tally *more)
{
    t->elapsed += more->elapsed;
    for (unsigned i = 0; i < TALLY_COUNTERS; i++) {
        t->counters[i] += more->counters[i];
    }
}

static void report_counter(const struct bench_sample *sample, const char *name, uint64_t value)
{
    struct bench_sample counted = *sample;
    char metric[NAME_BYTES];

    (void)format(metric, sizeof(metric), "%s_%s", sample->metric, name);
    counted.metric = metric;
    counted.value = value;
    counted.unit = "count";
    if (value != 0) {
        bench_report(&counted);
    } else {
        bench_record(&counted);
    }
}

void tally_report_time(const struct tally *t, const struct bench_sample *sample, uint64_t empty,
                       uint64_t operations)
{
    struct bench_sample timed = *sample;

    timed.value = bench_per_operation(t->elapsed, empty, operations);
    bench_report(&timed);
}

void tally_report(const struct tally *t, const struct bench_sample *sample, uint64_t empty,
                  uint64_t operations)
{
    tally_report_time(t, sample, empty, operations);
    for (unsigned i = 0; i < counters(); i++) {
        report_counter(sample, names[i], bench_per_operation(t->counters[i], 0, operations));
    }
}
