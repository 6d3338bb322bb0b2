// SPDX-License-Identifier: MIT
// kernel/dispatch.h - who runs where: switching, blocking, waking, preempting, idling.
//
// Threads switch directly to one another with the run queue's lock held; whoever runs next finishes
// the hand-over in dispatch_finish(): it publishes the state of the thread that just left
// (status_after_stop), which is off its stack by then, and drops the lock.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/thread.h"

struct processor;

// Let `t`, fully built and never queued, run for the first time.
void dispatch_new(struct thread *t);

// How a wait may end other than by a waker.
enum wait_mode {
    WAIT_UNINTERRUPTIBLE,
    WAIT_INTERRUPTIBLE, // also by a kill
};

// Announce that the calling thread `t` is about to wait: from here on dispatch_wake() counts.
// Context: interrupts off, before whoever may wake it can know of it.
static inline void dispatch_prepare_wait(struct thread *t)
{
    t->wait_result = WAIT_PENDING;
}

// Sleep until dispatch_wake(), the deadline, or, if `mode` allows, a kill; not at all if that has
// come. Returns: dispatch_wake()'s result; -ETIMEDOUT; -EINTR.
// Context: the caller has announced it; interrupts off, no spinlock held.
NODISCARD int dispatch_wait(enum wait_mode mode, uint64_t deadline_ticks);

// End `t`'s wait with `result`, if it waits and nothing else has ended it. Returns: whether it did.
// Context: interrupts off; locks up to RANK_TIMER held; `t` must not be able to go away.
bool dispatch_wake(struct thread *t, int result);

// The calling thread ends. Context: interrupts off; holds its own exit.lock and no other.
NORETURN void dispatch_exit(int code);

// What the trap and interrupt code calls. Context: interrupts off, no locks.
void dispatch_preempt(struct processor *p); // on the way out of a trap, p->need_resched is set
void dispatch_tick(struct processor *p);    // the timer interrupt

// IPI_RESCHEDULE, and IPI_TAKE if `take`.
void dispatch_kicked(struct processor *p, bool take);

// The hand-over, on the stack of the thread that runs next; `left` is what switch_to() returned.
void dispatch_finish(struct context *left);

// Stop being the boot code: become this hart's idle thread. Context: interrupts off.
NORETURN void dispatch_idle(void);

// Kill, notify, unpark, priority and affinity, as kernel/thread.h says of them.
int dispatch_kill(struct thread *t, int code);
void dispatch_notify(struct thread *t);
void dispatch_unpark(struct thread *t);
int dispatch_set_priority(struct thread *t, int priority);
int dispatch_set_affinity(struct thread *t, uint64_t mask);

// Make `t` a thread of the real-time class, kernel/realtime.h; priority 0: not any more. It has not
// exited; see there for `room`. Context: thread, no locks.
struct realtime_room;
void dispatch_set_realtime(struct thread *t, struct realtime_room *room, unsigned priority,
                           bool round_robin);

// Park the calling thread; returns as dispatch_wait(). Context: interrupts off.
NODISCARD int dispatch_park(uint64_t deadline_ticks);

// Have `t`, which is in no queue and nowhere on a hart, belong to the run queue of `to`: it is
// Moving until the caller, the only one who may, ends that with dispatch_arrive().
// Context: t->rq's lock held.
void dispatch_move_locked(struct thread *t, struct processor *to);

// `t`, which the caller made Moving, becomes Ready, where it belongs to, unless its affinity has
// changed and it has to go on. Context: interrupts off; no lock above RANK_TIMER held.
void dispatch_arrive(struct thread *t, enum sched_reason why);

// A consistent copy of what ps shows.
void dispatch_describe(struct thread *t, struct thread_info *info);
