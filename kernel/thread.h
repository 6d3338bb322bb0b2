// SPDX-License-Identifier: MIT
// kernel/thread.h - threads: what one is, and what can be done to it.
//
// A thread is named by its tid, the same number everywhere; a tid is not used again while anyone
// may still ask for the thread's exit code. Scheduling state belongs to the thread's run queue
// lock.
#pragma once

#include <stdatomic.h>

#include "kernel/account_type.h"
#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "kernel/riscv/context.h"
#include "kernel/timer.h"
#include "kernel/waitq_type.h"
#include "sched/policy.h"

typedef int tid_t; // generation << 17 | slot; 1 is init; 0 is nobody

enum { THREAD_NAME_BYTES = 24 };

enum thread_status {
    THREAD_EXITED = -2, // with thread.exit_code, off its stack for good
    THREAD_MOVING,      // Ready, on its way to another run queue; shown as Ready
    THREAD_READY,       // waits in a queue
    THREAD_RUNNING,     // on its state's cpu
    THREAD_SLEEPING,    // until dispatch_wake()
};

// Ready, Running(hart), Sleeping, Exited: one word, so that it is written at once.
struct thread_state {
    _Alignas(8) enum thread_status status;
    unsigned cpu; // Running: the hart; else the hart it ran on last, or waits for
};

// thread.wait_result while the wait is not over. Not an errno.
enum { WAIT_PENDING = 1 };

typedef int thread_fn(void *arg);

// Bits of thread.notes.
enum thread_note {
    THREAD_KILLED = 1,    // sticky
    THREAD_SIGNALLED = 2, // there may be something to do for the program; cleared by the thread
};

struct aspace;      // mm/user/aspace.h
struct user_thread; // kernel/proc/process.h

struct thread {
    struct sched_entity
        sched; // guarded by: the run queue lock; first, so that the two convert freely

    atomic_uint refs; // relaxed up, acq_rel down; at 0 the memory goes: see thread_put()

    // Set once, before anyone else knows of the thread.
    tid_t tid; // 0 for idle threads
    ALIGNED(8) char name[THREAD_NAME_BYTES];
    uint64_t stack_limit; // lowest address of the kernel stack
    void *stack_top;
    struct user_thread *user; // if it runs a program; else NULL. Its own once it runs
    struct aspace *aspace;    // with `user`: what is loaded while it runs; NULL once it exits

    struct context
        context; // the Context; this hart's while it runs, else guarded by: run queue lock

    _Atomic(struct runq *) rq; // it belongs to; see kernel/runq.h
    // guarded by: the lock of that run queue.
    struct thread_state state;
    enum thread_status status_after_stop; // what dispatch_finish() will publish; Ready by default
    bool placed;                          // the topology is asked for the hart at each wake-up
    bool restricted;                      // affinity leaves out a hart that is present, or it did
                                          // when the thread was queued last
    bool interruptible;                   // Sleeping: a kill ends the wait
    bool parked;                          // Sleeping, or about to, in thread_park()
    bool park_token;                      // an unpark that no park has consumed yet
    unsigned char rt_priority; // 1..99: of the real-time class (kernel/realtime.h), else 0; read
                               // racily
    bool rt_round_robin;       // and takes turns with its equals
    atomic_uint notes; // enum thread_note; any of them ends, or refuses, an interruptible wait, and
                       // is looked at on the way to user mode. Relaxed: set and decided on under
                       // the lock; who reads it without is interrupted, or a little late
    uint64_t affinity; // bits by cpu
    uint64_t switches; // times it was switched to
    struct sched_queue *queue; // waits there, or came from there; not restricted: that of rq
    int kill_code;
    int exit_code;   // constant once Exited
    int wait_result; // WAIT_PENDING, then what ended the wait: 0 or -errno

    // guarded by: the lock of `exit`.
    bool exited;   // the code may be taken by whoever gets the lock
    bool detached; // nobody may join any more: detached, or joined already
    bool joined;   // the reason is that it was joined

    bool spares_frames; // the last frames are not for it: see frames_reserve(). Racy reads: a hint

    struct list wait_node; // guarded by: the lock of the wait queue it is in
    struct timer timer;    // started and cancelled by the thread itself only

    struct waitq exit; // who joins

    struct account account[ACCOUNTS]; // last, since an array of none is what it may be
};

// What a new thread is like; zeroed fields mean the default.
struct thread_attr {
    const char *name;  // copied, cut to THREAD_NAME_BYTES - 1; default: "thread"
    int priority;      // default: SCHED_PRIORITY_DEFAULT; the policy's range; any without one
    uint64_t affinity; // bits by cpu; default: every hart
    bool detached;     // born detached: nobody may join it
};

// Start fn(arg) in a new thread. `attr` may be NULL.
// Returns: its tid, > 0; -ENOMEM; -EAGAIN if there are no more tids; -EINVAL if no hart that is
// online is in the affinity, or the policy refuses the priority.
// Context: thread, no locks; allocates, and if memory is short reclaims what is kept for reuse.
int thread_spawn(const struct thread_attr *attr, thread_fn *fn, void *arg);

// A thread that begins with the registers of `frame`, in user mode, and is not started; detached.
// Returns: 0 and the thread, with made->user set, in *made; nobody can see it but by its tid. Else
// as thread_spawn(), with *made undefined. Context: as thread_spawn(). thread_launch() starts it.
NODISCARD int thread_make_user(const struct thread_attr *attr, const struct trap_frame *frame,
                               struct user_thread *user, struct thread **made);
void thread_launch(struct thread *t);

// Go to user mode with the registers of `frame`, which is not on this thread's stack.
// Context: a thread with thread.user set; interrupts off.
NORETURN void thread_enter_user(const struct trap_frame *frame);

// Tell `t` to look whether there is something to do for its program: an interruptible wait ends
// with -EINTR, and a hart that runs it in user mode is interrupted. Context: any, locks up to
// RANK_TIMER held; `t` must not be able to go away.
void thread_notify(struct thread *t);

// End the calling thread with `code`, unless it was killed: then with the killer's.
NORETURN void thread_exit(int code);

// Wait until thread `tid` has exited, and take its code (`code` may be NULL). Any number of threads
// may wait; all get the code. The first to get it frees the tid.
// Returns: 0; -ESRCH no such thread; -EINVAL detached; -EDEADLK it is the caller; -EINTR the caller
// was killed; -ETIMEDOUT.
// Context: thread; blocks.
NODISCARD int thread_join(tid_t tid, int *code);
NODISCARD int thread_join_until(tid_t tid, int *code, uint64_t deadline_ticks);

// Let thread `tid` go when it exits, or now if it has. Those who wait in thread_join() still get
// the code. Returns: 0; -ESRCH; -EINVAL if it was detached already.
int thread_detach(tid_t tid);

// Give way to the other threads that wait for this hart, if any. Context: thread, interrupts on.
void thread_yield(void);

// Sleep for at least `ns`, or until `deadline_ticks`; TIME_NEVER: until interrupted. Returns: 0;
// -EINTR if killed, or notified.
int thread_sleep(uint64_t ns);
int thread_sleep_until(uint64_t deadline_ticks);

// Wait for an unpark, at most `ns` (TIME_NEVER: for ever). An unpark that came before counts, once.
// Returns: 0; -ETIMEDOUT; -EINTR.
int thread_park(uint64_t ns);

// Let `tid` out of thread_park(), now or at its next call. Returns: 0; -ESRCH if it is no more.
int thread_unpark(tid_t tid);

// Tell `tid` to end with `code`. Sticky: its interruptible waits return -EINTR from now on, and it
// dies when its function returns or at thread_exit_if_killed(). The first kill's code stays.
// Returns: 0; -ESRCH if there is no such thread or it has exited.
int thread_kill(tid_t tid, int code);

// Has the calling thread been killed? The second dies of it.
bool thread_killed(void);
void thread_exit_if_killed(void);

// Change what the policy goes by. Returns: 0; -ESRCH; -ENOTSUP if this policy knows no parameters;
// -EINVAL if it refuses these.
int thread_set_priority(tid_t tid, int priority);

// Allow `tid` the harts in `mask` only. The caller itself is on an allowed hart when this returns;
// another running thread leaves its hart at its next interrupt, which this sends.
// Returns: 0; -ESRCH; -EINVAL if no hart in `mask` is online. Context: thread, no locks; may
// switch.
int thread_set_affinity(tid_t tid, uint64_t mask);

// The thread `tid` with a reference, NULL if there is none; give it back with thread_put().
struct thread *thread_get(tid_t tid);
void thread_put(struct thread *t);

// One more reference for who has one.
static inline struct thread *thread_hold(struct thread *t)
{
    (void)atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed); // relaxed: it lasts
    return t;
}

// What ps shows of one thread.
struct thread_info {
    tid_t tid;
    char name[THREAD_NAME_BYTES];
    enum thread_status status;
    unsigned cpu;
    int priority;
    uint64_t affinity;
    uint64_t run_ns;
    uint64_t switches;
    // Known in test and debug builds, else 0.
    uint64_t wait_ns;    // for how long it has been Ready
    uint64_t migrations; // times it ran on another hart than the time before
    size_t stack_bytes;  // the most of its stack that it has used
};

// Describe the first thread whose slot is >= *slot; advance *slot past it. Returns: false at the
// end.
bool thread_info_next(unsigned *slot, struct thread_info *info);

// Threads that exist, exited ones that nobody has joined included; idle threads are not.
unsigned thread_count(void);

// For the rest of the kernel.

// Let mm_reclaim() have the memory of threads that are no more. Context: boot.
void threads_init(void);

// Make `p`'s idle thread out of the stack it will run on. Context: boot. Returns: 0 or -ENOMEM.
NODISCARD int thread_make_idle(struct processor *p);

// The thread that boot code is, until it becomes an idle thread.
extern struct thread boot_thread;

// `t` is off its stack for good and published as Exited. Context: dispatch_finish(), no locks.
void thread_finish_exit(struct thread *t);
