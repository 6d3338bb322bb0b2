// SPDX-License-Identifier: MIT
// kernel/abi/time.h - clocks and timers: what the system calls take, as Linux has it for riscv64.
//
// Source: clock_gettime(2), clock_nanosleep(2), setitimer(2), times(2).
#pragma once

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_TAI                11

// A negative id is the time that a process, or with the bit a thread, has run:
// ~number << 3 | kind. Kind 2 is the time on a hart; 0 and 1 are the same here.
#define CLOCK_OF_THREAD  4
#define CLOCK_KIND_MASK  3
#define CLOCK_KIND_SCHED 2
#define CLOCK_ID_SHIFT   3

#define TIMER_ABSTIME 1

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

#ifndef __ASSEMBLER__
#include <stdint.h>

struct timespec {
    int64_t tv_sec;
    int64_t tv_nsec;
};

struct timeval {
    int64_t tv_sec;
    int64_t tv_usec;
};

struct itimerval {
    struct timeval it_interval;
    struct timeval it_value;
};

struct timezone {
    int32_t tz_minuteswest;
    int32_t tz_dsttime;
};

// In clock ticks, of which a second has 100 (AT_CLKTCK).
struct tms {
    int64_t tms_utime;
    int64_t tms_stime;
    int64_t tms_cutime;
    int64_t tms_cstime;
};

_Static_assert(sizeof(struct timespec) == 16 && sizeof(struct itimerval) == 32 &&
                   sizeof(struct tms) == 32 && sizeof(struct timezone) == 8,
               "Linux's layouts");
#endif
