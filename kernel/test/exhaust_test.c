// SPDX-License-Identifier: MIT
// kernel/test/exhaust_test.c - threads without end, and spawns of which one part fails.
#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/memory.h"

enum { CROWD_MAX = 2048 };

static tid_t crowd[CROWD_MAX]; // one test runs at a time

static int park_once(void *unused)
{
    (void)unused;
    return thread_park(TIME_NEVER);
}

static void let_go(unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        KT_CHECK(thread_unpark(crowd[i]) == 0);
        test_join(crowd[i], 0);
    }
}

// ---- One part fails -----------------------------------------------------------------------------

// Thousands of threads come and go here: all on one hart, since their number matters and not where
// they run, and hand-overs between harts of a busy host take milliseconds each.

// Spawn threads that stay until one of them needed an allocation of kind `which`, which failed.
// Returns: what that spawn returned; *n: how many there are.
static int spawn_until_failure(enum failpoint which, unsigned *n)
{
    for (*n = 0; *n < CROWD_MAX;) {
        failpoint_arm(which, 1);
        int tid =
            thread_spawn(&(struct thread_attr){.affinity = test_bit(test_cpu())}, park_once, NULL);
        struct failpoint_report report = failpoint_disarm();

        if (tid > 0) {
            crowd[(*n)++] = tid;
        }
        if (report.which == which) {
            return tid;
        }
        KT_CHECK(tid > 0);
    }
    return 0;
}

KTEST(spawn_fails_in_each_part, "whichever allocation of a spawn fails, nothing is left of it")
{
    static const int errnos[FAILPOINTS] = {
        [FAILPOINT_RECLAIM] = -ENOMEM, [FAILPOINT_THREAD] = -ENOMEM, [FAILPOINT_TID] = -EAGAIN};
    struct ktest_balance before = ktest_balance_now();

    test_pin(test_cpu());
    for (unsigned which = 0; which < FAILPOINTS; which++) {
        unsigned n;
        int tid = spawn_until_failure((enum failpoint)which, &n);

        KT_CHECK(errnos[which] != 0 ? tid == errnos[which] : tid > 0);
        let_go(0, n);
        KT_CHECK(ktest_balance_now().frames == before.frames);
    }
    test_unpin();
}

// Spawn threads until the next few need another page table for their stacks. Returns: how many.
static unsigned fill_table(void)
{
    enum { STACKS_OF_TABLE = 64, FEW = 8 };
    unsigned n = 0;

    while (kstack_mapped() % STACKS_OF_TABLE < STACKS_OF_TABLE - FEW) {
        crowd[n++] = test_spawn(park_once, NULL);
    }
    return n;
}

// Spawn some more threads than `n` while block number `nth` of frames fails.
// Returns: how many blocks were asked for.
static uint64_t spawn_without(uint64_t nth, unsigned n)
{
    enum { MORE = 16 };

    mm_reclaim();
    failpoint_arm(FAILPOINT_FRAMES, nth);
    for (unsigned i = n; i < n + MORE; i++) {
        crowd[i] = test_spawn_on(test_bit(test_cpu()), park_once, NULL);
    }
    uint64_t asked = failpoint_disarm().asked;
    let_go(n, n + MORE);
    return asked;
}

KTEST(spawn_without_each_block, "whichever block of frames is not there for stacks, none is lost")
{
    test_pin(test_cpu());
    unsigned n = fill_table();
    struct ktest_balance before = ktest_balance_now();
    uint64_t asked = 1;

    for (uint64_t nth = 1; nth <= asked; nth++) {
        asked = spawn_without(nth, n);
        KT_CHECK(ktest_balance_now().frames == before.frames);
    }
    let_go(0, n);
    test_unpin();
}

// ---- Memory ends --------------------------------------------------------------------------------

static struct test_held *hold_all_but(size_t frames)
{
    struct test_held *list = NULL;

    for (unsigned order = FRAME_ORDER_MAX + 1; order-- > 0;) {
        list = test_hold(list, order, frames + ((size_t)1 << order) - 1);
    }
    return list;
}

KTEST(spawn_until_memory_ends,
      "spawns until there is no memory, again and again; each time it ends")
{
    enum { LEFT = 1000, TIMES = 3 };
    struct ktest_balance before = ktest_balance_now();
    struct test_held *list = hold_all_but(LEFT);

    for (unsigned time = 0; time < TIMES; time++) {
        unsigned n = 0;
        int tid;

        while ((tid = thread_spawn(NULL, park_once, NULL)) > 0 && n < CROWD_MAX) {
            crowd[n++] = tid;
        }
        KT_CHECK(tid == -ENOMEM && n > 0);
        KT_CHECK(thread_spawn(NULL, park_once, NULL) == -ENOMEM); // and it stays so
        let_go(0, n);
    }
    test_let_go(list);
    KT_CHECK(ktest_balance_now().frames == before.frames);
}
