// SPDX-License-Identifier: MIT
// kernel/dispatch.c - who runs where.
//
// A hart holds the lock of its run queue across a switch, and a thread's lock is that of the run
// queue it belongs to: for one that runs, its hart's. No hart ever holds two of them. A thread that
// changes queues is Moving in between: whoever made it so has it to itself, and others only leave
// notes (killed, affinity) that are read when it arrives.
//
// NO_TSA: the lock that runq_lock_of() or this hart chooses, and one that another thread releases,
// are beyond what the compiler can follow. Debug builds check who holds it.
#include "kernel/dispatch.h"

#include "kernel/abi/errno.h"
#include "kernel/account.h"
#include "kernel/balance.h"
#include "kernel/base/bits.h"
#include "kernel/kick.h"
#include "kernel/processor.h"
#include "kernel/quantum.h"
#include "kernel/realtime.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/time.h"
#include "kernel/runq.h"
#include "kernel/topology.h"

// ---- Switching ---------------------------------------------------------------------------------

static void settle(struct thread *t);

// The rest of the hand-over, on the stack of the thread that runs next. `left` is off its own.
static ALWAYS_INLINE void finish(struct thread *left) NO_TSA
{
    enum thread_status status = left->status_after_stop;
    struct runq *rq = this_processor()->rq;

    spin_assert_held(&rq->lock);
    left->state.status = status;
    spin_unlock_irqoff(&rq->lock);
    if (likely(status >= 0)) { // a comparison with 0 is one instruction
        return;
    }
    if (status == THREAD_EXITED) {
        thread_finish_exit(left);
    } else {
        settle(left);
    }
}

void dispatch_finish(struct context *left)
{
    finish(container_of(left, struct thread, context));
}

// Releases the run queue's lock.
static ALWAYS_INLINE void hand_over(struct thread *prev, struct thread *next)
{
    finish(container_of(switch_to(&prev->context, &next->context), struct thread, context));
}

// hand_over() when the timer comes too late for the end of `next`'s turn. Out of line with the
// switch in it, so that the usual path calls nothing and keeps nothing in registers that it has to
// save.
static NOINLINE void arm_and_hand_over(struct thread *prev, struct thread *next)
{
    quantum_arm_late(this_processor(), next);
    hand_over(prev, next);
}

// Leave `prev`, whose state becomes `after`, for `next`. The lock goes with the switch: whoever
// resumes `prev`, on whatever hart, will have taken it there.
static ALWAYS_INLINE void switch_threads(struct thread *prev, struct thread *next,
                                         enum thread_status after, uint64_t now)
{
    struct processor *p = this_processor();

    debug_assert(p->hart.irq_nesting == 0);
    debug_assert(next->state.status == THREAD_READY || next == p->idle);
    if (after != THREAD_READY) { // which it is otherwise
        prev->status_after_stop = after;
    } else {
        account_ready(prev, now);
    }
    next->state = p->running;
    next->switches++;
    account_run(next, p->hart.cpu, now);
    p->current = next;
    uint64_t base = now - next->sched.ran_ticks;
    next->sched.base_ticks = base;
    if (unlikely(base + next->sched.event_ticks < p->timer_set)) {
        arm_and_hand_over(prev, next);
    } else {
        hand_over(prev, next);
    }
}

// Queue `t`, which is in no queue and may run on the hart t->state.cpu, and tell that hart.
static void queue_up(struct runq *rq, struct thread *t, enum sched_reason why) REQUIRES(rq->lock)
{
    t->restricted = runq_restricts(t->affinity);
    t->placed = t->restricted || topology.queues == QUEUES_PERHART;
    struct sched_queue *q = t->restricted ? &processor_of(t->state.cpu)->own.queue : &rq->queue;

    if (q != t->queue && why != SCHED_NEW) {
        why = SCHED_MIGRATED;
    }
    t->queue = q;
    runq_enqueue(rq, t, why);
}

// Queue `prev`, which runs on `p` and is Ready still, and pick the next, where a restricted thread
// has a part in it. If `prev` belongs to another run queue from now on, it goes there once it is
// off its stack.
static NOINLINE struct thread *requeue_and_pick(struct processor *p, struct thread *prev,
                                                enum sched_reason why) NO_TSA
{
    bool stays = (prev->affinity & bit(p->hart.cpu)) != 0;
    bool moves = !stays && p->rq == &p->own;

    runq_charge(prev);
    if (moves) {
        prev->status_after_stop = THREAD_MOVING;
    } else {
        if (!stays) {
            (void)topology_place(prev);
        }
        queue_up(p->rq, prev, why);
    }
    struct thread *next = runq_pick(p);
    if (next == NULL) {
        next = p->idle; // prev may not run here any more
    }
    if (next != prev && !moves) {
        kick(prev); // another hart may be free for it
    }
    return next;
}

// current is Ready still, p->rq's lock held: queue it for `why` and run the next, which may be the
// same one. Returns, with the lock released, when it runs again.
static ALWAYS_INLINE void give_way(struct processor *p, enum sched_reason why)
    RELEASES(p->rq->lock) NO_TSA
{
    struct thread *prev = p->current;
    struct thread *next;
    uint64_t now = read_time();

    quantum_account(prev, now); // what follows tells the policy
    if (unlikely((prev->restricted | p->restricted_waiting) != 0)) {
        next = requeue_and_pick(p, prev, why);
    } else {
        next = runq_exchange(p->rq, prev, why);
    }
    if (unlikely(next == prev)) {
        quantum_check(this_processor(), prev);
        spin_unlock_irqoff(&this_processor()->rq->lock);
    } else {
        switch_threads(prev, next, THREAD_READY, now);
    }
}

// current stops, p->rq's lock held, and will be `after`: run the next. Returns as give_way(),
// unless it exited.
static ALWAYS_INLINE void stop(struct processor *p, enum thread_status after)
    RELEASES(p->rq->lock) NO_TSA
{
    struct thread *prev = p->current;
    uint64_t now = read_time();

    quantum_charge(prev, now);
    struct thread *next = runq_pick(p);
    if (CONFIG_TEST && next == prev) {
        panic("policy %s picked thread %d, which stops", runq_policy.name, prev->tid);
    }
    switch_threads(prev, next != NULL ? next : p->idle, after, now);
    current()->status_after_stop = THREAD_READY; // as ever, but to stop
}

// ---- Becoming Ready ----------------------------------------------------------------------------

void dispatch_move_locked(struct thread *t, struct processor *to)
{
    t->state = (struct thread_state){THREAD_MOVING, to->hart.cpu};
    // release: who finds the new queue here, in runq_lock_of(), must find the new state too, and
    // the lock that it takes is not the one held here.
    atomic_store_explicit(&t->rq, to->rq, memory_order_release);
}

void dispatch_arrive(struct thread *t, enum sched_reason why) NO_TSA
{
    struct runq *rq = runq_lock_of(t);

    while (!(t->affinity & bit(t->state.cpu))) { // changed on the way
        (void)topology_place(t);
        dispatch_move_locked(t, processor_of(t->state.cpu));
        spin_unlock_irqoff(&rq->lock);
        rq = runq_lock_of(t);
    }
    t->state.status = THREAD_READY;
    queue_up(rq, t, why);
    kick(t);
    spin_unlock_irqoff(&rq->lock);
}

// make_ready() where `t` stays in the queue that it came from.
static ALWAYS_INLINE void make_ready_here(struct runq *rq, struct thread *t, enum sched_reason why)
    RELEASES(rq->lock)
{
    t->state.status = THREAD_READY;
    runq_enqueue(rq, t, why);
    kick(t);
    spin_unlock_irqoff(&rq->lock);
}

// make_ready() where the topology has to be asked for the hart.
static void make_ready_placed(struct runq *rq, struct thread *t, enum sched_reason why)
    RELEASES(rq->lock) NO_TSA
{
    struct runq *to = topology_place(t);

    if (to == rq) {
        t->state.status = THREAD_READY;
        queue_up(rq, t, why);
        kick(t);
        spin_unlock_irqoff(&rq->lock);
    } else {
        dispatch_move_locked(t, processor_of(t->state.cpu));
        spin_unlock_irqoff(&rq->lock);
        dispatch_arrive(t, why);
    }
}

// The same, if it cannot be seen at once that `t` had better stay where it is.
static NOINLINE void make_ready_perhaps_placed(struct runq *rq, struct thread *t,
                                               enum sched_reason why) RELEASES(rq->lock)
{
    if (!t->restricted && t->switches != 0 &&
        topology_may_stay(t, kick_idle_mask() & t->affinity)) {
        make_ready_here(rq, t, why);
    } else {
        make_ready_placed(rq, t, why);
    }
}

// `t`, which belongs to `rq` and is in no queue, is Ready from now on. Releases the lock.
static ALWAYS_INLINE void make_ready(struct runq *rq, struct thread *t, enum sched_reason why)
    RELEASES(rq->lock)
{
    account_ready(t, CONFIG_TEST ? read_time() : 0);
    if (unlikely(t->placed)) {
        make_ready_perhaps_placed(rq, t, why);
    } else {
        make_ready_here(rq, t, why);
    }
}

// `t`, which this hart left as Moving, may not run here any more.
static void settle(struct thread *t) NO_TSA
{
    struct runq *rq = runq_lock_of(t);

    t->status_after_stop = THREAD_READY; // as ever, but to stop
    make_ready_placed(rq, t, SCHED_PREEMPTED);
}

void dispatch_new(struct thread *t) NO_TSA
{
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);

    t->state.cpu = this_hart()->cpu;
    make_ready(rq, t, SCHED_NEW);
    irq_restore(saved);
}

// ---- Waiting and waking ------------------------------------------------------------------------

// End `t`'s wait with `result`, unless something else has. Releases the lock. Returns: whether it
// did.
static ALWAYS_INLINE bool end_wait(struct runq *rq, struct thread *t, int result) RELEASES(rq->lock)
{
    if (t->wait_result != WAIT_PENDING) {
        spin_unlock_irqoff(&rq->lock);
        return false;
    }
    t->wait_result = result;
    t->parked = false;
    if (likely(t->state.status == THREAD_SLEEPING)) {
        make_ready(rq, t, SCHED_WAKE);
    } else { // it has not gone to sleep yet, and will not
        spin_unlock_irqoff(&rq->lock);
    }
    return true;
}

static unsigned notes_of(const struct thread *t)
{
    // relaxed: under the lock that orders them.
    return atomic_load_explicit(&t->notes, memory_order_relaxed);
}

static bool thread_is_killed(const struct thread *t)
{
    return (notes_of(t) & THREAD_KILLED) != 0;
}

// Sleep unless the wait has ended already.
static ALWAYS_INLINE int sleep_while_pending(enum wait_mode mode) NO_TSA
{
    struct processor *p = this_processor();
    struct thread *t = p->current;

    spin_lock_irqoff(&p->rq->lock);
    t->interruptible = mode == WAIT_INTERRUPTIBLE;
    if (unlikely(notes_of(t) != 0) && mode == WAIT_INTERRUPTIBLE) {
        (void)end_wait(p->rq, t, -EINTR);
    } else if (likely(t->wait_result == WAIT_PENDING)) {
        stop(p, THREAD_SLEEPING);
    } else {
        spin_unlock_irqoff(&p->rq->lock);
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

bool dispatch_wake(struct thread *t, int result) NO_TSA
{
    return end_wait(runq_lock_of(t), t, result);
}

int dispatch_park(uint64_t deadline_ticks) NO_TSA
{
    struct processor *p = this_processor();
    struct thread *t = p->current;

    spin_lock_irqoff(&p->rq->lock);
    bool token = t->park_token;
    t->park_token = false;
    if (!token) {
        dispatch_prepare_wait(t);
        t->parked = true;
    }
    spin_unlock_irqoff(&p->rq->lock);
    return token ? 0 : dispatch_wait(WAIT_INTERRUPTIBLE, deadline_ticks);
}

void dispatch_unpark(struct thread *t) NO_TSA
{
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);

    if (t->parked && t->wait_result == WAIT_PENDING) {
        (void)end_wait(rq, t, 0);
    } else {
        t->park_token = true;
        spin_unlock_irqoff(&rq->lock);
    }
    irq_restore(saved);
}

// ---- Giving way --------------------------------------------------------------------------------

void thread_yield(void)
{
    debug_assert(irq_enabled());
    irq_disable();
    struct processor *p = this_processor();
    if (runq_waiting(p)) {
        spin_lock_irqoff(&p->rq->lock);
        give_way(p, SCHED_YIELDED);
    }
    irq_enable();
}

void dispatch_preempt(struct processor *p)
{
    p->need_resched = false;
    spin_lock_irqoff(&p->rq->lock);
    give_way(p, SCHED_PREEMPTED);
}

void dispatch_exit(int code)
{
    struct processor *p = this_processor();
    struct thread *t = p->current;

    spin_lock_irqoff(&p->rq->lock);
    t->exit_code = thread_is_killed(t) ? t->kill_code : code;
    stop(p, THREAD_EXITED);
    panic("thread %d ran after its exit", t->tid);
}

// Ask the policy about the thread that runs here.
static void ask_policy(struct processor *p, struct thread *t)
{
    quantum_charge(t, read_time());
    if (runq_waiting(p) && runq_should_preempt(p, t)) {
        p->need_resched = true;
    } else {
        quantum_check(p, t);
    }
}

void dispatch_tick(struct processor *p)
{
    if (p->current == p->idle) {
        return;
    }
    balance_start(p);
    if (runq_policy.should_preempt != NULL) {
        spin_lock_irqoff(&p->rq->lock);
        ask_policy(p, p->current);
        spin_unlock_irqoff(&p->rq->lock);
    }
}

void dispatch_kicked(struct processor *p, bool take)
{
    struct thread *t = p->current;

    if (t == p->idle) {
        p->may_take = p->may_take || take;
        return; // the idle loop looks
    }
    spin_lock_irqoff(&p->rq->lock);
    if (take) {
        kick_pass_on(p, true);
    }
    if (!(t->affinity & bit(p->hart.cpu))) {
        p->need_resched = true;
    } else if (runq_policy.preempts != NULL) {
        ask_policy(p, t);
    } else {
        quantum_check(p, t);
    }
    spin_unlock_irqoff(&p->rq->lock);
}

// ---- Idling ------------------------------------------------------------------------------------

// Wait for work with interrupts off, then let them in.
static void idle_wait(struct processor *p)
{
    kick_set_idle(p);
    fence_full(); // pairs with the one in kick()
    if (!runq_waiting(p)) {
        // Who has looked has answered all calls so far. Who found something leaves what else there
        // is to the next, in idle_run(), as one does that had work of its own.
        p->may_take = balance_idle(p);
        if (!p->may_take) {
            wait_for_interrupt();
        }
    }
    kick_clear_idle(p);
    irq_enable();
    irq_disable();
}

// Run whatever waits. Returns when there is nothing left, or at once if another hart was faster.
static void idle_run(struct processor *p) NO_TSA
{
    spin_lock_irqoff(&p->rq->lock);
    struct thread *next = runq_pick(p);
    if (next != NULL) {
        uint64_t now = read_time();

        if (runq_waiting(p) || p->may_take) {
            kick_pass_on(p, p->may_take);
        }
        quantum_charge(p->idle, now);
        switch_threads(p->idle, next, THREAD_READY, now);
    } else {
        spin_unlock_irqoff(&p->rq->lock);
        irq_enable(); // one that yields in a loop is always faster, and interrupts have to come in
        irq_disable();
    }
}

void dispatch_idle(void)
{
    struct processor *p = this_processor();

    for (;;) {
        if (runq_waiting(p)) {
            balance_start(p);
            idle_run(p);
        } else {
            idle_wait(p);
        }
    }
}

// ---- Changing a thread's mind ------------------------------------------------------------------

// Give `t` a note. Releases the lock. An interrupt follows where it may be in user mode: whoever
// leaves the kernel looks at the notes with interrupts off, so it sees this one or that interrupt.
static void note(struct runq *rq, struct thread *t, enum thread_note note) RELEASES(rq->lock)
{
    (void)atomic_fetch_or_explicit(&t->notes, note, memory_order_relaxed);
    if (t->state.status == THREAD_SLEEPING && t->interruptible) {
        (void)end_wait(rq, t, -EINTR);
        return;
    }
    if (t->user != NULL && t->state.status == THREAD_RUNNING && t != current()) {
        ipi_send(t->state.cpu, IPI_NOTE);
    }
    spin_unlock_irqoff(&rq->lock);
}

void dispatch_notify(struct thread *t) NO_TSA
{
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);

    note(rq, t, THREAD_SIGNALLED);
    irq_restore(saved);
}

int dispatch_kill(struct thread *t, int code) NO_TSA
{
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);
    bool gone = t->state.status == THREAD_EXITED;

    if (!gone && !thread_is_killed(t)) {
        t->kill_code = code;
        note(rq, t, THREAD_KILLED);
    } else {
        spin_unlock_irqoff(&rq->lock);
    }
    irq_restore(saved);
    return gone ? -ESRCH : 0;
}

// The parameters of `t` have changed: somebody else may be the one to run.
static void reconsider(const struct thread *t)
{
    if (runq_policy.preempts == NULL) {
        return;
    }
    if (t->state.status == THREAD_READY) {
        kick_outranked(t);
    } else if (t->state.status == THREAD_RUNNING) {
        ipi_send(t->state.cpu, IPI_RESCHEDULE);
    }
}

int dispatch_set_priority(struct thread *t, int priority) NO_TSA
{
    if (runq_policy.set_params == NULL) {
        return -ENOTSUP;
    }
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);
    int err = runq_policy.set_params(t->queue, &t->sched, (struct sched_params){priority},
                                     t->state.status == THREAD_READY);
    if (err == 0) {
        reconsider(t);
    }
    spin_unlock_irqrestore(&rq->lock, saved);
    return err;
}

void dispatch_set_realtime(struct thread *t, struct realtime_room *room, unsigned priority,
                           bool round_robin) NO_TSA
{
    realtime_start();
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);
    bool waits = t->state.status == THREAD_READY;

    if (waits) {
        runq_dequeue(t);
    }
    if (t->state.status == THREAD_RUNNING) {
        ipi_send(t->state.cpu, IPI_RESCHEDULE); // its hart asks once it has the lock
    }
    realtime_change_locked(t, room, priority, round_robin);
    if (waits) {
        make_ready_placed(rq, t, SCHED_MIGRATED);
    } else {
        spin_unlock_irqoff(&rq->lock);
    }
    irq_restore(saved);
}

// Give `t` the affinity `mask`. Releases the lock.
static void change_affinity(struct runq *rq, struct thread *t, uint64_t mask)
    RELEASES(rq->lock) NO_TSA
{
    bool waits = t->state.status == THREAD_READY;

    if (waits) {
        runq_dequeue(t);
    }
    t->affinity = mask;
    if (waits) {
        make_ready_placed(rq, t, SCHED_PREEMPTED);
        return;
    }
    // One that was restricted stays so until it is queued again, from a queue of its own.
    t->restricted = t->restricted || runq_restricts(mask);
    t->placed = t->placed || t->restricted;
    if (t->state.status == THREAD_RUNNING && !(mask & bit(t->state.cpu)) && t != current()) {
        ipi_send(t->state.cpu, IPI_RESCHEDULE);
    }
    spin_unlock_irqoff(&rq->lock);
}

int dispatch_set_affinity(struct thread *t, uint64_t mask) NO_TSA
{
    if ((mask & harts_online_mask()) == 0) {
        return -EINVAL;
    }
    unsigned long saved = irq_save();
    struct processor *p = this_processor();
    change_affinity(runq_lock_of(t), t, mask);
    if (t == p->current && !(mask & bit(p->hart.cpu))) {
        spin_lock_irqoff(&p->rq->lock);
        give_way(p, SCHED_PREEMPTED); // returns on a hart that is allowed
    }
    irq_restore(saved);
    return 0;
}

// For how long `t` has been on a hart, up to now.
static uint64_t ran_ticks(const struct thread *t)
{
    uint64_t charged = t->sched.ran_ticks;

    if (t->state.status != THREAD_RUNNING || processor_of(t->state.cpu)->current != t) {
        return charged;
    }
    uint64_t ran = read_time() - t->sched.base_ticks;
    return (int64_t)(ran - charged) > 0 ? ran : charged; // its hart's clock may be a tick ahead
}

void dispatch_describe(struct thread *t, struct thread_info *info) NO_TSA
{
    unsigned long saved = irq_save();
    struct runq *rq = runq_lock_of(t);

    info->status = t->state.status == THREAD_MOVING ? THREAD_READY : t->state.status;
    info->cpu = t->state.cpu;
    info->priority = t->sched.params.priority;
    info->affinity = t->affinity;
    info->run_ns = ticks_to_ns(ran_ticks(t));
    info->switches = t->switches;
    info->wait_ns = ticks_to_ns(account_wait_ticks(t));
    info->migrations = account_migrations(t);
    spin_unlock_irqrestore(&rq->lock, saved);
}
