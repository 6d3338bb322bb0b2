// SPDX-License-Identifier: MIT
// kernel/proc/user_time.c - times as programs have them.
#include "kernel/proc/user_time.h"

#include "kernel/abi/errno.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"

// Read seconds, and a fraction of which `per_second` make one. Returns: as get_timespec().
static int get_time(uint64_t *ns, uva_t from, uint64_t per_second)
{
    uint64_t pair[2];
    int err = get_user_pair(pair, from);

    if (err != 0) {
        return err;
    }
    if ((int64_t)pair[0] < 0 || pair[1] >= per_second) {
        return -EINVAL;
    }
    *ns = pair[0] >= NS_MAX / NS_PER_SECOND
              ? NS_MAX
              : pair[0] * NS_PER_SECOND + pair[1] * (NS_PER_SECOND / per_second);
    return 0;
}

int get_timespec(uint64_t *ns, uva_t from)
{
    return get_time(ns, from, NS_PER_SECOND);
}

int get_timeval(uint64_t *ns, uva_t from)
{
    return get_time(ns, from, NS_PER_SECOND / NS_PER_US);
}

long put_timeval(uva_t to, uint64_t ns)
{
    return put_user_pair(to, ns / NS_PER_SECOND, ns % NS_PER_SECOND / NS_PER_US);
}

struct timeval timeval_of(uint64_t ns)
{
    return (struct timeval){(int64_t)(ns / NS_PER_SECOND),
                            (int64_t)(ns % NS_PER_SECOND / NS_PER_US)};
}

uint64_t wall_now_ns(void)
{
    return time_now_ns() + wallclock_offset_ns();
}

uint64_t deadline_at(uint64_t ns, bool wall)
{
    uint64_t offset = wall ? wallclock_offset_ns() : 0;

    return ns_to_ticks(ns > offset ? ns - offset : 0);
}

uint64_t deadline_distance_ns(uint64_t deadline_ticks)
{
    uint64_t now = time_now_ticks();

    return deadline_ticks > now ? ticks_to_ns(deadline_ticks - now) : 1;
}
