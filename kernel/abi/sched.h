// SPDX-License-Identifier: MIT
// kernel/abi/sched.h - scheduling: what the calls take, as Linux has it for riscv64.
//
// Source: sched(7), sched_setattr(2), getpriority(2).
#pragma once

#include <stdint.h>

#define SCHED_OTHER         0
#define SCHED_FIFO          1
#define SCHED_RR            2
#define SCHED_BATCH         3
#define SCHED_IDLE          5
#define SCHED_DEADLINE      6
#define SCHED_RESET_ON_FORK 0x40000000 // beside the policy

#define SCHED_FLAG_RESET_ON_FORK 1 // sched_attr.flags
#define SCHED_FLAG_KEEP_POLICY   0x08
#define SCHED_FLAG_KEEP_PARAMS   0x10

struct sched_attr {
    uint32_t size;
    uint32_t sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime; // the rest is of policies and of hints that there are not
    uint64_t sched_deadline;
    uint64_t sched_period;
    uint32_t sched_util_min;
    uint32_t sched_util_max;
};

#define SCHED_ATTR_SIZE_VER0 48 // up to sched_period
_Static_assert(sizeof(struct sched_attr) == 56, "Linux's");

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2
