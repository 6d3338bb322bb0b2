// SPDX-License-Identifier: MIT
// user/hb/taskset.c - which cpus a process may run on.
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/cpus.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"
#include "user/lib/run.h"

static bool lists; // -c: lists such as 0-3, not masks

static int show(pid_t pid, const char *which)
{
    cpu_set_t set;
    char text[512];
    if (sched_getaffinity(pid, sizeof(set), &set) < 0) {
        return failed("%d", pid);
    }
    (lists ? cpus_to_list : cpus_to_mask)(&set, text, sizeof(text));
    printf("pid %d's %s affinity %s: %s\n", pid, which, lists ? "list" : "mask", text);
    return 0;
}

static int set_affinity(pid_t pid, const char *text)
{
    cpu_set_t set;
    if (!(lists ? cpus_from_list : cpus_from_mask)(text, &set)) {
        return misuse(lists ? "%s is not a list like 0-3,6" : "%s is not a mask like f", text);
    }
    return sched_setaffinity(pid, sizeof(set), &set) < 0 ? failed("cpus %s", text) : 0;
}

// taskset -p [CPUS] PID
static int of_process(int argc, char **argv)
{
    if (argc < 1 || argc > 2) {
        return misuse("of which process?");
    }
    pid_t pid = (pid_t)number_of("-p", argv[argc - 1], 0, INT_MAX);
    int status = show(pid, "current");
    if (argc == 2 && status == 0) {
        status = set_affinity(pid, argv[0]);
        status = status == 0 ? show(pid, "new") : status;
    }
    return status;
}

int taskset_main(int argc, char **argv)
{
    bool process = false;
    int letter;
    while ((letter = option_next(argc, argv, "cp")) != -1) {
        lists = lists || letter == 'c';
        process = process || letter == 'p';
    }
    if (process) {
        return of_process(argc - optind, argv + optind);
    }
    if (argc - optind < 2) {
        return misuse("which cpus and which command?");
    }
    int status = set_affinity(0, argv[optind]);
    return status != 0 ? status : run_instead(argv + optind + 1);
}
