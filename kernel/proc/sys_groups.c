// SPDX-License-Identifier: MIT
// kernel/proc/sys_groups.c - process groups and sessions.
#include "kernel/abi/errno.h"
#include "kernel/proc/make.h"
#include "kernel/proc/sys.h"

// All of a group are in one session.
static pid_t session_of(const struct process *group) REQUIRES(tree_lock)
{
    return list_entry(list_first(&group->members), struct process, group_node)->sid;
}

// May the caller move `p` to `group`, which is to have the number `pgid`, or NULL if there is none?
// Returns: 0 or -errno.
static int check(const struct process *p, const struct process *group, pid_t pgid)
    REQUIRES(tree_lock)
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
    bool may = pgid == p->pid || (group != NULL && session_of(group) == caller->sid);
    return may ? 0 : -EPERM;
}

long sys_setpgid(uint64_t pid, uint64_t pgid)
{
    pid_t target = (int)pid != 0 ? (int)pid : current_process()->pid;
    pid_t number = (int)pgid != 0 ? (int)pgid : target;

    if ((int)pgid < 0) {
        return -EINVAL;
    }
    spin_lock(&tree_lock);
    struct process *p = process_find_locked(target);
    struct process *group = process_group_find(number);
    int err = p != NULL ? check(p, group, number) : -ESRCH;
    if (err == 0) {
        process_join_group(p, number == p->pid ? p : group);
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
    if (p->sid != p->pid && list_is_empty(&p->members)) { // nor is it one of its own group
        p->sid = p->pid;
        process_join_group(p, p);
        result = p->pid;
    }
    spin_unlock(&tree_lock);
    return result;
}
