// SPDX-License-Identifier: MIT
// user/hb/leaks.c - run a program; does it leave anything behind in the kernel?
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/proc.h"
#include "user/lib/run.h"
#include "user/lib/usage.h"

static int run(char **argv)
{
    pid_t child = fork_or_die();
    if (child == 0) {
        _exit(argv != NULL ? run_instead(argv) : 0);
    }
    return run_status(wait_or_die(child));
}

int leaks_main(int argc, char **argv)
{
    static struct usage before;
    static struct usage after;
    option_next(argc, argv, "");
    if (optind == argc) {
        return misuse("which command?");
    }
    // All that this program itself will ever use it uses now.
    (void)run(NULL);
    usage_look(&after);
    (void)usage_compare(&after, &after, true);
    usage_look(&before);
    int status = run(argv + optind);
    if (usage_settles(&before, &after)) {
        return status;
    }
    (void)usage_compare(&before, &after, true);
    return status != 0 ? status : 1;
}
