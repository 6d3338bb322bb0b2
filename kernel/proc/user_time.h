// SPDX-License-Identifier: MIT
// kernel/proc/user_time.h - times as programs have them, in seconds and a fraction.
#pragma once

#include "kernel/abi/time.h"
#include "kernel/base/annot.h"
#include "mm/user/copy.h"

#define NS_PER_SECOND 1000000000UL
#define NS_PER_US     1000UL
#define NS_MAX        ((uint64_t)INT64_MAX) // longer times are as long as this

// Read a struct timespec, or timeval. Returns: 0 and nanoseconds; -EFAULT; -EINVAL if it is
// negative or its fraction is a second or more.
NODISCARD int get_timespec(uint64_t *ns, uva_t from);
NODISCARD int get_timeval(uint64_t *ns, uva_t from);

// Write one. Returns: 0; -EFAULT.
NODISCARD static inline long put_timespec(uva_t to, uint64_t ns)
{
    return put_user_pair(to, ns / NS_PER_SECOND, ns % NS_PER_SECOND);
}
NODISCARD long put_timeval(uva_t to, uint64_t ns);

struct timeval timeval_of(uint64_t ns);

// The date; nanoseconds since 1970.
uint64_t wall_now_ns(void);

// When the date, or the time since the start, is `ns`: the deadline in ticks.
uint64_t deadline_at(uint64_t ns, bool wall);

// How far a deadline in ticks is away; at least 1, as of a timer that has not gone off yet.
uint64_t deadline_distance_ns(uint64_t deadline_ticks);
