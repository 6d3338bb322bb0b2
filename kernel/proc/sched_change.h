// SPDX-License-Identifier: MIT
// kernel/proc/sched_change.h - finding a thread and changing how it is scheduled; for the system
// calls that do.
#pragma once

#include "kernel/abi/sched.h"
#include "kernel/proc/process.h"
#include "sync/block/mutex.h"

extern struct mutex sched_mutex; // serialises changes of user_thread.scheduling

static inline bool is_realtime_policy(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static inline bool is_known_policy(int policy)
{
    return is_realtime_policy(policy) || policy == SCHED_OTHER || policy == SCHED_BATCH ||
           policy == SCHED_IDLE;
}

// Returns: the thread `tid`, referenced, the caller for 0; NULL and *err: -EINVAL negative, -ESRCH.
struct user_thread *sched_find(uint64_t tid, int *err);

// Begin to change what `user` has. Returns: what that is. Context: thread.
struct scheduling sched_change_begin(struct user_thread *user) ACQUIRES(sched_mutex);

// Give `s` the policy and priority if they fit each other. Returns: 0; -EINVAL, and it has not
// changed.
NODISCARD int sched_change_policy(struct scheduling *s, int policy, int priority);

// `user` has `s` from now on. The caller itself may have to wait then for those more urgent.
void sched_change_end(struct user_thread *user, struct scheduling s) RELEASES(sched_mutex);
