// SPDX-License-Identifier: MIT
// mm/failpoint.c - one allocation, chosen by its number, that fails on purpose.
#include "mm/failpoint.h"

#include <stdatomic.h>

// All relaxed: numbers by themselves. Whoever reads the report has joined those that allocate.
static atomic_bool armed;
static atomic_uint kind; // an enum failpoint
static _Atomic uint64_t asked;
static _Atomic uint64_t chosen;         // 0: none
static atomic_uint failed = FAILPOINTS; // an enum failpoint
static _Atomic(bool (*)(void)) counts;  // NULL: all count

static void arm(enum failpoint only, bool (*counted)(void), uint64_t nth)
{
    atomic_store_explicit(&counts, counted, memory_order_relaxed);
    atomic_store_explicit(&kind, only, memory_order_relaxed);
    atomic_store_explicit(&asked, 0, memory_order_relaxed);
    atomic_store_explicit(&chosen, nth, memory_order_relaxed);
    atomic_store_explicit(&failed, FAILPOINTS, memory_order_relaxed);
    atomic_store_explicit(&armed, true, memory_order_relaxed);
}

void failpoint_arm(enum failpoint only, uint64_t nth)
{
    arm(only, NULL, nth);
}

void failpoint_arm_among(bool (*counted)(void), uint64_t nth)
{
    arm(FAILPOINTS, counted, nth);
}

struct failpoint_report failpoint_report(void)
{
    return (struct failpoint_report){
        .asked = atomic_load_explicit(&asked, memory_order_relaxed),
        .which = (enum failpoint)atomic_load_explicit(&failed, memory_order_relaxed),
    };
}

struct failpoint_report failpoint_disarm(void)
{
    atomic_store_explicit(&armed, false, memory_order_relaxed);
    return failpoint_report();
}

// Is an allocation of kind `which` by the caller one of those that are counted?
static bool is_counted(enum failpoint which)
{
    unsigned only = atomic_load_explicit(&kind, memory_order_relaxed);
    bool (*counted)(void) = atomic_load_explicit(&counts, memory_order_relaxed);

    return (only == FAILPOINTS || only == which) && (counted == NULL || counted());
}

bool failpoint_hit(enum failpoint which)
{
    if (!atomic_load_explicit(&armed, memory_order_relaxed) || !is_counted(which)) {
        return false;
    }
    // relaxed: see above; one caller gets each number.
    uint64_t number = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;

    if (number != atomic_load_explicit(&chosen, memory_order_relaxed)) {
        return false;
    }
    atomic_store_explicit(&failed, which, memory_order_relaxed);
    return true;
}
