// SPDX-License-Identifier: MIT
// kernel/proc/user_clock.c - clocks by the ids that programs have for them.
//
// The clocks are exact under every name: the coarse ones are no coarser, the raw one is no rawer,
// and the machine never sleeps, so that CLOCK_BOOTTIME is CLOCK_MONOTONIC.
#include "kernel/proc/user_clock.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/cpu_time.h"
#include "kernel/proc/user_time.h"
#include "kernel/timer.h"

// The time that the thread `tid` of this process has run. Returns: 0; -EINVAL.
static int read_thread(int tid, uint64_t *ns)
{
    struct user_thread *user = user_thread_find(tid);
    int err = -EINVAL;

    if (user != NULL && user->process == current_process()) {
        *ns = thread_run_ns(user->thread);
        err = 0;
    }
    if (user != NULL) {
        user_thread_put(user);
    }
    return err;
}

static int read_process(pid_t pid, uint64_t *ns)
{
    struct process *p = process_find(pid);

    if (p == NULL) {
        return -EINVAL;
    }
    *ns = process_run_ns(p);
    process_put(p);
    return 0;
}

static int read_encoded(int id, uint64_t *ns)
{
    int number = ~(id >> CLOCK_ID_SHIFT);

    if ((id & CLOCK_KIND_MASK) > CLOCK_KIND_SCHED) {
        return -EINVAL;
    }
    if (id & CLOCK_OF_THREAD) {
        return read_thread(number != 0 ? number : current()->tid, ns);
    }
    return read_process(number != 0 ? number : current_process()->pid, ns);
}

int user_clock_read(int id, uint64_t *ns)
{
    if (likely(user_clock_is_start(id))) {
        *ns = time_now_ns();
    } else if (user_clock_is_wall(id)) {
        *ns = wall_now_ns();
    } else if (id == CLOCK_THREAD_CPUTIME_ID) {
        *ns = thread_run_ns(current());
    } else if (id == CLOCK_PROCESS_CPUTIME_ID) {
        *ns = process_run_ns(current_process());
    } else {
        return id < 0 ? read_encoded(id, ns) : -EINVAL;
    }
    return 0;
}

int user_clock_check_sleep(int id)
{
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}
