// SPDX-License-Identifier: MIT
// kernel/proc/sys_resource.c - what a process may use, and has used.
#include "kernel/abi/errno.h"
#include "kernel/abi/resource.h"
#include "kernel/proc/cpu_time.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"

// ---- Limits -------------------------------------------------------------------------------------

enum { NOFILE_MAX = 4096 };

static struct rlimit get_limit(struct process *p, unsigned resource)
{
    spin_lock(&p->lock);
    struct rlimit limit = p->limits[resource];
    spin_unlock(&p->lock);
    return limit;
}

// Returns: 0; -EINVAL; -EPERM more files than there may be.
static int check_limit(unsigned resource, struct rlimit limit)
{
    if (limit.soft > limit.hard) {
        return -EINVAL;
    }
    return resource == RLIMIT_NOFILE && limit.hard > NOFILE_MAX ? -EPERM : 0;
}

static int set_limit(struct process *p, unsigned resource, struct rlimit limit)
{
    int err = check_limit(resource, limit);

    if (err != 0) {
        return err;
    }
    spin_lock(&p->lock);
    p->limits[resource] = limit;
    spin_unlock(&p->lock);
    if (resource == RLIMIT_AS || resource == RLIMIT_DATA) {
        aspace_set_limits(p->aspace, get_limit(p, RLIMIT_AS).soft, get_limit(p, RLIMIT_DATA).soft);
    }
    return 0;
}

// Set a limit from `from` if that is not 0, and write what it was to `to`, the same.
static long change_limit(struct process *p, unsigned resource, uva_t from, uva_t to)
{
    struct rlimit before = get_limit(p, resource);
    struct rlimit limit;
    uint64_t pair[2];
    int err = 0;

    if (from != 0) {
        err = get_user_pair(pair, from);
        limit = (struct rlimit){pair[0], pair[1]};
        err = err != 0 ? err : set_limit(p, resource, limit);
    }
    return err == 0 && to != 0 ? put_user_pair(to, before.soft, before.hard) : err;
}

long sys_prlimit64(uint64_t pid, uint64_t resource, uint64_t from, uint64_t to)
{
    struct process *p;

    if ((unsigned)resource >= RLIMITS) {
        return -EINVAL;
    }
    if ((int)pid == 0 || (int)pid == current_process()->pid) {
        return change_limit(current_process(), (unsigned)resource, from, to);
    }
    p = process_find((int)pid);
    if (p == NULL) {
        return -ESRCH;
    }
    // Another's address space may go away: of those, only its own process sets the limits.
    bool own_only =
        from != 0 && ((unsigned)resource == RLIMIT_AS || (unsigned)resource == RLIMIT_DATA);
    long err = own_only ? -EPERM : change_limit(p, (unsigned)resource, from, to);
    process_put(p);
    return err;
}

long sys_getrlimit(uint64_t resource, uint64_t to)
{
    return sys_prlimit64(0, resource, 0, to);
}

long sys_setrlimit(uint64_t resource, uint64_t from)
{
    return sys_prlimit64(0, resource, from, 0);
}

// ---- Usage --------------------------------------------------------------------------------------

long sys_getrusage(uint64_t who, uint64_t to)
{
    struct rusage usage = {};

    switch ((int)who) {
    case RUSAGE_SELF:
        usage.ru_utime = timeval_of(process_run_ns(current_process()));
        break;
    case RUSAGE_CHILDREN:
        usage.ru_utime = timeval_of(process_children_run_ns(current_process()));
        break;
    case RUSAGE_THREAD:
        usage.ru_utime = timeval_of(thread_run_ns(current()));
        break;
    default:
        return -EINVAL;
    }
    return copy_to_user(to, &usage, sizeof(usage));
}
