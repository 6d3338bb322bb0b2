// SPDX-License-Identifier: MIT
// kernel/proc/signal.h - signals: sending, and what is done about them on the way to user mode.
//
// What a process does about each is in signal_action.c, what waits to be delivered in
// signal_queue.c, sending in signal_send.c, what is blocked in signal_mask.c, delivery in
// signal_deliver.c, and the stack of a handler in signal_frame.c.
//
// process.lock guards what waits and what is blocked, so that one of sender and receiver sees what
// the other has done:
//
//   sender                                      receiver, on its way to user mode
//   lock; is it ignored, is it blocked?         lock; clear THREAD_SIGNALLED
//   queue it                                    take what waits and is not blocked
//   set THREAD_SIGNALLED, interrupt it          unlock
//   unlock                                      interrupts off: THREAD_SIGNALLED again?
//
// Whoever clears the note looks at the queues afterwards, and whoever fills them sets the note
// afterwards, both with the lock held. A note that comes after the last look brings an interrupt
// with it, which ends in another look (dispatch_notify()).
//
//   a thread leaves        It goes from process.threads with the lock held, so a sender chooses it
//                          before, or not at all. What waits for the process and was for it is
//                          passed on to another (signal_leave()); what was for it alone goes.
//   the last one leaves    nr_threads is 0, and a sender drops its signal: process.actions may go.
//   exec                   What waits and what is blocked stays. Actions are replaced with the lock
//                          held, so a sender decides by the old ones or by the new.
//   the mask changes       The thread changes it with the lock held. What becomes deliverable sets
//                          the note. What waits for the process and is blocked from now on may have
//                          been left to this thread: another is told (signal_mask_set()).
//   sigsuspend(), ppoll()  The mask is replaced before the wait; a signal that it lets through sets
//                          the note, which makes the wait refuse to begin. The old mask comes back
//                          on the way out, after the frame of a handler has been made with it.
//   fork                   A child is linked in with tree_lock held, as a signal to a group is
//   sent:
//                          so the child is there to get it, or its parent has it and does not fork.
#pragma once

#include "kernel/abi/signal.h"
#include "kernel/base/annot.h"
#include "kernel/proc/process.h"

// What a signal carries beside its number: the fields of siginfo that programs read.
struct signal_info {
    int code;     // SI_USER ..., or that of a fault
    int pid;      // of the sender, or the child
    int status;   // SIGCHLD: exit code or signal
    unsigned uid; // of the sender
    int error;    // of rt_sigqueueinfo()
    union {
        uint64_t address; // of a fault
        uint64_t value;   // of rt_sigqueueinfo(), timer_create()
    };
}; // SI_TIMER: `pid` is the timer's number, and `uid` how often it went off unheard

// Dispositions, shared by the threads of a process (CLONE_SIGHAND). All default to begin with.
NODISCARD struct signal_actions *signal_actions_new(void);
NODISCARD struct signal_actions *signal_actions_fork(struct signal_actions *from);
struct signal_actions *signal_actions_get(struct signal_actions *actions);
void signal_actions_put(struct signal_actions *actions);
// `fresh`, which is handed over, becomes the actions of `p`, or, if it is NULL, those that it has
// to itself stay: what is ignored stays so, and the rest is the default. Context: exec; `p` has one
// thread.
void signal_actions_exec(struct process *p, struct signal_actions *fresh);

void signal_queue_init(struct signal_queue *queue);
void signal_queue_flush(struct signal_queue *queue); // forget all; nobody else uses it any more

// Send `signo` to a process, or to one thread. 0 sends nothing. `info` may be NULL: from the
// kernel. Returns: 0; -EAGAIN if it has a value and too many wait.
// Context: any thread, no locks of rank RANK_PROCESS or above held; neither can go away.
int signal_send(struct process *p, int signo, const struct signal_info *info);
int signal_send_thread(struct user_thread *user, int signo, const struct signal_info *info);

// The same with the lock held: to the process if `user` is NULL, else to that thread, which is in
// p->threads.
int signal_send_locked(struct process *p, struct user_thread *user, int signo,
                       const struct signal_info *info) REQUIRES(p->lock);

// The calling thread sends itself a signal, as kill() would: SIGPIPE.
void signal_self(int signo);

// Send `signo` to every process of the group. Returns: 0; -ESRCH if there is none.
// Context: as signal_send(), without tree_lock. Looks at all processes.
int signal_send_group(pid_t pgid, int signo, const struct signal_info *info);

// The calling thread did something wrong: it gets `signo`, which it can neither block nor ignore.
void signal_fault(int signo, int code, uint64_t address);

// `user` has left p->threads: what waits for the process, and was left to it, others shall take.
void signal_leave(struct process *p, struct user_thread *user) REQUIRES(p->lock);

// Has the calling thread a signal that it does not block, or to leave? Context: thread.
bool signal_is_pending(void);

// Do what signals ask of the calling thread: set up a handler's frame, restart or end a call, or
// end the process; leave it, if it ends. Clears THREAD_SIGNALLED. Context: on the way to user mode,
// interrupts on.
void signal_deliver(struct trap_frame *frame);

// Is `p` not interested in its children's ends, so that they are reaped at once?
bool signal_ignores_children(struct process *p);
