// SPDX-License-Identifier: MIT
// mm/failpoint.h - one allocation, chosen by its number, that fails on purpose.
//
// Whatever allocates asks first. While armed, everything that asks is counted, on every hart, and
// the chosen one is told to fail, exactly once. Release builds ask nothing and count nothing.
// Limits:  a point inside another, such as the frames of a stack, is a number of its own; whoever
//          finds memory short reclaims and tries again, so such a failure stays inside.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum failpoint {
    FAILPOINT_FRAMES, // frames_alloc()
    FAILPOINT_OBJECT, // objcache_alloc()
    FAILPOINT_STACK,  // kstack_alloc()
    // From here on nobody tries again: the caller has to be told.
    FAILPOINT_RECLAIM, // frames_alloc_or_reclaim(), objcache_alloc_or_reclaim()
    FAILPOINT_THREAD,  // structure and stack of a thread
    FAILPOINT_TID,     // its number
    FAILPOINTS,
};

// What has happened since failpoint_arm().
struct failpoint_report {
    uint64_t asked;       // allocations, of the kind, that were to be made
    enum failpoint which; // the one that failed; FAILPOINTS: none has
};

// Let number `nth` of the allocations of kind `only` (FAILPOINTS: of every kind) from now on fail;
// 0: none, only count. Context: any; nobody else has armed it.
void failpoint_arm(enum failpoint only, uint64_t nth);

// The same for every kind, but only those count that are made while `counted` returns true, which
// is asked at each and allocates nothing.
void failpoint_arm_among(bool (*counted)(void), uint64_t nth);

// Returns: what has happened since it was armed, also after it was disarmed. Context: any.
struct failpoint_report failpoint_report(void);

// Let nothing fail and count nothing. Returns: what happened since it was armed. Context: any.
struct failpoint_report failpoint_disarm(void);

// The part of failpoint() that test and debug builds have.
bool failpoint_hit(enum failpoint which);

// Is the allocation that the caller is about to make to fail? Context: any.
static inline bool failpoint(enum failpoint which)
{
    return CONFIG_TEST && failpoint_hit(which);
}
