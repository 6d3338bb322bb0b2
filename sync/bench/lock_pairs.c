// SPDX-License-Identifier: MIT
// sync/bench/lock_pairs.c - times pairs of the kernel's own spinlock, uncontended.
//
// A loop of N costs fixed + N * (loop + pair). Two lengths make the fixed part cancel, and the same
// loop with a compiler barrier for a pair takes off the rest, so that counted instructions come out
// as the whole number they are.
#include "sync/bench/lock_pairs.h"

#include "kernel/base/compiler.h"
#include "kernel/bench.h"
#include "sync/spinlock.h"

enum { PAIRS = 2000 };

static struct spinlock priced = SPINLOCK_INIT("priced", RANK_BENCH);

// One function a loop, never inlined, so that each is compiled the same way: counter, body, branch.
static NOINLINE uint64_t time_nothing(unsigned pairs)
{
    uint64_t start = bench_now();

    for (; pairs > 0; pairs--) {
        compiler_barrier();
    }
    return bench_now() - start;
}

static NOINLINE uint64_t time_irqsave(unsigned pairs)
{
    uint64_t start = bench_now();

    for (; pairs > 0; pairs--) {
        unsigned long saved = spin_lock_irqsave(&priced);

        spin_unlock_irqrestore(&priced, saved);
    }
    return bench_now() - start;
}

static NOINLINE uint64_t time_nested(unsigned pairs)
{
    uint64_t start = bench_now();

    for (; pairs > 0; pairs--) {
        spin_lock(&priced);
        spin_unlock(&priced);
    }
    return bench_now() - start;
}

// What PAIRS iterations of `loop` cost beyond what is fixed. The first round only warms up.
static uint64_t slope(uint64_t (*loop)(unsigned pairs))
{
    (void)loop(PAIRS);
    uint64_t shorter = loop(PAIRS);
    uint64_t longer = loop(2 * PAIRS);

    return longer > shorter ? longer - shorter : 0; // under host, noise may win
}

static uint64_t beyond_the_loop_milli(uint64_t (*loop)(unsigned pairs))
{
    uint64_t with_pair = slope(loop);
    uint64_t without = slope(time_nothing);

    return with_pair > without ? (with_pair - without) * 1000 / PAIRS : 0;
}

uint64_t lock_irqsave_pair_milli(void)
{
    return beyond_the_loop_milli(time_irqsave);
}

uint64_t lock_nested_pair_milli(void)
{
    return beyond_the_loop_milli(time_nested);
}
