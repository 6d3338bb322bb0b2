// SPDX-License-Identifier: MIT
// kernel/proc/signal_queue.h - signals that wait to be delivered.
//
// A standard signal waits once, with what the first sender has said of it; a real-time one as often
// as it was sent. If memory is short a signal waits all the same, with nothing known of it.
// Context: process.lock of the process that the queue is of is held.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"

// Returns: 0; -EAGAIN if `signo` is real-time and nothing could be kept of it. It waits all the
// same unless it came with a value, which must not be lost without the sender's knowing.
int signal_queue_add(struct signal_queue *queue, int signo, const struct signal_info *info);

// Take a signal of the set `which` out: the thread's own come first, then its process's; of these,
// those that a fault raises before others, the least number first.
// Returns: its number, and what is known of it in *info; 0: there is none.
NODISCARD int signal_take(struct user_thread *user, uint64_t which, struct signal_info *info)
    REQUIRES(user->process->lock);

// Returns: what waits of the signal `signo` of timer `id`; NULL if none does.
NODISCARD struct signal_info *signal_queue_find_timer(struct signal_queue *queue, int signo,
                                                      int id);

// Forget the signals of the set `which`.
void signal_queue_drop(struct signal_queue *queue, uint64_t which);
