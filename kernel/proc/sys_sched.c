// SPDX-License-Identifier: MIT
// kernel/proc/sys_sched.c - how threads are scheduled: policy, priority, nice, harts.
//
// Every program is root's, so all may be asked for. SCHED_OTHER, BATCH and IDLE are the policy that
// the kernel was started with; FIFO and RR are the real-time class above it.
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/base/bits.h"
#include "kernel/bootargs.h"
#include "kernel/proc/futex_pi.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/urgency.h"
#include "kernel/proc/user_time.h"
#include "kernel/realtime.h"
#include "kernel/riscv/irq.h"
#include "mm/layout.h"
#include "mm/user/copy.h"
#include "sync/block/mutex.h"

// What is set of a thread, as one.
struct scheduling {
    int policy;
    int priority; // real-time
    int nice;
    bool reset_on_fork;
};

static struct mutex sched_mutex = MUTEX_INIT(sched_mutex);

// Returns: the thread `tid`, referenced, the caller for 0; NULL and *err: -EINVAL negative, -ESRCH.
static struct user_thread *find(uint64_t tid, int *err)
{
    int number = (int)tid != 0 ? (int)tid : current()->tid;
    struct user_thread *user = number > 0 ? user_thread_find(number) : NULL;

    *err = number < 0 ? -EINVAL : user == NULL ? -ESRCH : 0;
    return user;
}

static bool is_realtime(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_known(int policy)
{
    return is_realtime(policy) || policy == SCHED_OTHER || policy == SCHED_BATCH ||
           policy == SCHED_IDLE;
}

static int check(const struct scheduling *wanted)
{
    int least = is_realtime(wanted->policy) ? 1 : 0;
    int most = is_realtime(wanted->policy) ? REALTIME_PRIORITY_MAX : 0;
    bool fits = wanted->priority >= least && wanted->priority <= most;

    return is_known(wanted->policy) && fits ? 0 : -EINVAL;
}

static struct scheduling scheduling_of(const struct user_thread *user)
{
    return (struct scheduling){.policy = user->sched_policy,
                               .priority = user->realtime_priority,
                               .nice = user->nice,
                               .reset_on_fork = user->reset_on_fork};
}

// Returns: 0; -EINVAL.
static int set_scheduling(struct user_thread *user, const struct scheduling *wanted)
{
    int err = check(wanted);

    if (err != 0) {
        return err;
    }
    mutex_lock(&sched_mutex);
    user->sched_policy = wanted->policy;
    user->realtime_priority = wanted->priority;
    user->nice = wanted->nice;
    user->reset_on_fork = wanted->reset_on_fork;
    mutex_unlock(&sched_mutex);
    futex_pi_reconsider(user); // last: it may make the caller wait for long
    return 0;
}

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
    struct user_thread *user = find(tid, &err);
    if (user == NULL) {
        return err;
    }
    struct scheduling wanted = scheduling_of(user);
    if (policy >= 0) {
        wanted.policy = policy & ~SCHED_RESET_ON_FORK;
        wanted.reset_on_fork = (policy & SCHED_RESET_ON_FORK) != 0;
    }
    wanted.priority = (int)priority;
    err = set_scheduling(user, &wanted);
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
    struct user_thread *user = find(tid, &err);

    if (user == NULL) {
        return err;
    }
    int policy = user->sched_policy | (user->reset_on_fork ? SCHED_RESET_ON_FORK : 0);
    user_thread_put(user);
    return policy;
}

long sys_sched_getparam(uint64_t tid, uint64_t param)
{
    int err;

    if (param == 0) {
        return -EINVAL;
    }
    struct user_thread *user = find(tid, &err);
    if (user == NULL) {
        return err;
    }
    uint32_t priority = (uint32_t)user->realtime_priority;
    user_thread_put(user);
    return copy_to_user(param, &priority, sizeof(priority));
}

long sys_sched_get_priority_max(uint64_t policy)
{
    if (is_realtime((int)policy)) {
        return REALTIME_PRIORITY_MAX;
    }
    return is_known((int)policy) || (int)policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(uint64_t policy)
{
    return is_realtime((int)policy) ? 1 : sys_sched_get_priority_max(policy);
}

static uint64_t slice_ns(int policy)
{
    if (is_realtime(policy)) {
        return policy == SCHED_RR ? REALTIME_SLICE_NS : 0;
    }
    return bootargs.quantum_ns;
}

long sys_sched_rr_get_interval(uint64_t tid, uint64_t at)
{
    int err;
    struct user_thread *user = find(tid, &err);

    if (user == NULL) {
        return err;
    }
    uint64_t ns = slice_ns(user->sched_policy);
    user_thread_put(user);
    return put_timespec(at, ns);
}

// ---- Attributes ---------------------------------------------------------------------------------

// Is what the program has beyond what is known here all zero? Returns: 0; -E2BIG; -EFAULT.
static int check_rest(uva_t at, uint32_t from, uint32_t size)
{
    unsigned char byte;

    for (uint32_t i = from; i < size; i++) {
        if (copy_from_user(&byte, at + i, 1) != 0) {
            return -EFAULT;
        }
        if (byte != 0) {
            return -E2BIG;
        }
    }
    return 0;
}

static int get_attr(struct sched_attr *attr, uva_t from)
{
    uint32_t size;

    if (copy_from_user(&size, from, sizeof(size)) != 0) {
        return -EFAULT;
    }
    size = size == 0 ? SCHED_ATTR_SIZE_VER0 : size;
    int err = size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE
                  ? -E2BIG
                  : check_rest(from, sizeof(*attr), size);
    if (err == -E2BIG) { // say what would do
        size = sizeof(*attr);
        return copy_to_user(from, &size, sizeof(size)) != 0 ? -EFAULT : -E2BIG;
    }
    *attr = (struct sched_attr){};
    return err != 0 ? err : copy_from_user(attr, from, min_u64(size, sizeof(*attr)));
}

static int clamp_nice(int nice)
{
    return nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
}

static struct scheduling wanted_by(const struct sched_attr *attr, const struct user_thread *user)
{
    struct scheduling wanted = scheduling_of(user);

    wanted.reset_on_fork = (attr->sched_flags & SCHED_FLAG_RESET_ON_FORK) != 0;
    if ((attr->sched_flags & SCHED_FLAG_KEEP_POLICY) == 0) {
        wanted.policy = (int)attr->sched_policy;
    }
    if ((attr->sched_flags & SCHED_FLAG_KEEP_PARAMS) == 0) {
        wanted.priority = (int)attr->sched_priority;
        wanted.nice = is_realtime(wanted.policy) ? wanted.nice : clamp_nice(attr->sched_nice);
    }
    return wanted;
}

long sys_sched_setattr(uint64_t tid, uint64_t from, uint64_t flags)
{
    const uint64_t known =
        SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS;
    struct sched_attr attr;

    if (from == 0 || (int)tid < 0 || (unsigned)flags != 0) {
        return -EINVAL;
    }
    int err = get_attr(&attr, from);
    if (err == 0 && ((int)attr.sched_policy < 0 || (attr.sched_flags & ~known) != 0)) {
        err = -EINVAL;
    }
    struct user_thread *user = err == 0 ? find(tid, &err) : NULL;
    if (user == NULL) {
        return err;
    }
    struct scheduling wanted = wanted_by(&attr, user);
    err = set_scheduling(user, &wanted);
    user_thread_put(user);
    return err;
}

long sys_sched_getattr(uint64_t tid, uint64_t to, uint64_t size, uint64_t flags)
{
    struct sched_attr attr = {};
    int err;

    if (to == 0 || (unsigned)flags != 0 || (unsigned)size < SCHED_ATTR_SIZE_VER0 ||
        (unsigned)size > PAGE_SIZE) {
        return -EINVAL;
    }
    struct user_thread *user = find(tid, &err);
    if (user == NULL) {
        return err;
    }
    attr.size = (uint32_t)min_u64((unsigned)size, sizeof(attr));
    attr.sched_policy = (uint32_t)user->sched_policy;
    attr.sched_flags = user->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
    attr.sched_priority = (uint32_t)user->realtime_priority;
    attr.sched_nice = is_realtime(user->sched_policy) ? 0 : user->nice;
    user_thread_put(user);
    return copy_to_user(to, &attr, attr.size);
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
    struct user_thread *user = find((uint64_t)tid, &err);

    if (user == NULL) {
        return;
    }
    if (request->set != NULL) {
        struct scheduling wanted = scheduling_of(user);

        wanted.nice = *request->set;
        (void)set_scheduling(user, &wanted); // differs from what is there by that alone
    }
    int rank = NICE_MAX + 1 - user->nice;
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
    int clamped = clamp_nice((int)nice);
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
    struct user_thread *user = find(tid, &err);
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
    struct user_thread *user = find(tid, &err);
    if (user == NULL) {
        return err == -EINVAL ? -ESRCH : err;
    }
    mask = user->thread->affinity & harts_online_mask(); // racy
    user_thread_put(user);
    return copy_to_user(to, &mask, sizeof(mask)) != 0 ? -EFAULT : (long)sizeof(mask);
}
