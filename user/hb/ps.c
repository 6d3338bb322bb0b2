// SPDX-License-Identifier: MIT
// user/hb/ps.c - the processes.
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
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
    DIR *proc = opendir("/proc");
    if (proc == NULL) {
        return failed("/proc");
    }
    puts("  PID  PPID S CPU NLWP CLS RTPRIO  NI     RSS   TIME COMMAND");
    for (pid_t pid; (pid = proc_next(proc)) != 0;) {
        // One that has ended meanwhile is left out.
        if (threads) {
            print_threads(pid);
        } else if (proc_process(pid, &process)) {
            print(&process);
        }
    }
    closedir(proc);
    return 0;
}
