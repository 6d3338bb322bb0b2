// SPDX-License-Identifier: MIT
// kernel/test/plant_lost_update.c - a counter that two harts add to by a load and a store.
//
//   hart 0                hart 1
//   load counter (n)
//                         load counter (n)
//   store n + 1
//                         store n + 1           one of the two is lost
#include <stdatomic.h>

#include "kernel/console.h"
#include "kernel/test/plant.h"

static atomic_uint counter; // relaxed: the meeting after the round orders it

static void prepare(void)
{
    atomic_store_explicit(&counter, 0, memory_order_relaxed);
}

static void turn(unsigned who, bool fixed)
{
    (void)who;
    if (fixed) {
        atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    } else {
        unsigned seen = atomic_load_explicit(&counter, memory_order_relaxed);

        atomic_store_explicit(&counter, seen + 1, memory_order_relaxed);
    }
}

static bool showed(void)
{
    unsigned sum = atomic_load_explicit(&counter, memory_order_relaxed);

    if (sum != PLANT_HARTS) {
        printk("lost update: %d harts added 1 each, and the sum is %u\n", PLANT_HARTS, sum);
    }
    return sum != PLANT_HARTS;
}

const struct plant plant_lost_update = {"lost-update", prepare, turn, showed};
