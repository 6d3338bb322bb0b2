// SPDX-License-Identifier: MIT
// kernel/proc/sched_change.c - finding a thread and changing how it is scheduled.
#include "kernel/proc/sched_change.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/futex_pi.h"
#include "kernel/realtime.h"

struct mutex sched_mutex = MUTEX_INIT(sched_mutex);

struct user_thread *sched_find(uint64_t tid, int *err)
{
    int number = (int)tid != 0 ? (int)tid : current()->tid;
    struct user_thread *user = number > 0 ? user_thread_find(number) : NULL;

    *err = number < 0 ? -EINVAL : user == NULL ? -ESRCH : 0;
    return user;
}

struct scheduling sched_change_begin(struct user_thread *user)
{
    mutex_lock(&sched_mutex);
    return scheduling_of(user);
}

int sched_change_policy(struct scheduling *s, int policy, int priority)
{
    int least = is_realtime_policy(policy) ? 1 : 0;
    int most = is_realtime_policy(policy) ? REALTIME_PRIORITY_MAX : 0;

    if (!is_known_policy(policy) || priority < least || priority > most) {
        return -EINVAL;
    }
    s->policy = (uint8_t)policy;
    s->priority = (uint8_t)priority;
    return 0;
}

void sched_change_end(struct user_thread *user, struct scheduling s)
{
    scheduling_set(user, s);
    mutex_unlock(&sched_mutex);
    futex_pi_reconsider(user); // last: it may make the caller wait for long
}
