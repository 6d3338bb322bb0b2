// SPDX-License-Identifier: MIT
// kernel/fs/processes.c - there are no processes, until kernel/proc says otherwise.
#include "kernel/fs/processes.h"

#include "kernel/abi/errno.h"

static void signal_group(int pgid, int signo)
{
    (void)pgid;
    (void)signo;
}

static int nobody(void)
{
    return 0;
}

static int no_next(int after)
{
    (void)after;
    return 0;
}

static int no_next_of(int pid, int after)
{
    (void)pid;
    (void)after;
    return 0;
}

static int no_descriptor_from(int pid, int from)
{
    (void)pid;
    (void)from;
    return -1;
}

static int describe(int pid, struct process_info *info)
{
    (void)pid;
    (void)info;
    return -ESRCH;
}

static struct file *no_file(int pid)
{
    (void)pid;
    return NULL;
}

static struct dentry *no_dentry(int pid)
{
    (void)pid;
    return NULL;
}

static struct aspace *no_aspace(int pid)
{
    (void)pid;
    return NULL;
}

static struct file *no_descriptor(int pid, int fd)
{
    (void)pid;
    (void)fd;
    return NULL;
}

static int no_score(int pid)
{
    (void)pid;
    return 0;
}

static int set_no_score(int pid, int value)
{
    (void)pid;
    (void)value;
    return -ESRCH;
}

static long no_strings(int pid, bool environment, char *buffer, size_t size)
{
    (void)pid;
    (void)environment;
    (void)buffer;
    (void)size;
    return -ESRCH;
}

static bool no_signal(void)
{
    return false;
}

static const struct processes_ops none = {
    .signal_group = signal_group,
    .own_pid = nobody,
    .own_group = nobody,
    .own_session = nobody,
    .own_signal = no_signal,
    .next = no_next,
    .next_thread = no_next_of,
    .describe = describe,
    .executable = no_file,
    .cwd = no_dentry,
    .aspace = no_aspace,
    .descriptor = no_descriptor,
    .next_descriptor = no_descriptor_from,
    .oom_score_adj = no_score,
    .set_oom_score_adj = set_no_score,
    .strings = no_strings,
};

const struct processes_ops *processes = &none;
