// SPDX-License-Identifier: MIT
// kernel/proc/sys_groups.c - process groups and sessions.
#include "kernel/abi/errno.h"
#include "kernel/proc/make.h"
#include "kernel/proc/sys.h"

// May the caller move `p` to the group `pgid`? Returns: 0 or -errno.
static int check(const struct process *p, pid_t pgid) REQUIRES(tree_lock)
{
    const struct process *caller = current_process();

    if (p != caller && p->parent != caller) {
        return -ESRCH;
    }
    if (p != caller && p->sid != caller->sid) {
        return -EPERM;
    }
    if (p != caller && p->has_execed) {
        return -EACCES;
    }
    if (p->sid == p->pid) { // it leads its session
        return -EPERM;
    }
    return pgid == p->pid || process_group_exists(pgid, caller->sid) ? 0 : -EPERM;
}

long sys_setpgid(uint64_t pid, uint64_t pgid)
{
    pid_t target = (int)pid != 0 ? (int)pid : current_process()->pid;
    pid_t group = (int)pgid != 0 ? (int)pgid : target;

    if ((int)pgid < 0) {
        return -EINVAL;
    }
    spin_lock(&tree_lock);
    struct process *p = process_find_locked(target);
    int err = p != NULL ? check(p, group) : -ESRCH;
    if (err == 0) {
        p->pgid = group;
    }
    spin_unlock(&tree_lock);
    return err;
}

// Returns: the process `pid`, the caller for 0; NULL if there is none.
static struct process *find(uint64_t pid) REQUIRES(tree_lock)
{
    return (int)pid != 0 ? process_find_locked((int)pid) : current_process();
}

long sys_getpgid(uint64_t pid)
{
    spin_lock(&tree_lock);
    const struct process *p = find(pid);
    long pgid = p != NULL ? p->pgid : -ESRCH;
    spin_unlock(&tree_lock);
    return pgid;
}

long sys_getsid(uint64_t pid)
{
    spin_lock(&tree_lock);
    const struct process *p = find(pid);
    long sid = p != NULL ? p->sid : -ESRCH;
    spin_unlock(&tree_lock);
    return sid;
}

long sys_setsid(void)
{
    struct process *p = current_process();
    long result = -EPERM;

    spin_lock(&tree_lock);
    if (p->sid != p->pid && p->pgid != p->pid && !process_group_exists(p->pid, 0)) {
        p->sid = p->pid;
        p->pgid = p->pid;
        result = p->pid;
    }
    spin_unlock(&tree_lock);
    return result;
}
