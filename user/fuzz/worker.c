// SPDX-License-Identifier: MIT
// user/fuzz/worker.c - a process that makes system calls.
#include "user/fuzz/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "user/fuzz/values.h"
#include "user/lib/fail.h"
#include "user/lib/score.h"

static const struct call {
    const char *name;
    long number;
    const char *arguments;
    bool any; // only with --everything
} calls[] = {
#define CALL(name, number, arguments)     {#name, number, arguments, false},
#define CALL_ANY(name, number, arguments) {#name, number, arguments, true},
#include "user/fuzz/calls.def"
#undef CALL
#undef CALL_ANY
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]), REBOOT = 142, EXIT = 93, NUMBERS = 600 };

static bool is_allowed(const struct fuzz *fuzz, const struct call *call)
{
    return (fuzz->everything || !call->any) &&
           (fuzz->only == NULL || strcmp(fuzz->only, call->name) == 0);
}

static const struct call *choose(const struct fuzz *fuzz, struct random *random)
{
    for (;;) {
        const struct call *call = &calls[random_below(random, CALLS)];
        if (is_allowed(fuzz, call)) {
            return call;
        }
    }
}

// A number that is in no row, and whose call ends neither the machine nor everybody.
static long unknown_number(struct random *random)
{
    for (;;) {
        long number = (long)random_below(random, NUMBERS);
        bool known = number == REBOOT || number == EXIT || number == EXIT + 1;
        for (unsigned i = 0; i < CALLS; i++) {
            known = known || calls[i].number == number;
        }
        if (!known) {
            return number;
        }
    }
}

static void count_result(struct progress *progress, long result)
{
    int error = result == -1 ? errno : 0;
    atomic_fetch_add_explicit(&progress->results[error < ERRORS ? error : ERRORS - 1], 1,
                              memory_order_relaxed);
}

static void make_call(const struct fuzz *fuzz, struct random *random, struct progress *progress)
{
    const struct call *call = choose(fuzz, random);
    long number = call->number >= 0 ? call->number : unknown_number(random);
    uint64_t a[6] = {0};
    for (unsigned i = 0; call->arguments[i] != '\0'; i++) {
        a[i] = value_of(random, call->arguments[i]);
    }
    if (fuzz->verbose) {
        fprintf(stderr, "%d: %s %ld (%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n", getpid(), call->name,
                number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (number == SYS_clone && result == 0) {
        _exit(0);
    }
    count_result(progress, result);
}

// Interrupt what waits, unless a call that was made has changed that; then the other process does.
static void start_timer(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    struct itimerval often = {{0, 20000}, {0, 20000}};
    sigaction(SIGPIPE, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static void nothing(int number)
{
    (void)number;
}

// The terminal is not part of the game.
static void leave_terminal(bool verbose)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= (verbose ? STDOUT_FILENO : STDERR_FILENO); fd++) {
        if (dup2(null, fd) < 0) {
            die("/dev/null");
        }
    }
    close(null);
}

void worker_run(const struct fuzz *fuzz, unsigned worker, struct progress *progress)
{
    struct sigaction action = {.sa_handler = nothing};
    (void)score_set("0");
    sigaction(SIGALRM, &action, NULL);
    start_timer();
    leave_terminal(fuzz->verbose);
    values_prepare();
    for (;;) {
        // relaxed: the other process only looks whether it grows
        uint64_t index = atomic_fetch_add_explicit(&progress->calls, 1, memory_order_relaxed);
        struct random random = {fuzz->seed ^ (uint64_t)worker << 48 ^ index * 0x2545f4914f6cdd1d};
        if (index >= fuzz->calls) {
            _exit(0);
        }
        random_next(&random);
        make_call(fuzz, &random, progress);
    }
}
