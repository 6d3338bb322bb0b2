// SPDX-License-Identifier: MIT
// sched/workload/workload.c - `workload NAME`: run one, and report what each thread got.
#include "sched/workload/workload.h"

#include "kernel/abi/errno.h"
#include "kernel/base/format.h"
#include "kernel/base/stats.h"
#include "kernel/base/string.h"
#include "kernel/bench.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/runq.h"
#include "kernel/timer.h"

enum { EVEN_BELOW_MILLI = 1500, STEPS = 100, NUMBER_BYTES = 32 };

static const struct workload *const workloads[] = {
    &workload_stride, &workload_priority, &workload_matrix, &workload_sleepers, &workload_lab4,
};

static struct worker workers[WORKERS_MAX]; // one command runs at a time

// ---- For bodies and checks ---------------------------------------------------------------------

uint64_t work_run_ns(void)
{
    struct thread_info info;

    dispatch_describe(current(), &info);
    return info.run_ns;
}

uint64_t work_time_ns(const struct worker *w, unsigned quanta)
{
    return w->start_ns + quanta * bootargs.quantum_ns;
}

void work_until(uint64_t end_ns)
{
    while (time_now_ns() < end_ns) {
        for (unsigned i = 0; i < STEPS; i++) {
            compiler_barrier();
        }
    }
}

bool work_is_even(const char *what, const uint64_t shares[], unsigned count)
{
    uint64_t least = stats_min(shares, count);
    uint64_t spread = stats_max(shares, count) * WORK_MILLI / (least != 0 ? least : 1);
    char found[NUMBER_BYTES];
    char bound[NUMBER_BYTES];

    (void)format_fixed(found, sizeof(found), spread, 3);
    (void)format_fixed(bound, sizeof(bound), EVEN_BELOW_MILLI, 3);
    printk("%s, most by least: %s; should be below %s\n", what, found, bound);
    return spread < EVEN_BELOW_MILLI;
}

// ---- Running -----------------------------------------------------------------------------------

static const struct workload *running;

static int work(void *arg)
{
    struct worker *w = arg;

    w->began_ns = time_now_ns();
    running->body(w);
    w->run_ns = work_run_ns();
    w->ended_ns = time_now_ns();
    return 0;
}

static int start(struct worker *w, unsigned number, uint64_t start_ns)
{
    *w = (struct worker){.number = number, .start_ns = start_ns, .spawned_ns = time_now_ns()};
    if (running->priority_first != 0) {
        w->priority = running->priority_first + (int)number * running->priority_step;
    }
    w->tid = thread_spawn(&(struct thread_attr){.name = running->name, .priority = w->priority},
                          work, w);
    return w->tid < 0 ? w->tid : 0;
}

// Run the workload to its end. Returns: 0; -errno if not every thread could be started and joined.
static int run(void)
{
    uint64_t start_ns = time_now_ns();
    unsigned started = 0;
    int err = 0;

    while (started < running->threads && (err = start(&workers[started], started, start_ns)) == 0) {
        started++;
    }
    for (unsigned i = 0; i < started; i++) {
        int joined = thread_join(workers[i].tid, NULL);

        err = err != 0 ? err : joined;
    }
    return err;
}

// ---- Reporting ---------------------------------------------------------------------------------

struct times {
    uint64_t turnaround_ns;
    uint64_t response_ns;
    uint64_t wait_ns;
};

static struct times times_of(const struct worker *w)
{
    uint64_t turnaround = w->ended_ns - w->spawned_ns;
    uint64_t busy = w->run_ns + w->slept_ns;

    return (struct times){
        .turnaround_ns = turnaround,
        .response_ns = w->began_ns - w->spawned_ns,
        .wait_ns = turnaround > busy ? turnaround - busy : 0,
    };
}

static void print_ms(uint64_t ns)
{
    char ms[NUMBER_BYTES];

    (void)format_fixed(ms, sizeof(ms), ns / 1000, 3);
    printk(" %14s", ms);
}

static void print_worker(const struct worker *w)
{
    struct times t = times_of(w);

    printk("%6u %4d", w->number, w->priority != 0 ? w->priority : SCHED_PRIORITY_DEFAULT);
    print_ms(t.turnaround_ns);
    print_ms(t.response_ns);
    print_ms(t.wait_ns);
    print_ms(w->run_ns);
    printk("\n");
}

static void record(const struct worker *w, const char *metric, uint64_t value, const char *unit)
{
    bench_record(&(struct bench_sample){
        .bench = running->name,
        .metric = metric,
        .value = value,
        .unit = unit,
        .harts = harts_online(),
        .threads = running->threads,
        .thread = w != NULL ? w->number + 1 : 0,
        .priority = w != NULL ? w->priority : 0,
    });
}

static void record_worker(const struct worker *w)
{
    struct times t = times_of(w);

    record(w, "turnaround", t.turnaround_ns * BENCH_MILLI, "ns");
    record(w, "response", t.response_ns * BENCH_MILLI, "ns");
    record(w, "wait", t.wait_ns * BENCH_MILLI, "ns");
    record(w, "run", w->run_ns * BENCH_MILLI, "ns");
}

// Jain's index of what each thread got, by its priority where those differ.
static uint64_t jain(void)
{
    uint64_t shares[WORKERS_MAX];

    for (unsigned i = 0; i < running->threads; i++) {
        shares[i] = workers[i].run_ns / (uint64_t)(workers[i].priority | !workers[i].priority);
    }
    return stats_jain(shares, running->threads);
}

static void report(void)
{
    char index[NUMBER_BYTES];

    printk("%6s %4s %14s %14s %14s %14s\n", "THREAD", "PRIO", "TURNAROUND ms", "RESPONSE ms",
           "WAIT ms", "RUN ms");
    for (unsigned i = 0; i < running->threads; i++) {
        print_worker(&workers[i]);
    }
    (void)format_fixed(index, sizeof(index), jain() * BENCH_MILLI / STATS_ONE, 3);
    printk("Jain's index of run time%s: %s\n", running->priority_first != 0 ? " by priority" : "",
           index);
    for (unsigned i = 0; i < running->threads; i++) {
        record_worker(&workers[i]);
    }
    record(NULL, "jain", jain() * BENCH_MILLI / STATS_ONE, "ratio");
}

// Why a check that does not hold could not.
static const char *excuse(void)
{
    const struct workload *w = running;
    unsigned best = (unsigned)w->priority_first + (w->threads - 1) * (unsigned)w->priority_step;
    unsigned all = w->threads * ((unsigned)w->priority_first + best) / 2;

    if (w->priority_first != 0 && runq_policy.set_params == NULL) {
        return ": the policy has no priorities";
    }
    if (w->priority_first != 0 && harts_online() * best > all) {
        return ": so many harts cannot be shared like this";
    }
    return "";
}

// ---- The command -------------------------------------------------------------------------------

static const struct workload *find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(workloads); i++) {
        if (strcmp(workloads[i]->name, name) == 0) {
            return workloads[i];
        }
    }
    return NULL;
}

static int workload(int argc, char **argv)
{
    if (argc != 2 || (running = find(argv[1])) == NULL) {
        return -EINVAL;
    }
    printk("workload %s: %u threads, policy %s, harts %u\n", running->name, running->threads,
           runq_policy.name, harts_online());
    int err = run();
    if (err != 0) {
        printk("workload %s: error %d\n", running->name, -err);
        return 1;
    }
    report();
    bool holds = running->holds(workers, running->threads);
    record(NULL, "check", holds ? BENCH_MILLI : 0, "count");
    printk("workload %s: %s%s\n", running->name, holds ? "pass" : "FAIL", holds ? "" : excuse());
    return holds ? 0 : 1;
}
COMMAND(workload, "workload", "stride|priority|matrix|sleepers|lab4",
        "run threads that share the harts, say what each got, and check it", workload);
