// SPDX-License-Identifier: MIT
// user/lib/proc.h - what the kernel says in /proc.
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// From /proc/PID/stat; times in clock ticks.
struct process {
    pid_t pid;
    char name[64];
    char state;
    pid_t parent;
    unsigned long user_ticks;
    unsigned long system_ticks;
    long nice;
    long threads;
    unsigned long virtual_bytes;
    long resident_pages;
    int cpu;
    unsigned rt_priority;
    int policy;
};

// Read a file into `buffer`, with a zero byte after it; what does not fit is left out.
// Returns: the number of bytes; -1 if it cannot be read.
ssize_t proc_read(const char *path, char *buffer, size_t size);

// Returns: whether there is such a process, and its /proc/PID/stat makes sense.
bool proc_process(pid_t pid, struct process *process);

// The same of one of its threads, whose id `pid` is then.
bool proc_thread(pid_t pid, pid_t tid, struct process *process);

// The next process in an open /proc. Returns: its id, 0 at the end.
pid_t proc_next(DIR *proc);

// The command line of a process as one line; its name in brackets if it has none.
void proc_command(const struct process *process, char *buffer, size_t size);
