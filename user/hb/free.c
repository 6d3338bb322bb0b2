// SPDX-License-Identifier: MIT
// user/hb/free.c - how much memory there is, is used and is free.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/proc.h"

// The number of KiB in the line of /proc/meminfo that begins with `name`; 0 if there is none.
static unsigned long field(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found != NULL ? strtoul(found + strlen(name), NULL, 10) : 0;
}

int free_main(int argc, char **argv)
{
    char text[4096];
    unsigned long unit = 1;
    int letter;
    while ((letter = option_next(argc, argv, "km")) != -1) {
        unit = letter == 'm' ? 1024 : 1;
    }
    if (proc_read("/proc/meminfo", text, sizeof(text)) < 0) {
        return failed("/proc/meminfo");
    }
    unsigned long total = field(text, "MemTotal:");
    unsigned long available = field(text, "MemAvailable:");
    unsigned long swap = field(text, "SwapTotal:");
    unsigned long swap_free = field(text, "SwapFree:");
    printf("%15s %11s %11s %11s\n", "total", "used", "free", "available");
    printf("Mem:  %9lu %11lu %11lu %11lu\n", total / unit, (total - available) / unit,
           field(text, "MemFree:") / unit, available / unit);
    printf("Swap: %9lu %11lu %11lu\n", swap / unit, (swap - swap_free) / unit, swap_free / unit);
    return 0;
}
