// SPDX-License-Identifier: MIT
// user/fuzz/inject.c - lets each allocation that the kernel makes for some programs fail in turn.
//
// Run by run, one more allocation goes well, until a run meets no failure any more. Whoever is told
// of one gets ENOMEM or EAGAIN, or is killed; and afterwards the kernel has in use what it had.
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/fuzz/inject_work.h"
#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"
#include "user/lib/proc.h"
#include "user/lib/run.h"
#include "user/lib/usage.h"

enum { LIMIT_S = 30, POINTS_MAX = 100000, FAULTS_SHOWN = 5 };
#define FAIL "/proc/hartbeat/fail"

struct report {
    unsigned long asked;
    char failed[16]; // which kind of allocation; "none"
};

struct sums {
    unsigned runs;
    unsigned refused;  // runs in which a call said so
    unsigned killed;   // runs that were killed
    unsigned absorbed; // runs that noticed nothing
    unsigned faults;
};

static struct usage looked; // after a run

// The `nth` allocation from now on for this process group fails; 0: none does.
static void arm(unsigned long nth)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%lu\n", nth);
    int fd = open(FAIL, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, (size_t)length) != length) {
        die(FAIL ", which BUILD=test and debug have");
    }
    close(fd);
}

static struct report report_of_run(void)
{
    char text[128];
    struct report report;
    if (proc_read(FAIL, text, sizeof(text)) < 0 ||
        sscanf(text, "asked %lu\nfailed %15s", &report.asked, report.failed) != 2) {
        die(FAIL);
    }
    return report;
}

// Kill what there may be of a group, and wait until it has gone: init takes what has no parent.
static void end_group(pid_t group)
{
    struct timespec pause = {.tv_nsec = NS_PER_MS};
    while (kill(-group, SIGKILL) == 0) {
        nanosleep(&pause, NULL);
    }
}

// Do the work once, in a process group of its own. Returns: its status as of wait(2).
static int run(unsigned long nth)
{
    pid_t child = fork_or_die();
    if (child == 0) {
        setpgid(0, 0);
        alarm(LIMIT_S);
        arm(nth);
        _exit(work());
    }
    int status = wait_or_die(child);
    end_group(child);
    arm(0);
    unlink(WORK_FILE);
    return status;
}

// Returns: whether what became of the run is one of the things that may.
static bool judge(int status, struct sums *sums)
{
    if (WIFSIGNALED(status)) {
        sums->killed++;
        return WTERMSIG(status) == SIGKILL;
    }
    sums->refused += WEXITSTATUS(status) == WORK_REFUSED;
    sums->absorbed += WEXITSTATUS(status) == WORK_DONE;
    return WEXITSTATUS(status) == WORK_REFUSED || WEXITSTATUS(status) == WORK_DONE;
}

// One run, with its consequences. Returns: whether the chosen allocation was reached.
static bool inject(unsigned long nth, struct usage *before, struct sums *sums, bool verbose)
{
    int status = run(nth);
    struct report report = report_of_run();
    bool hit = strcmp(report.failed, "none") != 0;
    bool fine = judge(status, sums);
    bool kept = usage_settles(before, &looked);
    sums->runs++;
    if (verbose || !fine || !kept) {
        printf("inject: allocation %lu, of kind %s: status %d\n", nth, report.failed,
               run_status(status));
    }
    if (!kept) {
        (void)usage_compare(before, &looked, true);
        *before = looked;
    }
    sums->faults += !fine || !kept || (!hit && status != 0);
    return hit;
}

static int inject_all(unsigned long first, unsigned long every, bool verbose)
{
    struct sums sums = {};
    static struct usage before;
    // All that this program and init will ever use they use now; so it prints before it looks.
    (void)run(0);
    usage_look(&before);
    (void)run(POINTS_MAX);
    printf("inject: %lu allocations\n", report_of_run().asked);
    fflush(stdout);
    (void)usage_settles(&before, &looked);
    usage_look(&before);
    unsigned long nth = first;
    while (nth < POINTS_MAX && inject(nth, &before, &sums, verbose) && sums.faults < FAULTS_SHOWN) {
        nth += every;
    }
    printf("inject: %u runs, of which %u were refused something, %u killed, and %u noticed "
           "nothing; %u faults\n",
           sums.runs, sums.refused, sums.killed, sums.absorbed, sums.faults);
    return sums.faults > 0;
}

int inject_main(int argc, char **argv)
{
    unsigned long first = 1;
    unsigned long every = 1;
    bool verbose = false;
    int letter;
    while ((letter = option_next(argc, argv, "f:e:v")) != -1) {
        switch (letter) {
        case 'f':
            first = (unsigned long)number_of("-f", optarg, 1, POINTS_MAX);
            break;
        case 'e':
            every = (unsigned long)number_of("-e", optarg, 1, POINTS_MAX);
            break;
        default:
            verbose = true;
        }
    }
    return inject_all(first, every, verbose);
}
