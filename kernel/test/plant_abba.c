// SPDX-License-Identifier: MIT
// kernel/test/plant_abba.c - two mutexes that two harts take in opposite order.
//
//   hart 0                hart 1
//   lock left
//                         lock right
//   lock right: sleeps
//                         lock left: sleeps     for ever
//
// So that somebody is left to say it, each gives up its second mutex after a while. That alone is
// no deadlock, a hart may be slow: it is one if the other, too, has its first mutex and asks for
// the one that is held here, since then nothing but giving up gets either further.
#include <stdatomic.h>

#include "kernel/console.h"
#include "kernel/test/plant.h"
#include "kernel/timer.h"
#include "sync/block/mutex.h"

static struct mutex left = MUTEX_INIT(left);
static struct mutex right = MUTEX_INIT(right);

// By hart: has its first mutex, and asks for its second. release: after the first was taken;
// acquire by the other, which then knows that it is held.
static atomic_bool asks[PLANT_HARTS];
static atomic_bool deadlocked; // relaxed: the meeting after the round orders it

static void prepare(void)
{
    atomic_store_explicit(&deadlocked, false, memory_order_relaxed);
}

static void turn(unsigned who, bool fixed) NO_TSA
{
    struct mutex *first = fixed || who == 0 ? &left : &right;
    struct mutex *second = first == &left ? &right : &left;
    uint64_t deadline = deadline_after_ns(PLANT_PATIENCE_NS);

    mutex_lock(first);
    atomic_store_explicit(&asks[who], true, memory_order_release);
    if (mutex_lock_until(second, deadline) == 0) {
        mutex_unlock(second);
    } else if (atomic_load_explicit(&asks[1 - who], memory_order_acquire)) {
        atomic_store_explicit(&deadlocked, true, memory_order_relaxed);
    }
    atomic_store_explicit(&asks[who], false, memory_order_release);
    mutex_unlock(first);
}

static bool showed(void)
{
    bool found = atomic_load_explicit(&deadlocked, memory_order_relaxed);

    if (found) {
        printk("deadlock: hart 0 has left and waits for right, hart 1 has right and waits for "
               "left\n");
    }
    return found;
}

const struct plant plant_abba = {"abba", prepare, turn, showed};
