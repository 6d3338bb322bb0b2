// SPDX-License-Identifier: MIT
// user/lib/clock.h - time as one number.
#pragma once

#include <stdint.h>
#include <time.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static inline uint64_t clock_ns_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

// Monotonic nanoseconds.
static inline uint64_t clock_ns(void)
{
    return clock_ns_of(CLOCK_MONOTONIC);
}

static inline struct timespec clock_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

// The time of `clock` in so many milliseconds.
static inline struct timespec clock_after_ms(clockid_t clock, unsigned ms)
{
    return clock_timespec(clock_ns_of(clock) + (uint64_t)ms * NS_PER_MS);
}
