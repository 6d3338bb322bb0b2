// SPDX-License-Identifier: MIT
// user/hb/killall.c - send a signal to all processes of a name.
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/names.h"
#include "user/lib/proc.h"

// The kernel keeps this much of a name.
enum { NAME_LENGTH = 15 };

static int kill_named(const char *name, int number)
{
    struct process process;
    bool found = false;
    int status = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL) {
        return failed("/proc");
    }
    for (pid_t pid; (pid = proc_next(proc)) != 0;) {
        if (pid != getpid() && proc_process(pid, &process) &&
            strncmp(process.name, name, NAME_LENGTH) == 0) {
            found = true;
            status |= kill(pid, number) < 0 ? failed("%d", pid) : 0;
        }
    }
    closedir(proc);
    return found ? status : complain("%s: no process found", name);
}

int killall_main(int argc, char **argv)
{
    int number = SIGTERM;
    int next = 1;
    if (argc > 1 && argv[1][0] == '-') {
        number = signal_number(argv[1] + 1);
        next = 2;
    }
    if (number < 0) {
        return misuse("%s is not a signal; kill -l lists them", argv[1] + 1);
    }
    if (next == argc) {
        return misuse("which name?");
    }
    int status = 0;
    for (; next < argc; next++) {
        status |= kill_named(argv[next], number);
    }
    return status;
}
