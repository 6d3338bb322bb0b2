// SPDX-License-Identifier: MIT
// sched/bench/crowds.c - `bench crowd`: what a thread costs when there are very many of them.
//
// All are made and park, all are woken, all end and are joined. What a thread costs must not depend
// on how many there are.
#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/bench.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "mm/memory.h"
#include "sched/bench/crowd.h"

enum { SIZES_MAX = 8 };

static void report(const char *metric, uint64_t elapsed, unsigned threads)
{
    bench_report(&(struct bench_sample){.bench = "crowd",
                                        .metric = metric,
                                        .value = bench_per_operation(elapsed, 0, threads),
                                        .threads = threads,
                                        .harts = harts_online()});
}

static int measure(unsigned threads)
{
    mm_reclaim(); // so that everything has to be made
    uint64_t start = bench_now();
    int err = crowd_start(threads, 0, CROWD_SLEEPS);
    uint64_t parked = bench_now();
    crowd_wake();
    uint64_t woken = bench_now();
    crowd_stop();
    uint64_t gone = bench_now();

    if (err != 0) {
        printk("bench crowd: %u threads: error %d (more MEM?)\n", threads, -err);
        return 1;
    }
    report("create_park", parked - start, threads);
    report("unpark", woken - parked, threads);
    report("exit_join", gone - woken, threads);
    return 0;
}

// Returns: how many sizes; -EINVAL, reported.
static int read_sizes(int argc, char **argv, uint64_t sizes[SIZES_MAX])
{
    const char *text = argc == 1 ? "10,1000" : option_value(argv[1], "threads");
    int count = argc <= 2 && text != NULL ? parse_list(text, sizes, SIZES_MAX) : -EINVAL;

    for (int i = 0; i < count; i++) {
        if (sizes[i] < 1 || sizes[i] > CROWD_MAX) {
            printk("bench crowd: threads=%s: allowed are numbers from 1 to %u\n", text, CROWD_MAX);
            return -EINVAL;
        }
    }
    return count > 0 ? count : -EINVAL;
}

static int bench_crowd(int argc, char **argv)
{
    uint64_t sizes[SIZES_MAX];
    int count = read_sizes(argc, argv, sizes);
    int err = 0;

    if (count < 0) {
        return -EINVAL;
    }
    bench_table("bench crowd");
    for (int i = 0; i < count && err == 0; i++) {
        err = measure((unsigned)sizes[i]);
    }
    return err;
}
COMMAND(bench_crowd, "bench crowd", "[threads=N,...]",
        "what making, waking and joining costs a thread, when there are N (1..131000)",
        bench_crowd);
