// SPDX-License-Identifier: MIT
// mm/user/test/harts_test.c - several harts in one address space: faults, fences, ASIDs, its end.
#include <stdatomic.h>

#include "kernel/base/bits.h"
#include "kernel/processor.h"
#include "mm/frame.h"
#include "mm/user/test/space_support.h"
#include "mm/user/tlb.h"

// What the threads of one test share. Set before they start.
static struct {
    struct aspace *as;
    atomic_uint ready; // relaxed: see ktest_wait_for()
    atomic_uint round; // release by the test, acquire by the threads: publishes what was changed
    atomic_uint seen;  // release by the threads, acquire by the test
} shared;

static struct user_thread user;

// Start fn(its number) on every hart that is online. Returns: how many there are.
static unsigned start_everywhere(thread_fn *fn, tid_t tid[MAX_HARTS])
{
    unsigned n = 0;

    // relaxed: the threads are not there yet.
    atomic_store_explicit(&shared.ready, 0, memory_order_relaxed);
    atomic_store_explicit(&shared.round, 0, memory_order_relaxed);
    atomic_store_explicit(&shared.seen, 0, memory_order_relaxed);
    for (uint64_t left = harts_online_mask(); left != 0; left &= left - 1, n++) {
        tid[n] = test_spawn_on(bit(bit_lowest(left)), fn, (void *)(uintptr_t)n);
    }
    return n;
}

static void join_all(const tid_t tid[MAX_HARTS], unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        test_join(tid[i], 0);
    }
}

// ---- Faults at once -----------------------------------------------------------------------------

enum { FAULT_PAGES = 64, FAULT_ROUNDS = 16 };

// Each thread writes its word of every page, in an order of its own.
static int write_words(void *number)
{
    struct user_thread own;
    uint64_t n = (uint64_t)number;
    int wrong = 0;

    space_enter(&own, shared.as);
    for (unsigned round = 1; round <= test_rounds(FAULT_ROUNDS); round++) {
        ktest_wait_for(&shared.round, round);
        for (unsigned i = 0; i < FAULT_PAGES; i++) {
            uint64_t va = TEST_AT + (i * 7 + n) % FAULT_PAGES * PAGE_SIZE + n * 16;
            uint64_t words[2] = {round, n};

            wrong += copy_to_user(va, words, sizeof(words)) != 0;
        }
        test_raise(&shared.seen);
    }
    space_leave();
    return wrong;
}

static void check_words(unsigned round, unsigned threads)
{
    for (unsigned i = 0; i < FAULT_PAGES; i++) {
        for (uint64_t n = 0; n < threads; n++) {
            space_expect(TEST_AT + i * PAGE_SIZE + n * 16, round);
            space_expect(TEST_AT + i * PAGE_SIZE + n * 16 + 8, n);
        }
    }
    KT_CHECK(aspace_usage(shared.as).pages_present == FAULT_PAGES);
}

KTEST(space_faults, "harts that fault on one page at once get one page")
{
    tid_t tid[MAX_HARTS];
    struct aspace *child = NULL;

    shared.as = aspace_new();
    space_enter(&user, shared.as);
    unsigned threads = start_everywhere(write_words, tid);

    for (unsigned round = 1; round <= test_rounds(FAULT_ROUNDS); round++) {
        if (child != NULL) {
            aspace_put(child);
            child = NULL;
        }
        if (round % 2 == 1) { // holes; else pages that a child has too
            KT_CHECK(space_map(shared.as, TEST_AT, FAULT_PAGES, TEST_RW, MAP_FIXED) > 0);
        } else {
            child = aspace_fork(shared.as);
        }
        test_raise(&shared.round);
        ktest_wait_for(&shared.seen, round * threads);
        check_words(round, threads);
    }
    join_all(tid, threads);
    space_leave();
    if (child != NULL) {
        aspace_put(child);
    }
    aspace_put(shared.as);
}

// ---- Fences -------------------------------------------------------------------------------------

enum { FENCE_ROUNDS = 36 };

// Each thread reads a page of which it has a translation, by its address, once it has changed.
static int read_each_round(void *unused)
{
    struct user_thread own;
    int wrong = 0;

    (void)unused;
    space_enter(&own, shared.as);
    for (unsigned round = 1; round <= test_rounds(FENCE_ROUNDS); round++) {
        uint64_t words[2] = {};

        ktest_wait_for(&shared.round, round);
        wrong += copy_from_user(words, TEST_AT, sizeof(words)) != 0 || words[0] != round;
        test_raise(&shared.seen);
    }
    space_leave();
    return wrong;
}

// Put another frame at TEST_AT, in one of three ways, with `round` in it.
static struct aspace *change_page(unsigned round, struct aspace *child)
{
    if (child != NULL) {
        aspace_put(child);
        child = NULL;
    }
    if (round % 3 == 0) {
        KT_CHECK(aspace_unmap(shared.as, TEST_AT, PAGE_SIZE) == 0);
    }
    if (round % 3 != 1 || round == 1) {
        KT_CHECK(space_map(shared.as, TEST_AT, 1, TEST_RW, MAP_FIXED) > 0);
    } else {
        child = aspace_fork(shared.as);
    }
    space_put(TEST_AT, round);
    return child;
}

KTEST(space_fenced, "no hart sees a page that was unmapped, replaced or copied")
{
    tid_t tid[MAX_HARTS];
    struct aspace *child = NULL;
    struct test_held *kept = NULL;

    shared.as = aspace_new();
    space_enter(&user, shared.as);
    unsigned threads = start_everywhere(read_each_round, tid);

    for (unsigned round = 1; round <= test_rounds(FENCE_ROUNDS); round++) {
        child = change_page(round, child);
        test_raise(&shared.round);
        ktest_wait_for(&shared.seen, round * threads);
        kept = test_hold(kept, 0, frames_free_count() - 1); // the next page is another frame
    }
    join_all(tid, threads);
    space_leave();
    if (child != NULL) {
        aspace_put(child);
    }
    aspace_put(shared.as);
    test_let_go(kept);
}

// ---- ASIDs --------------------------------------------------------------------------------------

enum { SPACES = 7, TURNS = 200 };

static struct aspace *spaces[SPACES];

// Each thread goes from space to space, and finds in each what that has.
static int visit_spaces(void *number)
{
    struct user_thread own;
    int wrong = 0;

    for (unsigned turn = 0; turn < TURNS; turn++) {
        uint64_t which = (turn * 5 + (uint64_t)number) % SPACES;
        uint64_t words[2] = {};

        space_enter(&own, spaces[which]);
        thread_yield();
        wrong += copy_from_user(words, TEST_AT, sizeof(words)) != 0 || words[0] != which;
        space_leave();
    }
    return wrong;
}

static void check_asids(unsigned asids)
{
    tid_t tid[MAX_HARTS];
    unsigned before = tlb_limit_asids(asids);

    for (uint64_t i = 0; i < SPACES; i++) {
        spaces[i] = aspace_new();
        KT_CHECK(space_map(spaces[i], TEST_AT, 1, TEST_RW, MAP_FIXED) > 0);
        space_enter(&user, spaces[i]);
        space_put(TEST_AT, i);
        space_leave();
    }
    unsigned threads = start_everywhere(visit_spaces, tid);

    join_all(tid, threads);
    for (unsigned i = 0; i < SPACES; i++) {
        aspace_put(spaces[i]);
    }
    (void)tlb_limit_asids(before);
}

KTEST(space_asids, "spaces keep apart with many ASIDs, with fewer than there are spaces, and none")
{
    check_asids(100);
    check_asids(3);
    check_asids(1);
    check_asids(0);
}

// ---- The end ------------------------------------------------------------------------------------

static int visit_and_keep(void *unused)
{
    struct user_thread own;

    (void)unused;
    space_enter(&own, shared.as);
    (void)put_user_u64(TEST_AT, 1);
    current()->user = NULL; // its hart keeps the space loaded for whatever kernel thread comes next
    return 0;
}

KTEST(space_end, "a space that idle harts still have loaded goes at once, with all its memory")
{
    tid_t tid[MAX_HARTS];

    for (unsigned i = 0; i < 5; i++) {
        shared.as = aspace_new();
        KT_CHECK(space_map(shared.as, TEST_AT, 1, TEST_RW, MAP_FIXED) > 0);
        unsigned threads = start_everywhere(visit_and_keep, tid);

        join_all(tid, threads);
        aspace_put(shared.as);
    }
}
