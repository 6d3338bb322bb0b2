// SPDX-License-Identifier: MIT
// kernel/thread.c - the life of a thread.
//
// References: one while the thread lives, dropped when it is off its stack for good; one for
// whoever may still join or detach it; one for each caller between thread_get() and thread_put().
// The last one frees the tid; structure and stack stay together for the next thread.
#include "kernel/thread.h"

#include "kernel/abi/errno.h"
#include "kernel/base/format.h"
#include "kernel/base/string.h"
#include "kernel/dispatch.h"
#include "kernel/pool.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"
#include "kernel/waitq.h"
#include "mm/failpoint.h"
#include "mm/kstack.h"
#include "mm/memory.h"
#include "mm/objcache.h"

static struct objcache thread_cache = OBJCACHE_INIT(thread_cache, struct thread);

struct thread boot_thread = {.name = "boot"};

static const struct thread_attr default_attr = {.name = "thread"};

// Where a new thread's first trap return arrives, interrupts on.
static void thread_main(void *fn, void *arg)
{
    thread_exit(((thread_fn *)fn)(arg));
}

static void fill_in(struct thread *t, const struct thread_attr *attr)
{
    str_copy(t->name, attr->name != NULL ? attr->name : default_attr.name, sizeof(t->name));
    t->affinity = attr->affinity != 0 ? attr->affinity : ~UINT64_C(0);
    // Any run queue will do until dispatch_new(); that of a running thread is one.
    // relaxed: a thread does not move while it runs.
    runq_adopt(atomic_load_explicit(&current()->rq, memory_order_relaxed), t);
    t->sched.params.priority = SCHED_PRIORITY_DEFAULT;
    t->detached = attr->detached;
    t->state.status =
        THREAD_SLEEPING; // and not waiting for anything: nothing but dispatch_new() ends it
    waitq_init(&t->exit, "thread exit");
    atomic_init(&t->refs, attr->detached ? 1 : 2);
}

// A thread with a stack and nothing else. Returns: NULL if memory is short.
static NOINLINE struct thread *allocate_new(void)
{
    struct thread *t = objcache_alloc(&thread_cache);

    if (t != NULL && kstack_alloc(&t->stack_top) != 0) {
        objcache_free(&thread_cache, t);
        return NULL;
    }
    return t;
}

// A zeroed thread with a stack: one that has retired, else a new one. Returns: as above.
static struct thread *allocate(void)
{
    if (failpoint(FAILPOINT_THREAD)) {
        return NULL;
    }
    struct thread *t = pool_reuse();

    if (t == NULL) {
        t = allocate_new();
    }
    if (t == NULL) {
        mm_make_room(); // what is kept for reuse may be in the wrong shape
        t = allocate_new();
    }
    if (t != NULL) {
        void *stack_top = t->stack_top;

        memset(t, 0, sizeof(*t));
        t->stack_top = stack_top;
        t->stack_limit = (uint64_t)kstack_limit(stack_top);
        if (CONFIG_TEST) {
            kstack_paint(stack_top);
        }
    }
    return t;
}

static void deallocate(struct thread *t)
{
    kstack_free(t->stack_top);
    objcache_free(&thread_cache, t);
}

static void reclaim(void)
{
    struct thread *t;

    while ((t = pool_reuse()) != NULL) {
        deallocate(t);
    }
}

void threads_init(void)
{
    mm_on_reclaim(reclaim);
}

// Give `t`, which nobody knows yet, the priority that it is to start with. A policy without any
// keeps every value. Returns: 0; -EINVAL if the policy refuses it.
static NOINLINE int set_first_priority(struct thread *t, int priority)
{
    int err = dispatch_set_priority(t, priority);

    if (err == -ENOTSUP) {
        t->sched.params.priority = priority;
        err = 0;
    }
    return err;
}

// What may yet fail once `t` is filled in. Returns: 0 or -errno.
static int settle(struct thread *t, const struct thread_attr *attr)
{
    int err = attr->priority != 0 ? set_first_priority(t, attr->priority) : 0;

    return err != 0 ? err : pool_insert(t);
}

// A thread that lacks nothing but what it begins with. It can be found by its tid at once, so
// `user`, what it has if it runs a program, and *made are set before. Returns: 0 and it, in *made;
// as thread_spawn().
static ALWAYS_INLINE int make(const struct thread_attr *attr, struct user_thread *user,
                              struct thread **made)
{
    if (attr->affinity != 0 && (attr->affinity & harts_online_mask()) == 0) {
        return -EINVAL;
    }
    struct thread *t = allocate();
    if (t == NULL) {
        return -ENOMEM;
    }
    fill_in(t, attr);
    if (user != NULL) {
        t->user = user;
    }
    *made = t;
    int err = settle(t, attr);
    if (err != 0) {
        deallocate(t);
    }
    return err;
}

int thread_spawn(const struct thread_attr *attr, thread_fn *fn, void *arg)
{
    struct thread *t;
    int err = make(attr != NULL ? attr : &default_attr, NULL, &t);

    if (err != 0) {
        return err;
    }
    t->context = context_init(t->stack_top, thread_main, (void *)fn, arg);
    int tid = t->tid; // before anyone may run, and so free, the thread
    dispatch_new(t);
    return tid;
}

int thread_make_user(const struct thread_attr *attr, const struct trap_frame *frame,
                     struct user_thread *user, struct thread **made)
{
    int err = make(attr, user, made);

    if (err == 0) {
        (*made)->context = context_init_user((*made)->stack_top, frame);
    }
    return err;
}

void thread_launch(struct thread *t)
{
    dispatch_new(t);
}

void thread_enter_user(const struct trap_frame *frame)
{
    user_enter(frame, current()->stack_top);
}

void thread_notify(struct thread *t)
{
    if (t == current()) { // it neither sleeps nor is it in user mode; relaxed: its own
        (void)atomic_fetch_or_explicit(&t->notes, THREAD_SIGNALLED, memory_order_relaxed);
        return;
    }
    dispatch_notify(t);
}

int thread_make_idle(struct processor *p)
{
    struct thread *t = allocate();

    if (t == NULL) {
        return -ENOMEM;
    }
    (void)format(t->name, sizeof(t->name), "idle/%u", p->hart.cpu);
    t->state.cpu = p->hart.cpu;
    t->affinity = UINT64_C(1) << t->state.cpu;
    t->state.status = THREAD_RUNNING;
    runq_adopt(p->rq, t);
    t->sched.event_ticks = SCHED_NO_EVENT;
    waitq_init(&t->exit, "thread exit");
    p->idle = t;
    p->current = t;
    return 0;
}

// Drop `n` references. Returns: whether the last was among them.
static bool unreference(struct thread *t, unsigned n)
{
    // acq_rel: release pairs with the acquire of whoever drops the last reference and frees.
    return atomic_fetch_sub_explicit(&t->refs, n, memory_order_acq_rel) == n;
}

void thread_put(struct thread *t)
{
    if (unreference(t, 1)) {
        // thread_finish_exit() has dropped its reference, but may still hold the lock.
        unsigned long saved = spin_lock_irqsave(&t->exit.lock);
        spin_unlock_irqrestore(&t->exit.lock, saved);
        pool_retire(t);
    }
}

// Drop `n` references to a thread that the caller has seen exited, under the lock: so its hart has
// left that.
static void put_exited(struct thread *t, unsigned n)
{
    if (unreference(t, n)) {
        pool_retire(t);
    }
}

struct thread *thread_get(tid_t tid)
{
    return pool_get(tid);
}

// Joiners are woken before the switch away, so that the first of them can be the next to run; but
// the lock that they take when they do is held until the thread is off its stack.
void thread_exit(int code) NO_TSA
{
    struct thread *t = current();

    irq_disable();
    spin_lock_irqoff(&t->exit.lock);
    t->exited = true;
    while (waitq_wake_one(&t->exit) != NULL) {
        // every joiner gets the code
    }
    dispatch_exit(code); // thread_finish_exit() releases the lock
}

void thread_finish_exit(struct thread *t) NO_TSA
{
    // Under the lock, so that when a join returns the thread is gone, not about to go.
    bool last = unreference(t, 1);

    spin_unlock_irqoff(&t->exit.lock);
    if (last) {
        pool_retire(t);
    }
}

// May `t` still be joined or detached? Returns: 0 or -errno.
static int claimable(const struct thread *t) REQUIRES(t->exit.lock)
{
    if (t->detached) {
        return t->joined ? -ESRCH : -EINVAL;
    }
    return 0;
}

// Nobody may join or detach `t` from now on. Returns: whether that was new, and so the caller has a
// reference to drop.
static bool claim(struct thread *t, bool by_join) REQUIRES(t->exit.lock)
{
    bool first = !t->detached;

    t->detached = true;
    t->joined = t->joined || (first && by_join);
    return first;
}

// Wait for `t` to exit. Returns: 0 or -errno; *drop: as claim().
static int wait_for_exit(struct thread *t, uint64_t deadline_ticks, bool *drop)
{
    unsigned long saved = spin_lock_irqsave(&t->exit.lock);
    int err = claimable(t);

    if (err == 0 && !t->exited) {
        err = waitq_sleep(&t->exit, WAIT_INTERRUPTIBLE, deadline_ticks);
        spin_lock_irqoff(&t->exit.lock);
    }
    *drop = err == 0 && claim(t, true);
    spin_unlock_irqrestore(&t->exit.lock, saved);
    return err;
}

int thread_join_until(tid_t tid, int *code, uint64_t deadline_ticks)
{
    struct thread *t = thread_get(tid);
    bool drop;

    if (t == NULL) {
        return -ESRCH;
    }
    if (t == current()) {
        thread_put(t);
        return -EDEADLK;
    }
    int err = wait_for_exit(t, deadline_ticks, &drop);
    if (err != 0) {
        thread_put(t);
        return err;
    }
    if (code != NULL) {
        *code = t->exit_code;
    }
    put_exited(t, drop ? 2 : 1);
    return 0;
}

int thread_join(tid_t tid, int *code)
{
    return thread_join_until(tid, code, TIME_NEVER);
}

int thread_detach(tid_t tid)
{
    struct thread *t = thread_get(tid);

    if (t == NULL) {
        return -ESRCH;
    }
    unsigned long saved = spin_lock_irqsave(&t->exit.lock);
    int err = claimable(t);
    bool drop = err == 0 && claim(t, false);
    spin_unlock_irqrestore(&t->exit.lock, saved);
    if (drop) {
        thread_put(t); // not the last
    }
    thread_put(t);
    return err;
}

int thread_sleep_until(uint64_t deadline_ticks)
{
    unsigned long saved = irq_save();

    dispatch_prepare_wait(current());
    int result = dispatch_wait(WAIT_INTERRUPTIBLE, deadline_ticks);
    irq_restore(saved);
    return result == -ETIMEDOUT ? 0 : result;
}

int thread_sleep(uint64_t ns)
{
    return thread_sleep_until(deadline_after_ns(ns));
}

int thread_park(uint64_t ns)
{
    unsigned long saved = irq_save();
    int result = dispatch_park(deadline_after_ns(ns));

    irq_restore(saved);
    return result;
}

bool thread_killed(void)
{
    // relaxed: sticky, and to be a little late is harmless.
    return (atomic_load_explicit(&current()->notes, memory_order_relaxed) & THREAD_KILLED) != 0;
}

void thread_exit_if_killed(void)
{
    if (thread_killed()) {
        thread_exit(0);
    }
}

int thread_unpark(tid_t tid)
{
    struct thread *t = thread_get(tid);

    if (t == NULL) {
        return -ESRCH;
    }
    dispatch_unpark(t);
    thread_put(t);
    return 0;
}

int thread_kill(tid_t tid, int code)
{
    struct thread *t = thread_get(tid);

    if (t == NULL) {
        return -ESRCH;
    }
    int err = dispatch_kill(t, code);
    thread_put(t);
    return err;
}

int thread_set_priority(tid_t tid, int priority)
{
    struct thread *t = thread_get(tid);

    if (t == NULL) {
        return -ESRCH;
    }
    int err = dispatch_set_priority(t, priority);
    thread_put(t);
    return err;
}

int thread_set_affinity(tid_t tid, uint64_t mask)
{
    struct thread *t = thread_get(tid);

    if (t == NULL) {
        return -ESRCH;
    }
    int err = dispatch_set_affinity(t, mask);
    thread_put(t);
    return err;
}

bool thread_info_next(unsigned *slot, struct thread_info *info)
{
    struct thread *t = pool_next(slot);

    if (t == NULL) {
        return false;
    }
    info->tid = t->tid;
    str_copy(info->name, t->name, sizeof(info->name));
    dispatch_describe(t, info);
    info->stack_bytes = CONFIG_TEST ? kstack_used(t->stack_top) : 0;
    thread_put(t);
    return true;
}

unsigned thread_count(void)
{
    return pool_count();
}
