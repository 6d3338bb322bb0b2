// SPDX-License-Identifier: MIT
// user/hb/uptime.c - for how long the machine has been up, and its load.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/proc.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static void print_up(unsigned long seconds)
{
    unsigned long days = seconds / DAY;
    printf("up ");
    if (days > 0) {
        printf("%lu day%s, ", days, days == 1 ? "" : "s");
    }
    if (seconds % DAY >= HOUR) {
        printf("%2lu:%02lu", seconds % DAY / HOUR, seconds % HOUR / MINUTE);
    } else {
        printf("%lu min", seconds % HOUR / MINUTE);
    }
}

int uptime_main(int argc, char **argv)
{
    char up[64];
    char load[64];
    char clock[16] = "";
    double loads[3] = {0};
    time_t now = time(NULL);
    option_next(argc, argv, "");
    if (proc_read("/proc/uptime", up, sizeof(up)) < 0 ||
        proc_read("/proc/loadavg", load, sizeof(load)) < 0) {
        return failed("/proc");
    }
    if (sscanf(load, "%lf %lf %lf", &loads[0], &loads[1], &loads[2]) != 3) {
        return complain("/proc/loadavg makes no sense");
    }
    strftime(clock, sizeof(clock), "%T", localtime(&now));
    printf(" %s ", clock);
    print_up(strtoul(up, NULL, 10));
    printf(",  load average: %.2f, %.2f, %.2f\n", loads[0], loads[1], loads[2]);
    return 0;
}
