// SPDX-License-Identifier: MIT
// user/hb/ps.c - the processes.
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/names.h"
#include "user/lib/proc.h"

static void print(const struct process *process)
{
    char command[128];
    char priority[16] = "-";
    proc_command(process, command, sizeof(command));
    if (process->rt_priority != 0) {
        snprintf(priority, sizeof(priority), "%u", process->rt_priority);
    }
    unsigned long seconds =
        (process->user_ticks + process->system_ticks) / (unsigned long)sysconf(_SC_CLK_TCK);
    printf("%5d %5d %c %3d %4ld %-3s %6s %3ld %7ld %3lu:%02lu %s\n", process->pid, process->parent,
           process->state, process->cpu, process->threads, policy_class(process->policy), priority,
           process->nice, process->resident_pages * (sysconf(_SC_PAGESIZE) / 1024), seconds / 60,
           seconds % 60, command);
}

static void print_threads(pid_t pid)
{
    char path[40];
    struct process process;
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *task = opendir(path);
    for (pid_t tid; task != NULL && (tid = proc_next(task)) != 0;) {
        if (proc_thread(pid, tid, &process)) {
            print(&process);
        }
    }
    if (task != NULL) {
        closedir(task);
    }
}

static int compare(const void *a, const void *b)
{
    const pid_t *one = a;
    const pid_t *other = b;
    return (*one > *other) - (*one < *other);
}

// The ids of all processes, ascending, which need not be the order in /proc. Returns: how many;
// *pids: to be freed.
static size_t find_all(pid_t **pids)
{
    size_t count = 0;
    size_t room = 64;
    DIR *proc = opendir("/proc");
    if (proc == NULL) {
        die("/proc");
    }
    *pids = malloc(room * sizeof(**pids));
    for (pid_t pid; *pids != NULL && (pid = proc_next(proc)) != 0;) {
        (*pids)[count++] = pid;
        if (count == room) {
            room *= 2;
            *pids = reallocarray(*pids, room, sizeof(**pids));
        }
    }
    if (*pids == NULL) {
        die("memory");
    }
    closedir(proc);
    qsort(*pids, count, sizeof(**pids), compare);
    return count;
}

// `ps -ef`, `ps aux` and the like ask for what it always shows: every process.
static bool take_options(int argc, char **argv, bool *threads)
{
    for (int i = 1; i < argc; i++) {
        const char *letters = argv[i] + (argv[i][0] == '-');
        if (*letters == '\0' || letters[strspn(letters, "AaeflLTux")] != '\0') {
            return false;
        }
        *threads = *threads || strpbrk(letters, "TL") != NULL;
    }
    return true;
}

int ps_main(int argc, char **argv)
{
    struct process process;
    bool threads = false;
    if (!take_options(argc, argv, &threads)) {
        return misuse("only -T is known, and what asks for all: -A, -e, -f, aux");
    }
    pid_t *pids;
    size_t count = find_all(&pids);
    puts("  PID  PPID S CPU NLWP CLS RTPRIO  NI     RSS   TIME COMMAND");
    for (size_t i = 0; i < count; i++) {
        // One that has ended meanwhile is left out.
        if (threads) {
            print_threads(pids[i]);
        } else if (proc_process(pids[i], &process)) {
            print(&process);
        }
    }
    free(pids);
    return 0;
}
