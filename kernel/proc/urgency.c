// SPDX-License-Identifier: MIT
// kernel/proc/urgency.c - telling the scheduler how urgent threads of programs are.
//
// Real-time priorities are the real-time class's. A nice value is a priority of the policy, if that
// knows any, on the scale that all of them share: 1..32, 16 for nice 0.
#include "kernel/proc/urgency.h"

#include "kernel/abi/sched.h"
#include "kernel/dispatch.h"

enum { PRIORITY_MAX = 32, PRIORITY_MIN = 2, NICE_ZERO = 20 };

static int own_urgency(const struct user_thread *user)
{
    struct scheduling s = scheduling_of(user);

    if (s.priority != 0) {
        return URGENCY_REALTIME + s.priority;
    }
    return s.policy == SCHED_IDLE ? NICE_ZERO - NICE_MAX : NICE_ZERO - s.nice;
}

int nice_clamp(int nice)
{
    return nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
}

int urgency_of(const struct user_thread *user)
{
    int own = own_urgency(user);

    return own > user->inherited_urgency ? own : user->inherited_urgency;
}

static int policy_priority(int nice)
{
    int span =
        nice < 0 ? PRIORITY_MAX - SCHED_PRIORITY_DEFAULT : SCHED_PRIORITY_DEFAULT - PRIORITY_MIN;
    int steps = nice < 0 ? -NICE_MIN : NICE_MAX;

    return SCHED_PRIORITY_DEFAULT - nice * span / steps;
}

static void set_realtime(struct user_thread *user, unsigned priority)
{
    const struct thread *t = user->thread;
    struct scheduling s = scheduling_of(user);
    bool round_robin = s.policy == SCHED_RR && priority == s.priority;

    if (t->rt_priority != priority || t->rt_round_robin != round_robin) { // racy: set here only
        dispatch_set_realtime(user->thread, &user->realtime_room, priority, round_robin);
    }
}

void urgency_apply(struct user_thread *user)
{
    int urgency = urgency_of(user);
    bool realtime = urgency > URGENCY_REALTIME;

    set_realtime(user, realtime ? (unsigned)(urgency - URGENCY_REALTIME) : 0);
    if (!realtime) {
        int priority = policy_priority(NICE_ZERO - urgency);

        if (user->thread->sched.params.priority != priority) {   // racy: set here only
            (void)dispatch_set_priority(user->thread, priority); // the policy may know none
        }
    }
}

void urgency_fork(struct user_thread *user, const struct user_thread *from)
{
    struct scheduling s = scheduling_of(from);

    if (s.reset_on_fork) {
        s = (struct scheduling){.policy = s.priority != 0 ? SCHED_OTHER : s.policy,
                                .nice = s.nice < 0 ? 0 : s.nice};
    }
    scheduling_set(user, s);
}
