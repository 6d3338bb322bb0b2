// SPDX-License-Identifier: MIT
// kernel/bench.c - reporting what was measured.
#include "kernel/bench.h"

#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/model.h"
#include "kernel/riscv/time.h"
#include "kernel/timer.h"
#include "sched/policy.h"
#include "sync/spinlock.h"

enum { RECORD_BYTES = 768, NUMBER_BYTES = 32 };

uint64_t bench_now(void)
{
    switch (bootargs.timing) {
    case TIMING_COUNT:
        return read_instret();
    case TIMING_MODEL:
    case TIMING_EXPLORE:
        return read_cycle();
    case TIMING_HOST:
        break;
    }
    return time_now_ns();
}

const char *bench_unit(void)
{
    static const char *const units[] = {
        [TIMING_HOST] = "ns",
        [TIMING_COUNT] = "instructions",
        [TIMING_MODEL] = "cycles",
        [TIMING_EXPLORE] = "cycles",
    };

    return units[bootargs.timing];
}

bool bench_has_counters(void)
{
    return bootargs.counters;
}

unsigned bench_region_begin(void)
{
    static unsigned regions; // this file's caller only

    if (!bootargs.counters) {
        return 0;
    }
    regions++;
    model_region_begin();
    return regions;
}

void bench_region_end(void)
{
    model_region_end();
}

uint64_t bench_per_operation(uint64_t elapsed, uint64_t empty, uint64_t operations)
{
    uint64_t net = elapsed > empty ? elapsed - empty : 0;

    return operations == 0 ? 0 : net * BENCH_MILLI / operations;
}

// Had the host at least as many free cores as the machine has harts? The fraction does not count.
static bool host_was_free(void)
{
    uint64_t free = 0;

    for (const char *c = bootargs.host_free; *c >= '0' && *c <= '9'; c++) {
        free = free * 10 + (uint64_t)(*c - '0');
    }
    return free >= harts_present();
}

void bench_print_time(void)
{
    printk("time is %s", bench_unit());
    switch (bootargs.timing) {
    case TIMING_HOST:
        printk(" of the host: good for a look, not for comparing");
        break;
    case TIMING_COUNT:
        break;
    case TIMING_MODEL:
        printk(" of the timing model: machine %s, seed %lu", bootargs.model, bootargs.seed);
        break;
    case TIMING_EXPLORE:
        printk(" that mean nothing: seed %lu explores an interleaving", bootargs.seed);
        break;
    }
}

static void warn_of_host(const char *command)
{
    if (bootargs.timing == TIMING_HOST && harts_present() > 1 && !host_was_free()) {
        printk("Figures of several harts will be invalid: the host had %s free cores for %u "
               "harts.\nRun instead: make qemu SMP=%u CMD='%s'\n",
               bootargs.host_free[0] != '\0' ? bootargs.host_free : "no known", harts_present(),
               harts_present(), command);
    }
}

void bench_table(const char *command)
{
    warn_of_host(command);
    printk("%s (", command);
    bench_print_time();
    printk(")\n%-29s %-8s %5s %7s %14s  %s\n", "METRIC", "LOCK", "HARTS", "THREADS", "VALUE",
           "UNIT");
}

// ---- The record --------------------------------------------------------------------------------

struct record {
    char text[RECORD_BYTES];
    size_t length;
};

static NOINLINE void put_between(struct record *r, const char *key, const char *quote,
                                 const char *value)
{
    size_t room = sizeof(r->text) - r->length;
    size_t length = format(r->text + r->length, room, "%s\"%s\": %s%s%s",
                           r->length == 0 ? "" : ", ", key, quote, value, quote);

    r->length += length < room ? length : room - 1;
}

static void put(struct record *r, const char *key, const char *value)
{
    put_between(r, key, "", value);
}

// The words of the bootargs hold no quote and no backslash: options_split() takes the first, and
// the launcher writes neither.
static void put_text(struct record *r, const char *key, const char *value)
{
    put_between(r, key, "\"", value);
}

static void put_number(struct record *r, const char *key, uint64_t value)
{
    char number[NUMBER_BYTES];

    (void)format(number, sizeof(number), "%lu", value);
    put(r, key, number);
}

static void put_host(struct record *r, const char *key, const char *value)
{
    put(r, key, value[0] != '\0' && bootargs.timing == TIMING_HOST ? value : "null");
}

static const char *unit_of(const struct bench_sample *sample)
{
    return sample->unit != NULL ? sample->unit : bench_unit();
}

static bool is_timed(const struct bench_sample *sample)
{
    const char *unit = unit_of(sample);

    return strcmp(unit, "count") != 0 && strcmp(unit, "ratio") != 0;
}

static void put_validity(struct record *r, const struct bench_sample *sample)
{
    const char *reason = sample->invalid;

    if (reason == NULL && bootargs.timing == TIMING_HOST && sample->harts > 1 && !host_was_free()) {
        reason = "timing=host with fewer free host cores than harts";
    }
    if (reason == NULL && bootargs.timing == TIMING_EXPLORE && is_timed(sample)) {
        reason = "timing=explore: time serves the interleaving and means nothing";
    }
    put(r, "valid", reason == NULL ? "true" : "false");
    if (reason != NULL) {
        put_text(r, "reason", reason);
    }
}

static void put_machine(struct record *r)
{
    put_number(r, "smp", harts_present());
    put_text(r, "kernel_lock", SPIN_NAME);
    put_text(r, "sched", bootargs.sched);
    put_text(r, "queues", bootargs.queues);
    put_text(r, "victim", bootargs.victim);
    put_text(r, "take", bootargs.take);
    put_number(r, "quantum", bootargs.quantum_ns / 1000);
    put_text(r, "timing", bootargs.timing_name);
    put_between(r, "model", bootargs.model[0] != '\0' ? "\"" : "",
                bootargs.model[0] != '\0' ? bootargs.model : "null");
    put_text(r, "build", CONFIG_BUILD);
    put_number(r, "seed", bootargs.seed);
    put_text(r, "rev", bootargs.rev);
    put_text(r, "qemu", bootargs.qemu);
    put_host(r, "host_cpus", bootargs.host_cpus);
    put_host(r, "host_free", bootargs.host_free);
}

static const char *lock_of(const struct bench_sample *sample)
{
    return sample->lock != NULL ? sample->lock : SPIN_NAME;
}

static unsigned at_least_one(unsigned n)
{
    return n != 0 ? n : 1;
}

static void put_sample(struct record *r, const struct bench_sample *sample)
{
    char value[NUMBER_BYTES];

    (void)format_fixed(value, sizeof(value), sample->value, 3);
    put_text(r, "bench", sample->bench);
    put_text(r, "metric", sample->metric);
    put(r, "value", value);
    put_text(r, "unit", unit_of(sample));
    put_number(r, "harts", at_least_one(sample->harts));
    put_text(r, "lock", lock_of(sample));
    put_number(r, "threads", at_least_one(sample->threads));
    if (sample->region != 0) {
        put_number(r, "region", sample->region);
    }
    if (sample->thread != 0) {
        put_number(r, "thread", sample->thread - 1);
        put_number(r, "priority",
                   (uint64_t)(sample->priority != 0 ? sample->priority : SCHED_PRIORITY_DEFAULT));
    }
}

void bench_record(const struct bench_sample *sample)
{
    struct record r = {.length = 0};

    put_sample(&r, sample);
    put_machine(&r);
    put_validity(&r, sample);
    printk("RESULT {%s}\n", r.text);
}

void bench_report(const struct bench_sample *sample)
{
    char value[NUMBER_BYTES];

    (void)format_fixed(value, sizeof(value), sample->value, 3);
    printk("%-29s %-8s %5u %7u %14s  %s\n", sample->metric, lock_of(sample),
           at_least_one(sample->harts), at_least_one(sample->threads), value, unit_of(sample));
    bench_record(sample);
}
