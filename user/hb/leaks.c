// SPDX-License-Identifier: MIT
// user/hb/leaks.c - run a program; does it leave anything behind in the kernel?
//
// /proc/hartbeat/usage says how much of everything is in use. What ended a moment ago may not have
// gone yet, so it is read until it says what it did before, for up to SETTLE_MS.
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"
#include "user/lib/proc.h"
#include "user/lib/run.h"

enum { TEXT_BYTES = 4096, LOOK_MS = 50, SETTLE_MS = 5000 };
#define USAGE "/proc/hartbeat/usage"

static void look(char *text)
{
    if (proc_read(USAGE, text, TEXT_BYTES) < 0) {
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

// Compare each line of `after` with `before`, and print those that differ if asked for.
// Returns: how many do.
static unsigned compare(const char *before, const char *after, bool print)
{
    unsigned differ = 0;
    char name[64];
    long now;
    int length;
    for (; sscanf(after, "%63s %ld\n%n", name, &now, &length) == 2; after += length) {
        long was = value_of(before, name);
        differ += now != was;
        if (print && now != was) {
            printf("leaks: %s %ld, was %ld\n", name, now, was);
        }
    }
    return differ;
}

static int run(char **argv)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        die("fork");
    }
    if (child == 0) {
        _exit(argv != NULL ? run_instead(argv) : 0);
    }
    if (waitpid(child, &status, 0) < 0) {
        die("wait");
    }
    return run_status(status);
}

static bool settles(const char *before, char *after)
{
    struct timespec pause = {.tv_nsec = LOOK_MS * NS_PER_MS};
    for (unsigned ms = 0; ms < SETTLE_MS; ms += LOOK_MS) {
        look(after);
        if (compare(before, after, false) == 0) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

int leaks_main(int argc, char **argv)
{
    static char before[TEXT_BYTES];
    static char after[TEXT_BYTES];
    option_next(argc, argv, "");
    if (optind == argc) {
        return misuse("which command?");
    }
    // All that this program itself will ever use it uses now.
    (void)run(NULL);
    look(after);
    (void)compare(after, after, true);
    look(before);
    int status = run(argv + optind);
    if (settles(before, after)) {
        return status;
    }
    (void)compare(before, after, true);
    return status != 0 ? status : 1;
}
