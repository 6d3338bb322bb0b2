// SPDX-License-Identifier: MIT
// user/lib/usage.c - how much the kernel has in use.
#include "user/lib/usage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/proc.h"

enum { FIRST_LOOK_MS = 1, LOOK_MS = 50, SETTLE_MS = 5000 };
#define USAGE "/proc/hartbeat/usage"

void usage_look(struct usage *usage)
{
    if (proc_read(USAGE, usage->text, sizeof(usage->text)) < 0) {
        die(USAGE);
    }
}

// What `text` has of `name`. Returns: 0 if it is not there.
static long value_of(const char *text, const char *name)
{
    char other[64];
    long value;
    int length;
    for (; sscanf(text, "%63s %ld\n%n", other, &value, &length) == 2; text += length) {
        if (strcmp(other, name) == 0) {
            return value;
        }
    }
    return 0;
}

unsigned usage_compare(const struct usage *before, const struct usage *after, bool print)
{
    const char *at = after->text;
    unsigned differ = 0;
    char name[64];
    long now;
    int length;
    for (; sscanf(at, "%63s %ld\n%n", name, &now, &length) == 2; at += length) {
        long was = value_of(before->text, name);
        differ += now != was;
        if (print && now != was) {
            printf("%s: %s %ld, was %ld\n", program_name, name, now, was);
        }
    }
    return differ;
}

bool usage_settles(const struct usage *before, struct usage *after)
{
    unsigned pause_ms = FIRST_LOOK_MS;
    for (unsigned ms = 0; ms < SETTLE_MS; ms += pause_ms) {
        usage_look(after);
        if (usage_compare(before, after, false) == 0) {
            return true;
        }
        struct timespec pause = {.tv_nsec = pause_ms * (long)NS_PER_MS};
        nanosleep(&pause, NULL);
        pause_ms = pause_ms * 2 < LOOK_MS ? pause_ms * 2 : LOOK_MS;
    }
    return false;
}
