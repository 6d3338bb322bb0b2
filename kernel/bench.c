// SPDX-License-Identifier: MIT
// kernel/bench.c - reporting what was measured.
#include "kernel/bench.h"

#include "kernel/base/format.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/time.h"
#include "kernel/timer.h"
#include "sched/policy.h"
#include "sync/spinlock.h"

enum { RECORD_BYTES = 704, NUMBER_BYTES = 32 };

uint64_t bench_now(void)
{
    switch (bootargs.timing) {
    case TIMING_COUNT:
        return read_instret();
    case TIMING_MODEL:
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
    };

    return units[bootargs.timing];
}

uint64_t bench_per_operation(uint64_t elapsed, uint64_t empty, uint64_t operations)
{
    uint64_t net = elapsed > empty ? elapsed - empty : 0;

    return operations == 0 ? 0 : net * BENCH_MILLI / operations;
}

void bench_table(const char *title)
{
    printk("%s (time is %s", title, bench_unit());
    if (bootargs.timing == TIMING_HOST) {
        printk(" of the host: good for a look, not for comparing");
    }
    printk(")\n%-18s %-8s %5s %7s %14s  %s\n", "METRIC", "LOCK", "HARTS", "THREADS", "VALUE",
           "UNIT");
}

// ---- The record --------------------------------------------------------------------------------

struct record {
    char text[RECORD_BYTES];
    size_t length;
};

static void put_between(struct record *r, const char *key, const char *quote, const char *value)
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

// Had the host at least as many free cores as the machine has harts? The fraction does not count.
static bool host_was_free(void)
{
    uint64_t free = 0;

    for (const char *c = bootargs.host_free; *c >= '0' && *c <= '9'; c++) {
        free = free * 10 + (uint64_t)(*c - '0');
    }
    return free >= harts_present();
}

static void put_validity(struct record *r, const struct bench_sample *sample)
{
    const char *reason = sample->invalid;

    if (reason == NULL && bootargs.timing == TIMING_HOST && sample->harts > 1 && !host_was_free()) {
        reason = "timing=host with fewer free host cores than harts";
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
    put_text(r, "build", CONFIG_BUILD);
    put_number(r, "seed", bootargs.seed);
    put_text(r, "rev", bootargs.rev);
    put_text(r, "qemu", bootargs.qemu);
    put_host(r, "host_cpus", bootargs.host_cpus);
    put_host(r, "host_free", bootargs.host_free);
}

static const char *unit_of(const struct bench_sample *sample)
{
    return sample->unit != NULL ? sample->unit : bench_unit();
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
    printk("%-18s %-8s %5u %7u %14s  %s\n", sample->metric, lock_of(sample),
           at_least_one(sample->harts), at_least_one(sample->threads), value, unit_of(sample));
    bench_record(sample);
}
