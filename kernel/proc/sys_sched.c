// SPDX-License-Identifier: MIT
// kernel/proc/sys_sched.c - how threads are scheduled: policy, priority, nice, harts. See also
// sys_sched_attr.c.
//
// Every program is root's, so all may be asked for. SCHED_OTHER, BATCH and IDLE are the policy that
// the kernel was started with; FIFO and RR are the real-time class above it.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/bootargs.h"
#include "kernel/proc/sched_change.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/urgency.h"
#include "kernel/proc/user_time.h"
#include "kernel/realtime.h"
#include "kernel/riscv/irq.h"
#include "mm/layout.h"
#include "mm/user/copy.h"

// ---- Policy and priority ------------------------------------------------------------------------

// `policy` < 0: as it is.
static long set_policy(uint64_t tid, int policy, uva_t param)
{
    uint32_t priority;
    int err;

    if (param == 0 || (int)tid < 0) {
        return -EINVAL;
    }
    if (copy_from_user(&priority, param, sizeof(priority)) != 0) {
        return -EFAULT;
    }
    struct user_thread *user = sched_find(tid, &err);
    if (user == NULL) {
        return err;
    }
    struct scheduling s = sched_change_begin(user);
    int kind = policy >= 0 ? policy & ~SCHED_RESET_ON_FORK : s.policy;

    err = sched_change_policy(&s, kind, (int)priority);
    if (err == 0 && policy >= 0) {
        s.reset_on_fork = (policy & SCHED_RESET_ON_FORK) != 0;
    }
    sched_change_end(user, s);
    user_thread_put(user);
    return err;
}

long sys_sched_setscheduler(uint64_t tid, uint64_t policy, uint64_t param)
{
    return (int)policy < 0 ? -EINVAL : set_policy(tid, (int)policy, param);
}

long sys_sched_setparam(uint64_t tid, uint64_t param)
{
    return set_policy(tid, -1, param);
}

long sys_sched_getscheduler(uint64_t tid)
{
    int err;
    struct user_thread *user = sched_find(tid, &err);

    if (user == NULL) {
        return err;
    }
    struct scheduling s = scheduling_of(user);
    user_thread_put(user);
    return s.policy | (s.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

long sys_sched_getparam(uint64_t tid, uint64_t param)
{
    int err;

    if (param == 0) {
        return -EINVAL;
    }
    struct user_thread *user = sched_find(tid, &err);
    if (user == NULL) {
        return err;
    }
    uint32_t priority = scheduling_of(user).priority;
    user_thread_put(user);
    return copy_to_user(param, &priority, sizeof(priority));
}

long sys_sched_get_priority_max(uint64_t policy)
{
    if (is_realtime_policy((int)policy)) {
        return REALTIME_PRIORITY_MAX;
    }
    return is_known_policy((int)policy) || (int)policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(uint64_t policy)
{
    return is_realtime_policy((int)policy) ? 1 : sys_sched_get_priority_max(policy);
}

static uint64_t slice_ns(int policy)
{
    if (is_realtime_policy(policy)) {
        return policy == SCHED_RR ? REALTIME_SLICE_NS : 0;
    }
    return bootargs.quantum_ns;
}

long sys_sched_rr_get_interval(uint64_t tid, uint64_t at)
{
    int err;
    struct user_thread *user = sched_find(tid, &err);

    if (user == NULL) {
        return err;
    }
    uint64_t ns = slice_ns(scheduling_of(user).policy);
    user_thread_put(user);
    return put_timespec(at, ns);
}

// ---- Nice ---------------------------------------------------------------------------------------

// What getpriority() and setpriority() do to each thread that they are asked about.
struct nice_request {
    int which;
    int who;
    const int *set; // NULL: only look
    int most;       // 20 - nice of the nicest towards itself; -ESRCH: there is none
};

static void visit(struct nice_request *request, int tid)
{
    int err;
    struct user_thread *user = sched_find((uint64_t)tid, &err);

    if (user == NULL) {
        return;
    }
    if (request->set != NULL) {
        struct scheduling s = sched_change_begin(user);

        s.nice = (int8_t)*request->set;
        sched_change_end(user, s);
    }
    int rank = NICE_MAX + 1 - scheduling_of(user).nice;
    request->most = rank > request->most ? rank : request->most;
    user_thread_put(user);
}

// Visit the first threads of those processes that are asked about.
static void visit_processes(struct nice_request *request)
{
    struct process *p;
    pid_t pid = 0;

    while ((p = process_next(pid)) != NULL) {
        pid = p->pid;
        if (request->which == PRIO_USER || p->pgid == request->who) {
            visit(request, pid);
        }
        process_put(p);
    }
}

static void visit_all(struct nice_request *request)
{
    if (request->which == PRIO_PROCESS) {
        visit(request, request->who);
        return;
    }
    if (request->which == PRIO_PGRP && request->who == 0) {
        request->who = current_process()->pgid;
    }
    if (request->which != PRIO_USER || request->who == 0) { // nobody is anybody but root
        visit_processes(request);
    }
}

long sys_getpriority(uint64_t which, uint64_t who)
{
    struct nice_request request = {.which = (int)which, .who = (int)who, .most = -ESRCH};

    if ((unsigned)which > PRIO_USER) {
        return -EINVAL;
    }
    visit_all(&request);
    return request.most;
}

long sys_setpriority(uint64_t which, uint64_t who, uint64_t nice)
{
    int clamped = nice_clamp((int)nice);
    struct nice_request request = {
        .which = (int)which, .who = (int)who, .set = &clamped, .most = -ESRCH};

    if ((unsigned)which > PRIO_USER) {
        return -EINVAL;
    }
    visit_all(&request);
    return request.most < 0 ? request.most : 0;
}

// ---- Harts --------------------------------------------------------------------------------------

long sys_sched_yield(void)
{
    thread_yield();
    return 0;
}

long sys_getcpu(uint64_t cpu, uint64_t node)
{
    unsigned long saved = irq_save();
    unsigned here = this_processor()->hart.cpu;
    unsigned numa_node = this_processor()->numa_node;
    irq_restore(saved);

    if ((cpu != 0 && put_user_u32(cpu, here) != 0) ||
        (node != 0 && put_user_u32(node, numa_node) != 0)) {
        return -EFAULT;
    }
    return 0;
}

long sys_sched_setaffinity(uint64_t tid, uint64_t bytes, uint64_t from)
{
    uint64_t mask = 0;
    int err;

    if (copy_from_user(&mask, from, min_u64((unsigned)bytes, sizeof(mask))) != 0) {
        return -EFAULT;
    }
    struct user_thread *user = sched_find(tid, &err);
    if (user == NULL) {
        return err == -EINVAL ? -ESRCH : err;
    }
    mask &= harts_present_mask;
    err = mask == 0 ? -EINVAL
                    : thread_set_affinity(user->thread->tid,
                                          mask == harts_present_mask ? ~UINT64_C(0) : mask);
    user_thread_put(user);
    return err;
}

long sys_sched_getaffinity(uint64_t tid, uint64_t bytes, uint64_t to)
{
    uint64_t mask;
    int err;

    if ((unsigned)bytes * 8 < harts_present() || (unsigned)bytes % sizeof(mask) != 0) {
        return -EINVAL;
    }
    struct user_thread *user = sched_find(tid, &err);
    if (user == NULL) {
        return err == -EINVAL ? -ESRCH : err;
    }
    mask = user->thread->affinity & harts_online_mask(); // racy
    user_thread_put(user);
    return copy_to_user(to, &mask, sizeof(mask)) != 0 ? -EFAULT : (long)sizeof(mask);
}
