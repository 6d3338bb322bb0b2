// SPDX-License-Identifier: MIT
// kernel/proc/wait.c - waiting for children: wait4() and waitid().
//
// Zombies are the first among the children, so that any of them is found at once.
#include "kernel/abi/errno.h"
#include "kernel/abi/resource.h"
#include "kernel/abi/wait.h"
#include "kernel/proc/make.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/user_time.h"
#include "kernel/proc/wait_status.h"
#include "kernel/riscv/irq.h"
#include "kernel/waitq.h"
#include "mm/user/copy.h"

// Which children, and what came of it.
struct wait_request {
    enum { WAIT_ANY, WAIT_PID, WAIT_GROUP } which;
    int id;
    bool ended;   // WEXITED: those that have ended; nothing else ever happens to one
    bool keep;    // WNOWAIT: leave it to be waited for
    bool at_once; // WNOHANG
    bool clones;  // WCLONE: those whose end is told by another signal than SIGCHLD, or by none
    bool all;     // WALL: both kinds
    // Of the child that was found.
    pid_t pid; // 0: none has ended
    int status;
    uint64_t run_ns;
};

static bool wanted(const struct wait_request *request, const struct process *child)
    REQUIRES(tree_lock)
{
    if (child->zombie && !request->ended) {
        return false;
    }
    if (!request->all && (child->exit_signal != SIGCHLD) != request->clones) {
        return false;
    }
    switch (request->which) {
    case WAIT_PID:
        return child->pid == request->id;
    case WAIT_GROUP:
        return child->pgid == request->id;
    case WAIT_ANY:
        break;
    }
    return true;
}

// Returns: a zombie that is wanted; NULL if there is none. *any: a child that is wanted.
static struct process *find_zombie(struct process *p, const struct wait_request *request, bool *any)
    REQUIRES(tree_lock)
{
    struct list *node;

    spin_assert_held(&tree_lock);
    list_for_each(node, &p->children)
    {
        struct process *child = list_entry(node, struct process, sibling);

        bool is_wanted = wanted(request, child);

        *any = *any || is_wanted;
        if (is_wanted && child->zombie) {
            return child;
        }
        if (*any && !child->zombie) {
            break; // no zombie comes after one who is none
        }
    }
    return NULL;
}

// Returns: the child with the pid that is asked for, by its number and not by looking at all.
static struct process *find_by_pid(struct process *p, const struct wait_request *request, bool *any)
    REQUIRES(tree_lock)
{
    struct process *child = process_find_locked(request->id);

    *any = child != NULL && child->parent == p && wanted(request, child);
    return *any && child->zombie ? child : NULL;
}

static uint64_t run_ns_of(const struct process *child)
{
    // relaxed: its threads have all gone; tree_lock, under which it became a zombie, orders it.
    return atomic_load_explicit(&child->threads_run_ns, memory_order_relaxed) +
           child->children_run_ns;
}

// Note what `child` came to, and unless it is to be kept take it out of the tree. Returns: whether
// it is to be forgotten.
static bool take(struct process *p, struct process *child, struct wait_request *request)
    REQUIRES(tree_lock)
{
    request->pid = child->pid;
    request->status = child->exit_status;
    request->run_ns = run_ns_of(child);
    if (request->keep) {
        return false;
    }
    p->children_run_ns += request->run_ns;
    return process_unlink(child);
}

// Look once. Returns: 0, with request->pid set if a child has ended, and otherwise, unless it is to
// be at once, the calling thread in p->waiters; -ECHILD.
static int look(struct process *p, struct wait_request *request, struct process **reaped)
    REQUIRES(tree_lock)
{
    bool any = false;
    struct process *child =
        request->which == WAIT_PID ? find_by_pid(p, request, &any) : find_zombie(p, request, &any);

    *reaped = NULL;
    if (child != NULL) {
        *reaped = take(p, child, request) ? child : NULL;
    } else if (any && !request->at_once) {
        spin_lock_irqoff(&p->waiters.lock);
        waitq_enter(&p->waiters);
        spin_unlock_irqoff(&p->waiters.lock);
    }
    return any ? 0 : -ECHILD;
}

// Returns: 0; -ECHILD; -ERESTARTSYS.
static int wait_for_child(struct wait_request *request)
{
    struct process *p = current_process();
    struct process *reaped;

    for (;;) {
        unsigned long saved = spin_lock_irqsave(&tree_lock);
        int err = look(p, request, &reaped);
        spin_unlock_irqoff(&tree_lock);
        if (err == 0 && request->pid == 0 && !request->at_once) {
            err = waitq_sleep_entered(&p->waiters, WAIT_INTERRUPTIBLE, TIME_NEVER);
            err = err == -EINTR ? -ERESTARTSYS : 0;
        }
        irq_restore(saved);
        if (reaped != NULL) {
            process_forget(reaped);
        }
        if (err != 0 || request->pid != 0 || request->at_once) {
            return err;
        }
    }
}

// ---- The calls ---------------------------------------------------------------------------------

static int put_rusage(uva_t at, uint64_t run_ns)
{
    struct rusage usage = {.ru_utime = timeval_of(run_ns)};

    return at == 0 ? 0 : copy_to_user(at, &usage, sizeof(usage));
}

static struct wait_request request_of(int pid, uint32_t options)
{
    struct wait_request request = {.at_once = (options & WNOHANG) != 0,
                                   .clones = (options & WCLONE) != 0,
                                   .all = (options & WALL) != 0,
                                   .which = WAIT_PID,
                                   .id = pid,
                                   .ended = true};

    if (pid == -1) {
        request.which = WAIT_ANY;
    } else if (pid <= 0) {
        request.which = WAIT_GROUP;
        request.id = pid == 0 ? current_process()->pgid : -pid;
    }
    return request;
}

long sys_wait4(uint64_t pid, uint64_t status, uint64_t options, uint64_t rusage)
{
    struct wait_request request = request_of((int)pid, (uint32_t)options);

    if (((uint32_t)options & ~WAIT4_OPTIONS) != 0) {
        return -EINVAL;
    }
    if ((int)pid == INT32_MIN) {
        return -ESRCH;
    }
    int err = wait_for_child(&request);
    if (err != 0 || request.pid == 0) {
        return err;
    }
    if ((status != 0 && put_user_u32(status, (uint32_t)request.status) != 0) ||
        put_rusage(rusage, request.run_ns) != 0) {
        return -EFAULT;
    }
    return request.pid;
}

static int put_waitid_info(uva_t at, const struct wait_request *request)
{
    struct siginfo info = {};

    if (request->pid != 0) {
        info.signo = SIGCHLD;
        info.code = wait_status_code(request->status);
        info.child.pid = request->pid;
        info.child.status = wait_status_value(request->status);
    }
    return at == 0 ? 0 : copy_to_user(at, &info, sizeof(info));
}

static int waitid_request(uint64_t type, int id, uint32_t options, struct wait_request *request)
{
    if ((options & ~WAITID_OPTIONS) != 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) == 0) {
        return -EINVAL;
    }
    if (type > P_PGID || (type == P_PID && id <= 0) || (type == P_PGID && id < 0)) {
        return -EINVAL;
    }
    *request = request_of(type == P_ALL ? -1 : type == P_PID ? id : 0, options);
    if (type == P_PGID && id != 0) {
        request->id = id;
    }
    request->ended = (options & WEXITED) != 0;
    request->keep = (options & WNOWAIT) != 0;
    return 0;
}

long sys_waitid(uint64_t type, uint64_t id, uint64_t info, uint64_t options, uint64_t rusage)
{
    struct wait_request request;
    int err = waitid_request(type, (int)id, (uint32_t)options, &request);

    if (err == 0) {
        err = wait_for_child(&request);
    }
    if (err != 0) {
        return err;
    }
    return put_waitid_info(info, &request) != 0 || put_rusage(rusage, request.run_ns) != 0 ? -EFAULT
                                                                                           : 0;
}
