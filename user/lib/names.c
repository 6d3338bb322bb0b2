// SPDX-License-Identifier: MIT
// user/lib/names.c - names of signals and of scheduling policies.
#include "user/lib/names.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "user/lib/number.h"

const char *signal_name(int number)
{
    return sigabbrev_np(number);
}

int signal_number(const char *text)
{
    long number;
    if (number_read(text, 0, SIGRTMAX, &number)) {
        return (int)number;
    }
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    for (int i = 1; i < NSIG; i++) {
        if (signal_name(i) != NULL && strcasecmp(signal_name(i), name) == 0) {
            return i;
        }
    }
    return -1;
}

static const struct {
    int policy;
    const char *class;
    const char *name;
} policies[] = {
    {SCHED_OTHER, "TS", "SCHED_OTHER"}, {SCHED_FIFO, "FF", "SCHED_FIFO"},
    {SCHED_RR, "RR", "SCHED_RR"},       {SCHED_BATCH, "B", "SCHED_BATCH"},
    {SCHED_IDLE, "IDL", "SCHED_IDLE"},
};
enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

const char *policy_class(int policy)
{
    for (unsigned i = 0; i < POLICIES; i++) {
        if (policies[i].policy == policy) {
            return policies[i].class;
        }
    }
    return "?";
}

const char *policy_name(int policy)
{
    for (unsigned i = 0; i < POLICIES; i++) {
        if (policies[i].policy == policy) {
            return policies[i].name;
        }
    }
    return "SCHED_?";
}
