// SPDX-License-Identifier: MIT
// kernel/dispatch.c - who runs where.
//
// Idle against waker, so that no hart sleeps while something waits in a queue that it serves:
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
// waiting, and whoever enqueues and finds no hart idle interrupts each busy hart that serves the
// queue and is not armed. Both happen under the run queue's lock, which therefore orders the two. A
// timer that is no longer needed is left to expire: it comes at most once a quantum, and finds
// nothing to do.
#include "kernel/dispatch.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/processor.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/time.h"
#include "kernel/runq.h"

// Bits by cpu. idle_mask: in dispatch_idle() with nothing to do; set by the hart itself, cleared by
// it or by its waker; relaxed, the fences above order it. unarmed_mask: busy, and not armed; a bit
// may outlast its reason. Written under the run queue's lock, so relaxed too.
static _Atomic uint64_t idle_mask;
static _Atomic uint64_t unarmed_mask;

static inline uint64_t mask_read(const _Atomic uint64_t *mask)
{
    return atomic_load_explicit(mask, memory_order_relaxed);
}

// Both return the mask before.
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

// The running thread `t` has run up to `now`; the policy has not been told.
static ALWAYS_INLINE void account(struct thread *t, uint64_t now)
{
    t->sched.ran_ticks = now - t->sched.base_ticks;
}

// The same, and the policy, if it wants to know, has.
static ALWAYS_INLINE void charge(struct thread *t, uint64_t now) REQUIRES(runq.lock)
{
    account(t, now);
    if (unlikely(runq.policy.charge != NULL)) {
        runq_charge(t);
    }
}

// When the policy wants to be asked about the running thread `t`.
static inline uint64_t next_event(const struct thread *t)
{
    return t->sched.base_ticks + t->sched.event_ticks;
}

// Make sure that the hart's timer comes by the next event of `t`, which runs.
static void quantum_arm(struct processor *p, const struct thread *t)
{
    if (mask_read(&unarmed_mask) & bit(p->hart.cpu)) {
        (void)mask_clear(&unarmed_mask, bit(p->hart.cpu));
    }
    timer_program(p, next_event(t));
}

// The timer comes too late for the event of `t`, which runs: program it, or say that whoever makes
// `t` share the hart has to see to that.
static void arm_late(struct processor *p, const struct thread *t)
{
    if (runq.policy.should_preempt == NULL) {
        return;
    }
    if (runq_waiting(p)) {
        quantum_arm(p, t);
    } else if (!(mask_read(&unarmed_mask) & bit(p->hart.cpu))) {
        (void)mask_set(&unarmed_mask, bit(p->hart.cpu));
    }
}

static void arm(struct processor *p, const struct thread *t)
{
    if (next_event(t) < p->timer_set) {
        arm_late(p, t);
    }
}

// ---- Finding a hart ----------------------------------------------------------------------------

// Does this hart idle, and is what was just enqueued all that waits for it? Then its idle loop
// looks.
static bool looks_itself(const struct processor *p, uint64_t serving)
{
    return p->current == p->idle && (serving & bit(p->hart.cpu)) && runq_waiting_count(p) == 1;
}

// Interrupt one of the idle harts in `serving`, if there are any. Returns: whether one was.
static bool kick_idle(uint64_t serving)
{
    for (uint64_t idle = mask_read(&idle_mask) & serving; idle != 0; idle &= idle - 1) {
        unsigned cpu = bit_lowest(idle);

        if (mask_clear(&idle_mask, bit(cpu)) & bit(cpu)) {
            ipi_send(cpu, IPI_RESCHEDULE);
            return true;
        }
    }
    return false;
}

// Something waits and no hart is free for it: see that every busy hart in `serving` has its quantum
// armed.
static void kick_unarmed(struct processor *p, uint64_t serving)
{
    uint64_t unarmed = mask_read(&unarmed_mask) & serving;

    if (unarmed & bit(p->hart.cpu)) {
        quantum_arm(p, p->current);
        unarmed &= ~bit(p->hart.cpu);
    }
    for (; unarmed != 0; unarmed &= unarmed - 1) {
        ipi_send(bit_lowest(unarmed), IPI_RESCHEDULE);
    }
}

static NOINLINE void kick_slow(uint64_t serving)
{
    struct processor *p = this_processor();

    if (!looks_itself(p, serving) && !kick_idle(serving)) {
        kick_unarmed(p, serving);
    }
}

// `t` has just been enqueued: see that a hart looks.
static ALWAYS_INLINE void kick(const struct thread *t) REQUIRES(runq.lock)
{
    uint64_t serving = unlikely(t->restricted) ? bit(t->state.cpu) : ~UINT64_C(0);

    fence_full(); // pairs with the one in idle_wait()
    if (((mask_read(&idle_mask) | mask_read(&unarmed_mask)) & serving) != 0) {
        kick_slow(serving);
    }
}

void dispatch_pass_on(void)
{
    kick_slow(~UINT64_C(0));
}

// ---- Switching ---------------------------------------------------------------------------------

// The rest of the hand-over, on the stack of the thread that runs next. `left` is off its own.
static ALWAYS_INLINE void finish(struct thread *left) RELEASES(runq.lock) NO_TSA
{
    enum thread_status status = left->status_after_stop;

    spin_assert_held(&runq.lock);
    left->state.status = status;
    spin_unlock_irqoff(&runq.lock);
    if (unlikely(status < 0)) { // THREAD_EXITED: a comparison with 0 is one instruction
        thread_finish_exit(left);
    }
}

void dispatch_finish(struct context *left) NO_TSA
{
    finish(container_of(left, struct thread, context));
}

static ALWAYS_INLINE void hand_over(struct thread *prev, struct thread *next)
    RELEASES(runq.lock) NO_TSA
{
    finish(container_of(switch_to(&prev->context, &next->context), struct thread, context));
}

// hand_over() when the timer comes too late for the event of `next`. Out of line with the switch in
// it, so that the usual path calls nothing and keeps nothing in registers that it has to save.
static NOINLINE void arm_and_hand_over(struct thread *prev, struct thread *next)
    RELEASES(runq.lock) NO_TSA
{
    arm_late(this_processor(), next);
    hand_over(prev, next);
}

// Leave `prev`, whose state becomes `after`, for `next`. The lock goes with the switch: whoever
// resumes `prev`, on whatever hart, will have taken it there.
static ALWAYS_INLINE void switch_threads(struct thread *prev, struct thread *next,
                                         enum thread_status after, uint64_t now)
    RELEASES(runq.lock) NO_TSA
{
    struct processor *p = this_processor();

    debug_assert(p->hart.irq_nesting == 0);
    debug_assert(next->state.status == THREAD_READY || next == p->idle);
    if (after != THREAD_READY) { // which it is otherwise
        prev->status_after_stop = after;
    }
    next->state = p->running;
    next->switches++;
    p->current = next;
    uint64_t base = now - next->sched.ran_ticks;
    next->sched.base_ticks = base;
    if (unlikely(base + next->sched.event_ticks < p->timer_set)) {
        arm_and_hand_over(prev, next);
    } else {
        hand_over(prev, next);
    }
}

// Queue `prev`, which runs on this hart and is Ready still, and pick the next, where more than the
// shared queue has a part in it.
static NOINLINE struct thread *requeue_and_pick(struct thread *prev, enum sched_reason why)
    REQUIRES(runq.lock)
{
    struct processor *p = this_processor();

    runq_charge(prev);
    runq_enqueue(prev, why);
    struct thread *next = runq_pick(p);

    if (next == NULL) {
        next = p->idle; // prev may not run here any more
    }
    if (next->queue != prev->queue) {
        kick(prev); // another hart may be free for it
    }
    return next;
}

// current is Ready still: queue it for `why` and run the next, which may be the same one.
// Returns, with the lock released, when it runs again.
static ALWAYS_INLINE void give_way(enum sched_reason why) RELEASES(runq.lock) NO_TSA
{
    struct processor *p = this_processor();
    struct thread *prev = p->current;
    struct thread *next;
    uint64_t now = read_time();

    account(prev, now); // what follows tells the policy
    if (unlikely((prev->restricted | p->pinned.waiting) != 0)) {
        next = requeue_and_pick(prev, why);
    } else {
        next = runq_exchange(prev, why);
    }
    if (unlikely(next == prev)) {
        arm(this_processor(), prev);
        spin_unlock_irqoff(&runq.lock);
    } else {
        switch_threads(prev, next, THREAD_READY, now);
    }
}

// current stops, and will be `after`: run the next. Returns as give_way(), unless it exited.
static ALWAYS_INLINE void stop(enum thread_status after) RELEASES(runq.lock) NO_TSA
{
    struct processor *p = this_processor();
    struct thread *prev = p->current;
    uint64_t now = read_time();

    charge(prev, now);
    struct thread *next = runq_pick(p);
    switch_threads(prev, next != NULL ? next : p->idle, after, now);
    current()->status_after_stop = THREAD_READY; // as ever, but to stop
}

static ALWAYS_INLINE void make_ready(struct thread *t, enum sched_reason why) REQUIRES(runq.lock)
{
    t->state.status = THREAD_READY;
    runq_enqueue(t, why);
    kick(t);
}

void dispatch_new(struct thread *t)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);

    make_ready(t, SCHED_NEW);
    spin_unlock_irqrestore(&runq.lock, saved);
}

// ---- Waiting and waking ------------------------------------------------------------------------

// End `t`'s wait with `result`, unless something else has. Returns: whether it did.
static ALWAYS_INLINE bool end_wait_locked(struct thread *t, int result) REQUIRES(runq.lock)
{
    if (t->wait_result != WAIT_PENDING) {
        return false;
    }
    t->wait_result = result;
    t->parked = false;
    if (t->state.status == THREAD_SLEEPING) {
        make_ready(t, SCHED_WAKE);
    } // else it has not gone to sleep yet, and will not
    return true;
}

static bool thread_is_killed(const struct thread *t)
{
    // relaxed: under the lock that orders it.
    return atomic_load_explicit(&t->killed, memory_order_relaxed);
}

// Sleep unless the wait has ended already.
static ALWAYS_INLINE int sleep_while_pending(enum wait_mode mode)
{
    struct thread *t = current();

    spin_lock_irqoff(&runq.lock);
    t->interruptible = mode == WAIT_INTERRUPTIBLE;
    if (unlikely(thread_is_killed(t)) && mode == WAIT_INTERRUPTIBLE) {
        (void)end_wait_locked(t, -EINTR);
    }
    if (likely(t->wait_result == WAIT_PENDING)) {
        stop(THREAD_SLEEPING);
    } else {
        spin_unlock_irqoff(&runq.lock);
    }
    return current()->wait_result;
}

static void wait_expired(struct timer *timer)
{
    (void)dispatch_wake(container_of(timer, struct thread, timer), -ETIMEDOUT);
}

static NOINLINE int wait_until(enum wait_mode mode, uint64_t deadline_ticks)
{
    struct thread *t = current();

    t->timer.expired = wait_expired;
    timer_start(&t->timer, deadline_ticks);
    int result = sleep_while_pending(mode);
    timer_cancel(&t->timer);
    return result;
}

int dispatch_wait(enum wait_mode mode, uint64_t deadline_ticks)
{
    if (unlikely(deadline_ticks != TIME_NEVER)) {
        return wait_until(mode, deadline_ticks);
    }
    return sleep_while_pending(mode);
}

bool dispatch_wake(struct thread *t, int result)
{
    spin_lock_irqoff(&runq.lock);
    bool ended = end_wait_locked(t, result);
    spin_unlock_irqoff(&runq.lock);
    return ended;
}

int dispatch_park(uint64_t deadline_ticks)
{
    struct thread *t = current();

    spin_lock_irqoff(&runq.lock);
    bool token = t->park_token;
    t->park_token = false;
    if (!token) {
        dispatch_prepare_wait(t);
        t->parked = true;
    }
    spin_unlock_irqoff(&runq.lock);
    return token ? 0 : dispatch_wait(WAIT_INTERRUPTIBLE, deadline_ticks);
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

void thread_yield(void)
{
    debug_assert(irq_enabled());
    irq_disable();
    if (runq_waiting(this_processor())) {
        spin_lock_irqoff(&runq.lock);
        give_way(SCHED_YIELDED);
    }
    irq_enable();
}

void dispatch_preempt(struct processor *p)
{
    p->need_resched = false;
    spin_lock_irqoff(&runq.lock);
    give_way(SCHED_PREEMPTED);
}

void dispatch_exit(int code)
{
    struct thread *t = current();

    spin_lock_irqoff(&runq.lock);
    t->exit_code = thread_is_killed(t) ? t->kill_code : code;
    stop(THREAD_EXITED);
    panic("thread %d ran after its exit", t->tid);
}

void dispatch_tick(struct processor *p)
{
    struct thread *t = p->current;

    if (t == p->idle || runq.policy.should_preempt == NULL) {
        return;
    }
    spin_lock_irqoff(&runq.lock);
    charge(t, read_time());
    if (runq_waiting(p) && runq.policy.should_preempt(t->queue, &t->sched)) {
        p->need_resched = true;
    } else {
        arm(p, t);
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
    if (!(t->affinity & bit(p->hart.cpu))) {
        p->need_resched = true;
    } else {
        arm(p, t);
    }
    spin_unlock_irqoff(&runq.lock);
}

// ---- Idling ------------------------------------------------------------------------------------

// Wait for work with interrupts off, then let them in.
static void idle_wait(struct processor *p)
{
    (void)mask_set(&idle_mask, bit(p->hart.cpu));
    fence_full(); // pairs with the one in kick()
    if (!runq_waiting(p)) {
        wait_for_interrupt();
    }
    (void)mask_clear(&idle_mask, bit(p->hart.cpu));
    irq_enable();
    irq_disable();
}

// Run whatever waits. Returns when there is nothing left, or at once if another hart was faster.
static void idle_run(struct processor *p)
{
    spin_lock_irqoff(&runq.lock);
    struct thread *next = runq_pick(p);
    if (next != NULL) {
        uint64_t now = read_time();

        // This hart may have been woken for one that still waits, having found another first.
        if (runq.shared.waiting != 0 && !kick_idle(~bit(p->hart.cpu))) {
            kick_unarmed(p, ~bit(p->hart.cpu));
        }
        charge(p->idle, now);
        switch_threads(p->idle, next, THREAD_READY, now);
    } else {
        spin_unlock_irqoff(&runq.lock);
    }
}

void dispatch_idle(void)
{
    struct processor *p = this_processor();

    for (;;) {
        if (runq_waiting(p)) {
            idle_run(p);
        } else {
            idle_wait(p);
        }
    }
}

// ---- Changing a thread's mind ------------------------------------------------------------------

int dispatch_kill(struct thread *t, int code)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    bool gone = t->state.status == THREAD_EXITED;

    if (!gone && !thread_is_killed(t)) {
        // relaxed: under the lock; thread_killed() may see it late.
        atomic_store_explicit(&t->killed, true, memory_order_relaxed);
        t->kill_code = code;
        if (t->state.status == THREAD_SLEEPING && t->interruptible) {
            (void)end_wait_locked(t, -EINTR);
        }
    }
    spin_unlock_irqrestore(&runq.lock, saved);
    return gone ? -ESRCH : 0;
}

int dispatch_set_priority(struct thread *t, int priority)
{
    if (runq.policy.set_params == NULL) {
        return -ENOTSUP;
    }
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    int err = runq.policy.set_params(t->queue, &t->sched, (struct sched_params){priority},
                                     t->state.status == THREAD_READY);
    spin_unlock_irqrestore(&runq.lock, saved);
    return err;
}

// The affinity of `t`, which is in no queue, has changed: see that it waits, or stops running,
// where it should.
static void relocate_locked(struct thread *t) REQUIRES(runq.lock)
{
    if (t->state.status == THREAD_READY) {
        runq_enqueue(t, SCHED_MIGRATED);
        kick(t);
    } else if (t->state.status == THREAD_RUNNING && !(t->affinity & bit(t->state.cpu))) {
        ipi_send(t->state.cpu, IPI_RESCHEDULE);
    }
}

int dispatch_set_affinity(struct thread *t, uint64_t mask) NO_TSA
{
    if ((mask & harts_online_mask()) == 0) {
        return -EINVAL;
    }
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    if (t->state.status == THREAD_READY) {
        runq_dequeue(t);
    }
    t->affinity = mask;
    t->restricted = (harts_present_mask & ~mask) != 0;
    if (!t->restricted) {
        t->queue = &runq.shared;
    }
    if (t == current() && !(mask & bit(t->state.cpu))) {
        give_way(SCHED_MIGRATED); // releases the lock; returns on a hart that is allowed
        irq_restore(saved);
        return 0;
    }
    relocate_locked(t);
    spin_unlock_irqrestore(&runq.lock, saved);
    return 0;
}

// For how long `t` has been on a hart, up to now.
static uint64_t ran_ticks(const struct thread *t) REQUIRES(runq.lock)
{
    uint64_t charged = t->sched.ran_ticks;

    if (t->state.status != THREAD_RUNNING || processor_of(t->state.cpu)->current != t) {
        return charged;
    }
    uint64_t ran = read_time() - t->sched.base_ticks;
    return (int64_t)(ran - charged) > 0 ? ran : charged; // its hart's clock may be a tick ahead
}

void dispatch_describe(struct thread *t, struct thread_info *info)
{
    unsigned long saved = spin_lock_irqsave(&runq.lock);

    info->status = t->state.status;
    info->cpu = t->state.cpu;
    info->priority = t->sched.params.priority;
    info->affinity = t->affinity;
    info->run_ns = ticks_to_ns(ran_ticks(t));
    info->switches = t->switches;
    spin_unlock_irqrestore(&runq.lock, saved);
}
