// SPDX-License-Identifier: MIT
// user/hb/time.c - run a program; how long it took.
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/run.h"

static void print(const char *what, uint64_t ns)
{
    uint64_t ms = (ns + NS_PER_MS / 2) / NS_PER_MS;
    fprintf(stderr, "%s\t%lum%lu.%03lus\n", what, ms / 60000, ms / 1000 % 60, ms % 1000);
}

static uint64_t ns_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * NS_PER_US;
}

int time_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    if (optind == argc) {
        return misuse("which command?");
    }
    uint64_t start = clock_ns();
    pid_t child = fork();
    if (child < 0) {
        return failed("fork");
    }
    if (child == 0) {
        _exit(run_instead(argv + optind));
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0) {
        return failed("wait");
    }
    print("real", clock_ns() - start);
    print("user", ns_of(usage.ru_utime));
    print("sys", ns_of(usage.ru_stime));
    return run_status(status);
}
