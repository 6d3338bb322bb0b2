// SPDX-License-Identifier: MIT
// kernel/dispatch.c - who runs where.
//
// Idle against waker, so that no hart sleeps while a thread that it may run waits:
//
//   idle hart                                  waker
//   idle_mask |= me        (store)             enqueue under the lock          (store)
//   fence_full()                               fence_full()
//   look at the queues     (load)              look at idle_mask               (load)
//   nothing? wfi                               somebody? clear the bit, send one IPI
//
// At least one of the two sees the other's store. The waker that clears a bit is the only one to
// interrupt that hart for it.
//
// A quantum timer runs only while somebody waits: dispatch arms it when it leaves something
// waiting, and whoever makes a queue non-empty interrupts each busy hart that serves it and is not
// armed. Both happen under the run queue's lock, which therefore orders the two.
#include "kernel/dispatch.h"

#include "kernel/abi/errno.h"
#include "kernel/processor.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/time.h"
#include "kernel/runq.h"

// Bits by cpu. idle_mask: in dispatch_idle() with nothing to do; set by the hart itself, cleared by
// it or by its waker; relaxed, the fences above order it. unarmed_mask: busy without a quantum
// timer; written under the run queue's lock, so relaxed too.
static _Atomic uint64_t idle_mask;
static _Atomic uint64_t unarmed_mask;

static uint64_t bit(unsigned cpu)
{
    return UINT64_C(1) << cpu;
}

static unsigned lowest_bit(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

static uint64_t mask_read(const _Atomic uint64_t *mask)
{
    return atomic_load_explicit(mask, memory_order_relaxed);
}

// Returns: the mask before.
static uint64_t mask_set(_Atomic uint64_t *mask, uint64_t bits)
{
    return atomic_fetch_or_explicit(mask, bits, memory_order_relaxed);
}

static uint64_t mask_clear(_Atomic uint64_t *mask, uint64_t bits)
{
    return atomic_fetch_and_explicit(mask, ~bits, memory_order_relaxed);
}

uint64_t dispatch_idle_mask(void)
{
    return mask_read(&idle_mask);
}

// ---- The quantum -------------------------------------------------------------------------------

// Make sure that the hart's timer comes when current's slice ends.
static void quantum_arm(struct processor *p)
{
    if (!p->quantum_armed) {
        p->quantum_armed = true;
        (void)mask_clear(&unarmed_mask, bit(p->hart.cpu));
    }
    timer_program(p, p->slice_end);
}

static void quantum_disarm(struct processor *p)
{
    p->quantum_armed = false;
    if (p->current != p->idle) {
        (void)mask_set(&unarmed_mask, bit(p->hart.cpu));
    }
}

// Charge current for its time on the hart up to now.
static void charge(struct processor *p)
{
    uint64_t now = read_time();
    uint64_t ran = now - p->slice_start;
    struct thread *t = p->current;

    p->slice_start = now;
    t->run_ticks += ran;
    if (t != p->idle && sched_policy->charge != NULL) {
        sched_policy->charge(t->queue, &t->sched, ticks_to_ns(ran));
    }
}

// current has just been picked or charged: when does the policy want to be asked about it?
static void begin_slice(struct processor *p)
{
    struct thread *t = p->current;

    p->slice_end = TIME_NEVER;
    if (t == p->idle || sched_policy->next_event == NULL) {
        return;
    }
    uint64_t ns = sched_policy->next_event(t->queue, &t->sched);
    if (ns != SCHED_NO_EVENT) {
        p->slice_end = p->slice_start + ns_to_ticks(ns);
    }
    if (p->quantum_armed || runq_waiting(p)) {
        quantum_arm(p);
    } else if (!(mask_read(&unarmed_mask) & bit(p->hart.cpu))) {
        (void)mask_set(&unarmed_mask, bit(p->hart.cpu));
    }
}

// ---- Finding a hart ----------------------------------------------------------------------------

// Interrupt one of the idle harts in `serving`, if there are any. Returns: whether one was.
static bool kick_idle(uint64_t serving)
{
    fence_full(); // pairs with the one in idle_wait()
    for (uint64_t idle = mask_read(&idle_mask) & serving; idle != 0; idle &= idle - 1) {
        unsigned cpu = lowest_bit(idle);

        if (mask_clear(&idle_mask, bit(cpu)) & bit(cpu)) {
            ipi_send(cpu, IPI_RESCHEDULE);
            return true;
        }
    }
    return false;
}

// Something waits where nothing did: see that every busy hart in `serving` has its quantum armed.
static void kick_unarmed(struct processor *p, uint64_t serving)
{
    uint64_t unarmed = mask_read(&unarmed_mask) & serving;

    if (unarmed & bit(p->hart.cpu)) {
        quantum_arm(p);
        unarmed &= ~bit(p->hart.cpu);
    }
    for (; unarmed != 0; unarmed &= unarmed - 1) {
        ipi_send(lowest_bit(unarmed), IPI_RESCHEDULE);
    }
}

// `t` has just been enqueued, while its queue `was_empty`: see that a hart looks.
static void kick(const struct thread *t, bool was_empty) REQUIRES(runq.lock)
{
    struct processor *p = this_processor();
    uint64_t serving = runq_unrestricted(t) ? harts_present_mask : bit(t->cpu);

    if (p->current == p->idle && (serving & bit(p->hart.cpu)) && runq_waiting_count(p) == 1) {
        return; // the idle loop looks before it waits, and finds only this one
    }
    if (!kick_idle(serving) && was_empty && sched_policy->next_event != NULL) {
        kick_unarmed(p, serving);
    }
}

// ---- Switching ---------------------------------------------------------------------------------

void dispatch_finish(struct context *left) NO_TSA
{
    struct thread *prev = container_of(left, struct thread, context);
    enum thread_status status = prev->status_after_stop;

    spin_assert_held(&runq.lock);
    prev->status = status;
    spin_unlock_irqoff(&runq.lock);
    if (unlikely(status == THREAD_EXITED)) {
        thread_finish_exit(prev);
    }
}

// Leave `prev` for `next`. The lock goes with the switch: whoever resumes `prev`, on whatever hart,
// will have taken it there.
static void switch_threads(struct processor *p, struct thread *prev, struct thread *next)
    RELEASES(runq.lock) NO_TSA
{
    next->status = THREAD_RUNNING;
    next->cpu = p->hart.cpu;
    next->switches++;
    p->switches++;
    p->stack_limit = next->stack_limit;
    dispatch_finish(switch_to(&prev->context, &next->context));
}

// current is Ready again: queue it and pick the next, which may be the same one.
static struct thread *requeue_and_pick(struct processor *p, enum sched_reason why)
    REQUIRES(runq.lock)
{
    struct thread *prev = p->current;
    bool was_empty = runq_enqueue(prev, why);
    struct thread *next = runq_pick(p);

    if (next == NULL || next->queue != prev->queue) {
        kick(prev, was_empty); // another hart may be free for it
    }
    return next;
}

// Run the next thread on this hart. current goes to `after`; if that is Ready, it queues for `why`.
// Returns, with the lock released, when the caller runs again.
static void switch_away(struct processor *p, enum thread_status after, enum sched_reason why)
    RELEASES(runq.lock) NO_TSA
{
    struct thread *prev = p->current;
    bool requeue = after == THREAD_READY && prev != p->idle;

    spin_assert_held(&runq.lock);
    debug_assert(p->hart.irq_nesting == 0);
    p->need_resched = false;
    charge(p);
    struct thread *next = requeue ? requeue_and_pick(p, why) : runq_pick(p);
    p->current = next != NULL ? next : p->idle;
    begin_slice(p);
    if (p->current == prev) {
        spin_unlock_irqoff(&runq.lock);
    } else {
        prev->status_after_stop = after;
        switch_threads(p, prev, p->current);
    }
}

static void make_ready(struct thread *t, enum sched_reason why) REQUIRES(runq.lock)
{
    t->status = THREAD_READY;
    kick(t, runq_enqueue(t, why));
}

void dispatch_new(struct thread *t)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);

    make_ready(t, SCHED_NEW);
    spin_unlock_irqrestore(&runq.lock, saved);
}

// ---- Waiting and waking ------------------------------------------------------------------------

void dispatch_prepare_wait(struct thread *t)
{
    t->wait_result = WAIT_PENDING;
}

// End `t`'s wait with `result`, unless something else has. Returns: whether it did.
static bool end_wait_locked(struct thread *t, int result) REQUIRES(runq.lock)
{
    if (t->wait_result != WAIT_PENDING) {
        return false;
    }
    t->wait_result = result;
    t->parked = false;
    if (t->status == THREAD_SLEEPING) {
        make_ready(t, SCHED_WAKE);
    } // else it has not gone to sleep yet, and will not
    return true;
}

static bool thread_is_killed(const struct thread *t)
{
    return atomic_load_explicit(&t->killed, memory_order_relaxed);
}

// Sleep unless the wait has ended already.
static void sleep_while_pending(struct thread *t, enum wait_mode mode)
{
    spin_lock_irqoff(&runq.lock);
    if (mode == WAIT_INTERRUPTIBLE && thread_is_killed(t)) {
        (void)end_wait_locked(t, -EINTR);
    }
    if (t->wait_result != WAIT_PENDING) {
        spin_unlock_irqoff(&runq.lock);
        return;
    }
    t->interruptible = mode == WAIT_INTERRUPTIBLE;
    switch_away(this_processor(), THREAD_SLEEPING, SCHED_WAKE);
}

static void wait_expired(struct timer *timer)
{
    (void)thread_wake(container_of(timer, struct thread, timer), -ETIMEDOUT);
}

int dispatch_wait(struct thread *t, enum wait_mode mode, uint64_t deadline_ticks)
{
    if (deadline_ticks != TIME_NEVER) {
        t->timer.expired = wait_expired;
        timer_start(&t->timer, deadline_ticks);
    }
    sleep_while_pending(t, mode);
    if (deadline_ticks != TIME_NEVER) {
        timer_cancel(&t->timer);
    }
    return t->wait_result;
}

bool thread_wake(struct thread *t, int result)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    bool ended = end_wait_locked(t, result);

    spin_unlock_irqrestore(&runq.lock, saved);
    return ended;
}

int dispatch_park(struct thread *t, uint64_t deadline_ticks)
{
    spin_lock_irqoff(&runq.lock);
    bool token = t->park_token;
    t->park_token = false;
    if (!token) {
        t->wait_result = WAIT_PENDING;
        t->parked = true;
    }
    spin_unlock_irqoff(&runq.lock);
    return token ? 0 : dispatch_wait(t, WAIT_INTERRUPTIBLE, deadline_ticks);
}

void dispatch_unpark(struct thread *t)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);

    if (!t->parked || !end_wait_locked(t, 0)) {
        t->park_token = true;
    }
    spin_unlock_irqrestore(&runq.lock, saved);
}

// ---- Giving way --------------------------------------------------------------------------------

void dispatch_yield(void)
{
    struct processor *p = this_processor();

    if (runq_waiting(p)) {
        spin_lock_irqoff(&runq.lock);
        switch_away(p, THREAD_READY, SCHED_YIELDED);
    }
}

void dispatch_preempt(struct processor *p)
{
    spin_lock_irqoff(&runq.lock);
    switch_away(p, THREAD_READY, SCHED_PREEMPTED);
}

void dispatch_exit(int code)
{
    struct thread *t = current();

    spin_lock_irqoff(&runq.lock);
    t->exit_code = thread_is_killed(t) ? t->kill_code : code;
    switch_away(this_processor(), THREAD_EXITED, SCHED_WAKE);
    panic("thread %d ran after its exit", t->tid);
}

// Is it time for current to give way? Context: something waits.
static bool slice_over(struct processor *p) REQUIRES(runq.lock)
{
    struct thread *t = p->current;

    charge(p);
    if (sched_policy->should_preempt == NULL ||
        !sched_policy->should_preempt(t->queue, &t->sched)) {
        begin_slice(p);
        return false;
    }
    return true;
}

void dispatch_tick(struct processor *p)
{
    if (!p->quantum_armed) {
        return;
    }
    if (read_time() < p->slice_end) {
        timer_program(p, p->slice_end); // it came for a deadline that has moved
        return;
    }
    spin_lock_irqoff(&runq.lock);
    if (p->current == p->idle || !runq_waiting(p)) {
        quantum_disarm(p);
    } else {
        p->need_resched = slice_over(p);
    }
    spin_unlock_irqoff(&runq.lock);
}

void dispatch_kicked(struct processor *p)
{
    struct thread *t = p->current;

    if (t == p->idle) {
        return; // the idle loop looks
    }
    spin_lock_irqoff(&runq.lock);
    if (!(t->affinity >> p->hart.cpu & 1)) {
        p->need_resched = true;
    } else if (!p->quantum_armed && runq_waiting(p)) {
        quantum_arm(p);
    }
    spin_unlock_irqoff(&runq.lock);
}

// Wait for work with interrupts off, then let them in.
static void idle_wait(struct processor *p)
{
    (void)mask_set(&idle_mask, bit(p->hart.cpu));
    fence_full();
    if (!runq_waiting(p)) {
        wait_for_interrupt();
    }
    (void)mask_clear(&idle_mask, bit(p->hart.cpu));
    irq_enable();
    irq_disable();
}

void dispatch_idle(void)
{
    struct processor *p = this_processor();

    for (;;) {
        if (runq_waiting(p)) {
            spin_lock_irqoff(&runq.lock);
            switch_away(p, THREAD_READY, SCHED_PREEMPTED);
        } else {
            idle_wait(p);
        }
    }
}

// ---- Changing a thread's mind
// --------------------------------------------------------------------

int dispatch_kill(struct thread *t, int code)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    bool gone = t->status == THREAD_EXITED;

    if (!gone && !thread_is_killed(t)) {
        atomic_store_explicit(&t->killed, true, memory_order_relaxed);
        t->kill_code = code;
        if (t->status == THREAD_SLEEPING && t->interruptible) {
            (void)end_wait_locked(t, -EINTR);
        }
    }
    spin_unlock_irqrestore(&runq.lock, saved);
    return gone ? -ESRCH : 0;
}

int dispatch_set_priority(struct thread *t, int priority)
{
    if (sched_policy->set_params == NULL) {
        return -ENOTSUP;
    }
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    int err =
        sched_policy->set_params(t->queue, &t->sched, (struct sched_params){priority}, t->queued);
    spin_unlock_irqrestore(&runq.lock, saved);
    return err;
}

// The affinity of `t` has changed: see that it waits, or stops running, where it should.
static void relocate_locked(struct thread *t) REQUIRES(runq.lock)
{
    if (t->queued) {
        runq_dequeue(t);
        kick(t, runq_enqueue(t, SCHED_MIGRATED));
    } else if (t->status == THREAD_RUNNING && !(t->affinity >> t->cpu & 1)) {
        ipi_send(t->cpu, IPI_RESCHEDULE);
    }
}

int dispatch_set_affinity(struct thread *t, uint64_t mask)
{
    if ((mask & harts_online_mask()) == 0) {
        return -EINVAL;
    }
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    t->affinity = mask;
    relocate_locked(t);
    spin_unlock_irqrestore(&runq.lock, saved);
    return 0;
}

void dispatch_describe(struct thread *t, struct thread_info *info)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);

    info->status = t->status;
    info->cpu = t->cpu;
    info->priority = t->sched.params.priority;
    info->affinity = t->affinity;
    info->run_ns = ticks_to_ns(t->run_ticks);
    info->switches = t->switches;
    spin_unlock_irqrestore(&runq.lock, saved);
}
