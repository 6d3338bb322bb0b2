// SPDX-License-Identifier: MIT
// kernel/proc/signal.h - signals: sending, and what is done about them on the way to user mode.
#pragma once

#include "kernel/abi/signal.h"
#include "kernel/base/annot.h"
#include "kernel/proc/process.h"

// What a signal carries beside its number: the fields of siginfo that programs read.
struct signal_info {
    int code;         // SI_USER ..., or that of a fault
    int pid;          // of the sender, or the child
    int status;       // SIGCHLD: exit code or signal
    uint64_t address; // of a fault
    uint64_t value;   // of rt_sigqueueinfo()
};

// Dispositions, shared by the threads of a process (CLONE_SIGHAND). All default to begin with.
NODISCARD struct signal_actions *signal_actions_new(void);
NODISCARD struct signal_actions *signal_actions_fork(struct signal_actions *from);
struct signal_actions *signal_actions_get(struct signal_actions *actions);
void signal_actions_put(struct signal_actions *actions);
void signal_actions_exec(struct signal_actions *actions); // handlers become the default

void signal_queue_init(struct signal_queue *queue);
void signal_queue_flush(struct signal_queue *queue); // forget all; nobody else uses it any more

// Send `signo` to a process, or to one thread. 0 sends nothing. `info` may be NULL: from the
// kernel. Context: any thread, no locks of rank RANK_PROCESS or above held; neither can go away.
void signal_send(struct process *p, int signo, const struct signal_info *info);
void signal_send_thread(struct user_thread *user, int signo, const struct signal_info *info);

// The calling thread did something wrong: it gets `signo`, which it can neither block nor ignore.
void signal_fault(int signo, int code, uint64_t address);

// Has the calling thread a signal that it does not block, or to leave? Context: thread.
bool signal_is_pending(void);

// Do what signals ask of the calling thread: set up a handler's frame, restart or end a call, or
// end the process. Clears THREAD_SIGNALLED. Context: on the way to user mode, interrupts on.
void signal_deliver(struct trap_frame *frame);

// Is `p` not interested in its children's ends, so that they are reaped at once?
bool signal_ignores_children(struct process *p);
