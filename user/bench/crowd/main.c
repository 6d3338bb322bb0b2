// SPDX-License-Identifier: MIT
// user/bench/crowd/main.c - what a process costs when there are many: to make, to end, to keep.
//
// For each number asked for, so many children sleep. Beside them a child is made and ended over and
// over, on one cpu; a cost is the mean of a round, and of the least one. On Hartbeat under
// TIMING=count a nanosecond is an instruction. The output is RESULT records (docs/time.md), one a
// figure.
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/clock.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"
#include "user/lib/option.h"

enum { ROUNDS = 3, TURNS = 10, MOST = 100000 };

// Make a child and end it. Returns: what that took, in ns.
typedef uint64_t turn_fn(void);

// ---- Sleeping children -------------------------------------------------------------------------

// Returns: a child that is asleep, or about to, and has run; -1 if there can be no more.
static pid_t sleeper(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) < 0) {
        die("pipe");
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        close(ends[1]); // which the parent waits for
        for (;;) {
            pause();
        }
    }
    close(ends[1]);
    if (read(ends[0], &byte, 1) != 0) {
        die("read");
    }
    close(ends[0]);
    return pid;
}

static void wait_for(pid_t pid)
{
    if (waitpid(pid, NULL, 0) != pid) {
        die("wait for %d", pid);
    }
}

static uint64_t free_bytes(void)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0) {
        die("sysinfo");
    }
    return (uint64_t)info.freeram * info.mem_unit;
}

// Have `wanted` children sleep, in a group of their own: so this process, of which each of them is
// a copy, need not remember them. Returns: how many there are; *group: its number.
static unsigned gather(unsigned wanted, pid_t *group)
{
    for (unsigned i = 0; i < wanted; i++) {
        pid_t pid = sleeper();
        if (pid < 0) {
            return i;
        }
        *group = i == 0 ? pid : *group;
        if (setpgid(pid, *group) < 0) {
            die("setpgid");
        }
    }
    return wanted;
}

static void dismiss(unsigned count, pid_t group)
{
    if (count > 0 && kill(-group, SIGKILL) < 0) {
        die("kill the group %d", group);
    }
    for (unsigned i = 0; i < count; i++) {
        if (waitpid(-group, NULL, 0) < 0) {
            die("wait for the group %d", group);
        }
    }
}

// ---- One more ----------------------------------------------------------------------------------

static uint64_t fork_exit_wait(void)
{
    uint64_t start = clock_ns();
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    if (pid < 0) {
        die("fork");
    }
    wait_for(pid);
    return clock_ns() - start;
}

static pid_t one_more(bool leads)
{
    pid_t pid = sleeper();
    if (pid < 0 || (leads && setpgid(pid, pid) < 0)) {
        die("one more");
    }
    sched_yield(); // until it sleeps
    return pid;
}

static uint64_t end(pid_t pid, pid_t target)
{
    uint64_t start = clock_ns();
    if (kill(target, SIGKILL) < 0) {
        die("kill %d", target);
    }
    wait_for(pid);
    return clock_ns() - start;
}

static uint64_t kill_wait(void)
{
    pid_t pid = one_more(false);
    return end(pid, pid);
}

static uint64_t kill_group_wait(void)
{
    pid_t pid = one_more(true);
    return end(pid, -pid);
}

static uint64_t wait_for_any(void)
{
    pid_t pid = one_more(false);
    uint64_t start = clock_ns();
    kill(pid, SIGKILL);
    if (waitpid(-1, NULL, 0) != pid) {
        die("wait for any");
    }
    return clock_ns() - start;
}

// ---- Figures -----------------------------------------------------------------------------------

static void report(const char *metric, unsigned threads, double value, const char *unit)
{
    printf("RESULT {\"bench\": \"crowd\", \"metric\": \"%s\", \"value\": %.1f, \"unit\": \"%s\", "
           "\"threads\": %u}\n",
           metric, value, unit, threads);
    fflush(stdout);
}

static void measure(const char *metric, unsigned threads, turn_fn *turn)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t took = 0;
        for (int k = 0; k < TURNS; k++) {
            took += turn();
        }
        least = took < least ? took : least;
    }
    report(metric, threads, (double)least / TURNS, "ns");
}

// Returns: an exit status.
static int measure_beside(unsigned wanted)
{
    pid_t group;
    uint64_t before = free_bytes();
    unsigned count = gather(wanted, &group);
    int status = count == wanted ? 0 : failed("%u processes and no more", count);
    double taken = (double)before - (double)free_bytes();
    if (status == 0) {
        report("memory", count, taken / count, "bytes");
        measure("fork_exit_wait", count, fork_exit_wait);
        measure("kill_wait", count, kill_wait);
        measure("kill_group_wait", count, kill_group_wait);
        measure("kill_wait_any", count, wait_for_any);
    }
    dismiss(count, group);
    return status;
}

static void stay_on_this_cpu(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)sched_getcpu(), &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0) {
        die("affinity");
    }
}

int crowd_main(int argc, char **argv)
{
    option_next(argc, argv, "");
    if (optind == argc) {
        return misuse("how many?");
    }
    stay_on_this_cpu();
    for (int i = optind; i < argc; i++) {
        int status = measure_beside((unsigned)number_of("crowd", argv[i], 1, MOST));
        if (status != 0) {
            return status;
        }
    }
    return 0;
}
