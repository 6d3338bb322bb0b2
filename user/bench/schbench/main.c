// SPDX-License-Identifier: MIT
// user/bench/schbench/main.c - how long workers wait for a cpu, and how many requests they serve.
//
// Options and output are those of schbench, as far as it has them; user/bench/schbench/work.c says
// what is measured.
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/bench/schbench/work.h"
#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"

struct times {
    unsigned run_s;
    unsigned warmup_s;
    unsigned interval_s;
    unsigned zero_s; // 0: never
};

static const struct option long_options[] = {
    {"message-threads", required_argument, NULL, 'm'},
    {"threads", required_argument, NULL, 't'},
    {"runtime", required_argument, NULL, 'r'},
    {"warmuptime", required_argument, NULL, 'w'},
    {"intervaltime", required_argument, NULL, 'i'},
    {"zerotime", required_argument, NULL, 'z'},
    {"operations", required_argument, NULL, 'n'},
    {"cache_footprint", required_argument, NULL, 'F'},
    {"sleeptime", required_argument, NULL, 's'},
    {"no-locking", no_argument, NULL, 'L'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

// The size of three square matrices that take so many KiB.
static unsigned matrix_size(unsigned long kib)
{
    unsigned size = 1;
    while (3 * sizeof(unsigned long) * (size + 1) * (size + 1) <= kib * 1024) {
        size++;
    }
    return size;
}

static unsigned take(int letter, long least, long most)
{
    return (unsigned)number_of((char[]){'-', (char)letter, '\0'}, optarg, least, most);
}

static void take_options(int argc, char **argv, struct schbench *run, struct times *times)
{
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, "m:t:r:w:i:z:n:F:s:Lh", long_options, NULL)) != -1) {
        switch (letter) {
        case 'm':
            run->message_threads = take(letter, 1, 1000);
            break;
        case 't':
            run->workers = take(letter, 1, 10000);
            break;
        case 'r':
            times->run_s = take(letter, 1, INT_MAX);
            break;
        case 'w':
            times->warmup_s = take(letter, 0, INT_MAX);
            break;
        case 'i':
            times->interval_s = take(letter, 1, INT_MAX);
            break;
        case 'z':
            times->zero_s = take(letter, 1, INT_MAX);
            break;
        case 'n':
            run->operations = take(letter, 0, INT_MAX);
            break;
        case 'F':
            run->matrix_size = matrix_size(take(letter, 1, 1 << 20));
            break;
        case 's':
            run->sleep_us = take(letter, 0, 999999);
            break;
        case 'L':
            run->locking = false;
            break;
        case 'h':
            printf("usage: %s\n", program_usage);
            exit(0);
        default:
            exit(misuse("there is no option %s", argv[optind - 1]));
        }
    }
}

struct percentile {
    double percent;
    bool star;
};

static void print_percentiles(const struct histogram *histogram, const char *title,
                              unsigned long seconds, const struct percentile *rows)
{
    uint64_t before = 0;
    printf("%s runtime %lu (s) (%lu total samples)\n", title, seconds,
           histogram_samples(histogram));
    for (; rows->percent > 0; rows++) {
        uint64_t below;
        uint64_t value = histogram_percentile(histogram, rows->percent, &below);
        printf("\t%s%2.1fth: %-10lu (%lu samples)\n", rows->star ? "* " : "  ", rows->percent,
               value, below - before);
        before = below;
    }
    printf("\t  min=%lu, max=%lu\n", histogram_least(histogram), histogram_most(histogram));
}

static void print_all(const struct schbench_totals *totals, const struct histogram *rps,
                      unsigned long seconds)
{
    static const struct percentile latencies[] = {
        {50, false}, {90, false}, {99, true}, {99.9, false}, {0, false}};
    static const struct percentile rates[] = {{20, false}, {50, true}, {90, false}, {0, false}};
    print_percentiles(&totals->wakeups, "Wakeup Latencies percentiles (usec)", seconds, latencies);
    print_percentiles(&totals->requests, "Request Latencies percentiles (usec)", seconds,
                      latencies);
    print_percentiles(rps, "RPS percentiles (requests)", seconds, rates);
    printf("sched delay: message %lu (usec) worker %lu (usec)\n", totals->message_delay_us,
           totals->worker_delay_us);
}

// Look at the figures once a second, until the time is over.
static void watch(struct schbench *run, const struct times *times)
{
    static struct schbench_totals totals;
    static struct histogram rps;
    uint64_t start = clock_ns();
    uint64_t looked = start;
    uint64_t served = 0;
    for (unsigned long second = 1; second <= times->warmup_s + times->run_s; second++) {
        sleep(1);
        schbench_totals(run, &totals);
        uint64_t now = clock_ns();
        uint64_t rate = (totals.served - served) * NS_PER_S / (now - looked);
        served = totals.served;
        looked = now;
        bool forget =
            second == times->warmup_s || (times->zero_s > 0 && second % times->zero_s == 0);
        if (forget) {
            schbench_reset(run);
            histogram_clear(&rps);
            start = now;
            served = 0;
        } else {
            histogram_add(&rps, rate);
        }
        if (second > times->warmup_s && second % times->interval_s == 0 &&
            second < times->warmup_s + times->run_s) {
            print_all(&totals, &rps, second - times->warmup_s);
            printf("current rps: %lu\n", rate);
            fflush(stdout);
        }
    }
    schbench_totals(run, &totals);
    double seconds = (double)(clock_ns() - start) / NS_PER_S;
    print_all(&totals, &rps, times->run_s);
    printf("average rps: %.2f\n", (double)totals.served / seconds);
}

int schbench_main(int argc, char **argv)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct schbench run = {.message_threads = 1,
                           .workers = cpus > 0 ? (unsigned)cpus : 1,
                           .operations = 5,
                           .matrix_size = matrix_size(256),
                           .sleep_us = 100,
                           .locking = true};
    struct times times = {.run_s = 30, .warmup_s = 0, .interval_s = 10};
    take_options(argc, argv, &run, &times);
    if (optind < argc) {
        return misuse("%s belongs to no option", argv[optind]);
    }
    schbench_start(&run);
    watch(&run, &times);
    fflush(stdout);
    schbench_finish(&run);
    return 0;
}
