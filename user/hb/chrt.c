// SPDX-License-Identifier: MIT
// user/hb/chrt.c - the scheduling policy of a process.
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/names.h"
#include "user/lib/number.h"
#include "user/lib/option.h"
#include "user/lib/run.h"

static const char letters[] = "frobi";
static const int policies[] = {SCHED_FIFO, SCHED_RR, SCHED_OTHER, SCHED_BATCH, SCHED_IDLE};

static int list(void)
{
    for (int i = 0; letters[i] != '\0'; i++) {
        printf("%s min/max priority\t: %d/%d\n", policy_name(policies[i]),
               sched_get_priority_min(policies[i]), sched_get_priority_max(policies[i]));
    }
    return 0;
}

static int show(pid_t pid)
{
    struct sched_param parameters;
    int policy = sched_getscheduler(pid);
    if (policy < 0 || sched_getparam(pid, &parameters) < 0) {
        return failed("%d", pid);
    }
    printf("pid %d's current scheduling policy: %s\n", pid,
           policy_name(policy & ~SCHED_RESET_ON_FORK));
    printf("pid %d's current scheduling priority: %d\n", pid, parameters.sched_priority);
    return 0;
}

static int set_policy(pid_t pid, int policy, const char *text)
{
    struct sched_param parameters = {.sched_priority = (int)number_of("priority", text, 0, 99)};
    return sched_setscheduler(pid, policy, &parameters) < 0
               ? failed("%s %s", policy_name(policy), text)
               : 0;
}

int chrt_main(int argc, char **argv)
{
    int policy = SCHED_RR;
    bool process = false;
    int letter;
    while ((letter = option_next(argc, argv, "frobipm")) != -1) {
        const char *found = strchr(letters, letter);
        policy = found != NULL ? policies[found - letters] : policy;
        process = process || letter == 'p';
        if (letter == 'm') {
            return list();
        }
    }
    argv += optind;
    argc -= optind;
    if (argc < (process ? 1 : 2) || (process && argc > 2)) {
        return misuse(process ? "of which process?" : "which priority and which command?");
    }
    if (process && argc == 1) {
        return show((pid_t)number_of("-p", argv[0], 0, INT_MAX));
    }
    pid_t pid = process ? (pid_t)number_of("-p", argv[1], 0, INT_MAX) : 0;
    int status = set_policy(pid, policy, argv[0]);
    return status != 0 || process ? status : run_instead(argv + 1);
}
