// SPDX-License-Identifier: MIT
// kernel/test/plant_double_free.c - an object whose count of references is read a second time.
//
//   hart 0                    hart 1
//   refs -= 1 (1 is left)
//                             refs -= 1 (0 is left)
//                             refs == 0? free
//   refs == 0? free           the second time
//
// The object is not the allocator's, so that a release build survives it: to free it is to count.
#include <stdatomic.h>

#include "kernel/console.h"
#include "kernel/test/plant.h"

static struct {
    atomic_uint refs;  // acq_rel: whoever frees sees what the others did to the object
    atomic_uint freed; // relaxed: how many times; the meeting after the round orders it
} object;

static void prepare(void)
{
    atomic_store_explicit(&object.refs, PLANT_HARTS, memory_order_relaxed);
    atomic_store_explicit(&object.freed, 0, memory_order_relaxed);
}

static void turn(unsigned who, bool fixed)
{
    (void)who;
    unsigned left = atomic_fetch_sub_explicit(&object.refs, 1, memory_order_acq_rel) - 1;

    if (!fixed) {
        left = atomic_load_explicit(&object.refs, memory_order_acquire);
    }
    if (left == 0) {
        atomic_fetch_add_explicit(&object.freed, 1, memory_order_relaxed);
    }
}

static bool showed(void)
{
    unsigned freed = atomic_load_explicit(&object.freed, memory_order_relaxed);

    if (freed != 1) {
        printk("double free: one object, freed %u times\n", freed);
    }
    return freed != 1;
}

const struct plant plant_double_free = {"double-free", prepare, turn, showed};
