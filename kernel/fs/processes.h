// SPDX-License-Identifier: MIT
// kernel/fs/processes.h - what files ask about processes, and of them: kernel/proc answers.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct aspace;
struct dentry;
struct file;

// What /proc/PID tells of a process, or of one thread.
struct process_info {
    int pid;
    int ppid;
    int pgid;
    int sid;
    int tid;
    char name[16];
    char state; // R, S, Z
    unsigned cpu;
    unsigned threads;
    int nice;
    int priority; // real-time, 1..99; 0: none
    int policy;   // SCHED_OTHER ...
    uint64_t affinity;
    uint64_t start_ns;        // since the machine started
    uint64_t run_ns;          // of all its threads
    uint64_t children_run_ns; // of those that have been waited for
    uint64_t wait_ns;         // Ready, but not running
    uint64_t switches;
    uint64_t blocked; // signals, bit signo - 1
    uint64_t pending;
    uint64_t process_pending; // those of the process as a whole
    uint64_t ignored;
    uint64_t caught;
    uint64_t mapped_bytes;
    uint64_t resident_bytes;
};

struct processes_ops {
    // Send `signo` to every process of the group.
    void (*signal_group)(int pgid, int signo);
    // Of the calling thread's process; 0 for kernel threads.
    int (*own_pid)(void);
    int (*own_group)(void);
    int (*own_session)(void);
    // Has the calling thread got a signal to act on, or been killed?
    bool (*own_signal)(void);

    // The least pid above `after`; 0: none.
    int (*next)(int after);
    // The least tid above `after` of a thread of process `pid`; 0: none.
    int (*next_thread)(int pid, int after);
    // `pid` may be that of a thread. Returns: 0; -ESRCH.
    int (*describe)(int pid, struct process_info *info);
    // References; NULL: there is none.
    struct file *(*executable)(int pid);
    struct dentry *(*cwd)(int pid);
    struct aspace *(*aspace)(int pid);
    struct file *(*descriptor)(int pid, int fd);
    int (*next_descriptor)(int pid, int from); // -1: none
    // How ready it is to go without the last frames: below 0 it may have them. Set: 0; -ESRCH.
    int (*oom_score_adj)(int pid);
    int (*set_oom_score_adj)(int pid, int value);
    // The arguments, or the environment, each with its 0; as far as they fit. Returns: how many
    // bytes there are.
    long (*strings)(int pid, bool environment, char *buffer, size_t size);
};

// Never NULL: until kernel/proc says otherwise there are no processes.
extern const struct processes_ops *processes;
