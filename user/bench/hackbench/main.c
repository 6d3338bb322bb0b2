// SPDX-License-Identifier: MIT
// user/bench/hackbench/main.c - groups of senders and receivers; how long their messages take.
//
// Options and output are those of hackbench of rt-tests. Each group has as many receivers as
// senders; every receiver has a channel of its own, and every sender writes `loops` messages into
// each of its group. All tasks start at once, when all are there; the time is from then until the
// last has ended.
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/bench/hackbench/task.h"
#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"

static const struct option long_options[] = {
    {"fds", required_argument, NULL, 'f'},      {"fifo", no_argument, NULL, 'F'},
    {"groups", required_argument, NULL, 'g'},   {"help", no_argument, NULL, 'h'},
    {"loops", required_argument, NULL, 'l'},    {"pipe", no_argument, NULL, 'p'},
    {"datasize", required_argument, NULL, 's'}, {"threads", no_argument, NULL, 'T'},
    {"process", no_argument, NULL, 'P'},        {NULL, 0, NULL, 0},
};

static struct hackbench take_options(int argc, char **argv)
{
    struct hackbench run = {.groups = 10, .pairs = 20, .loops = 100, .message_bytes = 100};
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, "f:Fg:hl:ps:TP", long_options, NULL)) != -1) {
        switch (letter) {
        case 'f':
            run.pairs = (unsigned)number_of("--fds", optarg, 1, 1000);
            break;
        case 'F':
            run.fifo = true;
            break;
        case 'g':
            run.groups = (unsigned)number_of("--groups", optarg, 1, 100000);
            break;
        case 'l':
            run.loops = (unsigned)number_of("--loops", optarg, 1, INT_MAX);
            break;
        case 'p':
            run.pipes = true;
            break;
        case 's':
            run.message_bytes = (unsigned)number_of("--datasize", optarg, 1, 1 << 20);
            break;
        case 'T':
        case 'P':
            run.threads = letter == 'T';
            break;
        case 'h':
            printf("usage: %s\n", program_usage);
            exit(0);
        default:
            exit(misuse("there is no option %s", argv[optind - 1]));
        }
    }
    if (optind < argc) {
        exit(misuse("%s belongs to no option", argv[optind]));
    }
    return run;
}

int hackbench_main(int argc, char **argv)
{
    struct hackbench run = take_options(argc, argv);
    unsigned tasks = 2 * run.pairs * run.groups;
    printf("Running in %s mode with %u groups using %u file descriptors each (== %u tasks)\n",
           run.threads ? "threaded" : "process", run.groups, 2 * run.pairs, tasks);
    printf("Each sender will pass %u messages of %u bytes\n", run.loops, run.message_bytes);
    fflush(stdout);
    hackbench_start(&run);
    uint64_t start = clock_ns();
    hackbench_go(&run);
    bool passed = hackbench_finish(&run);
    uint64_t took = clock_ns() - start;
    if (!passed) {
        return complain("a task has failed");
    }
    printf("Time: %lu.%03lu\n", took / NS_PER_S, took / NS_PER_MS % 1000);
    return 0;
}
