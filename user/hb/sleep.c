// SPDX-License-Identifier: MIT
// user/hb/sleep.c - wait some seconds, or parts of one.
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"

int sleep_main(int argc, char **argv)
{
    char *end;
    double seconds = argc == 2 ? strtod(argv[1], &end) : -1;
    if (!(seconds >= 0) || seconds > 1e9 || *end != '\0') {
        return misuse("how many seconds?");
    }
    struct timespec left = clock_timespec((uint64_t)(seconds * NS_PER_S));
    while (nanosleep(&left, &left) < 0) {
        if (errno != EINTR) {
            return failed("nanosleep");
        }
    }
    return 0;
}
