// SPDX-License-Identifier: MIT
// user/hb/nproc.c - how many cpus this process may run on.
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

int nproc_main(int argc, char **argv)
{
    cpu_set_t set;
    bool all = argc == 2 && strcmp(argv[1], "--all") == 0;
    if (!all) {
        option_next(argc, argv, "");
    }
    if (sched_getaffinity(0, sizeof(set), &set) < 0) {
        return failed("sched_getaffinity");
    }
    printf("%ld\n", all ? sysconf(_SC_NPROCESSORS_CONF) : (long)CPU_COUNT(&set));
    return 0;
}
