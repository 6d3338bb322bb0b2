// SPDX-License-Identifier: MIT
// user/hb/nice.c - run a program with another nice value.
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"
#include "user/lib/run.h"

int nice_main(int argc, char **argv)
{
    int increment = 10;
    while (option_next(argc, argv, "n:") == 'n') {
        increment = (int)number_of("-n", optarg, -40, 40);
    }
    if (optind == 1 && argc == 1) {
        printf("%d\n", getpriority(PRIO_PROCESS, 0));
        return 0;
    }
    if (optind == argc) {
        return misuse("which command?");
    }
    errno = 0;
    if (nice(increment) == -1 && errno != 0) {
        return failed("nice");
    }
    return run_instead(argv + optind);
}
