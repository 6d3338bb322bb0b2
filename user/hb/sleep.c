// SPDX-License-Identifier: MIT
// user/hb/sleep.c - wait some seconds, or parts of one.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"

// Seconds, or of the unit that its last letter stands for. Returns: -1 if it is no such time.
static double seconds_of(const char *text)
{
    static const char units[] = "smhd";
    static const double seconds[] = {1, 60, 3600, 86400};
    char *end;
    double time = strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, *end) : units;
    if (end == text || unit == NULL || (*end != '\0' && end[1] != '\0') || !(time >= 0)) {
        return -1;
    }
    return time * seconds[unit - units];
}

int sleep_main(int argc, char **argv)
{
    double sum = argc > 1 ? 0 : -1;
    for (int i = 1; i < argc && sum >= 0; i++) {
        double seconds = seconds_of(argv[i]);
        sum = seconds >= 0 ? sum + seconds : -1;
    }
    if (sum < 0 || sum > 1e9) {
        return misuse("for how long?");
    }
    struct timespec left = clock_timespec((uint64_t)(sum * NS_PER_S));
    while (nanosleep(&left, &left) < 0) {
        if (errno != EINTR) {
            return failed("nanosleep");
        }
    }
    return 0;
}
