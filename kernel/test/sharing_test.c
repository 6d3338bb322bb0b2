// SPDX-License-Identifier: MIT
// kernel/test/sharing_test.c - two harts count, each for itself: in one cache line, and in two.
//
// That nobody's counts are lost is checked here. What it costs is for the timing model to say, to
// which each test is one region of interest: tests/system/test_why.py has it tell the two apart.
#include <stdatomic.h>

#include "kernel/bench.h"
#include "kernel/ktest_support.h"
#include "sync/spin/node.h"

enum { COUNTS = 2000 };

static struct {
    _Alignas(SPIN_LINE_BYTES) atomic_ulong left;
    atomic_ulong right;
} in_one_line;

static struct {
    _Alignas(SPIN_LINE_BYTES) atomic_ulong left;
    _Alignas(SPIN_LINE_BYTES) atomic_ulong right;
} in_two_lines;

static atomic_uint arrived;

// relaxed, all of it: each counter has one writer, and is read after that has been joined.
static int count(void *arg)
{
    atomic_ulong *counter = arg;

    atomic_fetch_add_explicit(&arrived, 1, memory_order_relaxed);
    while (atomic_load_explicit(&arrived, memory_order_relaxed) < 2) {
        thread_yield();
    }
    for (unsigned i = 0; i < COUNTS; i++) {
        unsigned long before = atomic_load_explicit(counter, memory_order_relaxed);

        atomic_store_explicit(counter, before + 1, memory_order_relaxed);
    }
    return 0;
}

static void count_both(atomic_ulong *left, atomic_ulong *right)
{
    unsigned cpu = test_cpu();

    atomic_store_explicit(left, 0, memory_order_relaxed);
    atomic_store_explicit(right, 0, memory_order_relaxed);
    atomic_store_explicit(&arrived, 0, memory_order_relaxed);
    (void)bench_region_begin();
    tid_t one = test_spawn_on(test_bit(cpu), count, left);
    tid_t other = test_spawn_on(test_bit(test_next_cpu(cpu)), count, right);

    test_join(one, 0);
    test_join(other, 0);
    bench_region_end();
    KT_CHECK(atomic_load_explicit(left, memory_order_relaxed) == COUNTS);
    KT_CHECK(atomic_load_explicit(right, memory_order_relaxed) == COUNTS);
}

KTEST(sharing_false, "two harts count in one line, and no count is lost")
{
    count_both(&in_one_line.left, &in_one_line.right);
}

KTEST(sharing_none, "two harts count in two lines")
{
    count_both(&in_two_lines.left, &in_two_lines.right);
}
