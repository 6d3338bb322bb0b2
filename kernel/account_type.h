// SPDX-License-Identifier: MIT
// kernel/account_type.h - struct account alone, for struct thread; kernel/account.h has the rest.
#pragma once

#include "kernel/base/types.h"

// What one thread has done beside running. guarded by: the lock of its run queue.
struct account {
    uint64_t ready_ticks; // since when it is Ready
    uint64_t wait_ticks;  // how long it has been Ready, up to when it ran last
    uint64_t migrations;  // times it ran on another hart than the time before
    unsigned last_cpu;    // where it ran last; meaningless before it has
};

// How many elements the array `account` of a thread has: release builds keep no accounts, since
// each would lengthen every switch and every wake-up.
enum { ACCOUNTS = CONFIG_TEST ? 1 : 0 };
