// SPDX-License-Identifier: MIT
// tests/host/kstack_test.c - the pool of kernel stacks: reuse, fencing, exhaustion, shrinking.
//
// The addresses of stacks are plain memory here; their page-table entries are looked at, not used.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/layout.h"
#include "mm/memory.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/mm/host_ram.h"

enum { STACKS_MAX = KSTACK_BYTES / KSTACK_STRIDE };

static size_t free_at_first;

static void machine_of(uint64_t bytes)
{
    host_frames_make(bytes);
    kernel_root = pt_create();
    assert_int_equal(pt_reserve(kernel_root, KSTACK_BASE, KSTACK_BYTES), 0);
    free_at_first = frames_free_count();
}

// The pool is empty between tests, so a new machine can be put under it.
static int fresh_pool(void **state)
{
    (void)state;
    assert_int_equal(kstack_mapped(), 0);
    machine_of(MIB(64));
    host_fences = 0;
    host_on_fence = NULL;
    return 0;
}

static int pool_is_empty(void **state)
{
    (void)state;
    host_on_fence = NULL;
    (void)kstack_shrink();
    assert_int_equal(kstack_mapped(), 0);
    assert_int_equal(frames_free_count(), free_at_first);
    return 0;
}

static bool is_mapped(uint64_t va)
{
    struct pt_leaf leaf;

    return pt_lookup(kernel_root, va, &leaf) == 0;
}

static void test_a_stack_has_guards(void **state)
{
    void *top;

    (void)state;
    assert_int_equal(kstack_alloc(&top), 0);
    uint64_t end = (uint64_t)top;
    uint64_t limit = (uint64_t)kstack_limit(top);

    assert_true(is_aligned(end, 16));
    assert_int_equal(end - limit, KSTACK_SIZE);
    assert_true(is_mapped(limit) && is_mapped(end - 1));
    assert_false(is_mapped(limit - 1) || is_mapped(end));
    assert_true(kstack_is_guard(limit - 1) && kstack_is_guard(end));
    assert_false(kstack_is_guard(limit) || kstack_is_guard(end - 1));
    assert_false(kstack_is_guard(0) || kstack_is_guard(KSTACK_BASE - 1));
    assert_false(kstack_is_guard(KSTACK_BASE + KSTACK_BYTES));
    kstack_free(top);
}

static void test_the_last_freed_is_reused_without_a_fence(void **state)
{
    void *first;
    void *second;
    void *again;

    (void)state;
    assert_int_equal(kstack_alloc(&first), 0);
    assert_int_equal(kstack_alloc(&second), 0);
    assert_int_equal(host_fences, 1);
    kstack_free(first);
    assert_int_equal(kstack_alloc(&again), 0);
    assert_ptr_equal(again, first);
    assert_int_equal(host_fences, 1);
    kstack_free(again);
    kstack_free(second);
}

static size_t free_before;
static size_t mapped_before;

// While harts fence: stacks are out of the table already, but none of their frames is free yet.
static void check_nothing_freed_yet(void)
{
    assert_int_equal(frames_free_count(), free_before);
    assert_true(kstack_mapped() < mapped_before);
}

static void test_frames_are_freed_after_the_fence(void **state)
{
    void *top[16];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(top); i++) {
        assert_int_equal(kstack_alloc(&top[i]), 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(top); i++) {
        kstack_free(top[i]);
    }
    free_before = frames_free_count();
    mapped_before = kstack_mapped();
    host_fences = 0;
    host_on_fence = check_nothing_freed_yet;
    assert_int_equal(kstack_shrink(), 16);
    assert_int_equal(host_fences, 1);
    assert_int_equal(frames_free_count(), free_at_first);
    for (unsigned i = 0; i < ARRAY_SIZE(top); i++) {
        assert_false(is_mapped((uint64_t)top[i] - 1));
    }
}

// Who has found no memory fences for many stacks at a time, and not for those that are wanted next.
static void test_few_stay_while_memory_is_short(void **state)
{
    void *top[40];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(top); i++) {
        assert_int_equal(kstack_alloc(&top[i]), 0);
    }
    for (unsigned i = 0; i < 23; i++) {
        kstack_free(top[i]);
    }
    host_fences = 0;
    assert_int_equal(kstack_shrink_surplus(), 0);
    for (unsigned i = 23; i < ARRAY_SIZE(top); i++) {
        kstack_free(top[i]);
    }
    assert_int_equal(kstack_shrink_surplus(), 32);
    assert_int_equal(host_fences, 2);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(kstack_alloc(&top[i]), 0);
    }
    assert_int_equal(host_fences, 2);
    for (unsigned i = 0; i < 8; i++) {
        kstack_free(top[i]);
    }
}

// While harts fence for a new batch: mapped, but nobody can be given one.
static void check_nothing_offered_yet(void)
{
    assert_int_equal(kstack_cached(), 0);
    assert_int_equal(kstack_mapped(), KSTACK_FIRST_BATCH);
}

static void test_new_stacks_are_fenced_before_use(void **state)
{
    void *top;

    (void)state;
    host_on_fence = check_nothing_offered_yet;
    assert_int_equal(kstack_alloc(&top), 0);
    assert_int_equal(host_fences, 1);
    assert_int_equal(kstack_cached(), KSTACK_FIRST_BATCH - 1);
    kstack_free(top);
}

static void test_exhaustion_is_an_answer(void **state)
{
    static void *top[STACKS_MAX + 1];
    size_t n = 0;

    (void)state;
    machine_of(MIB(32));
    while (kstack_alloc(&top[n]) == 0) {
        memset(kstack_limit(top[n]), (int)n, KSTACK_SIZE);
        n++;
    }
    // There are slots for 32 MiB of stacks, but tables need frames too.
    assert_in_range(n, STACKS_MAX * 9 / 10, STACKS_MAX - 1);
    assert_int_equal(kstack_alloc(&top[n]), -ENOMEM);
    while (n > 0) {
        n--;
        assert_int_equal(*(unsigned char *)kstack_limit(top[n]), (unsigned char)n);
        kstack_free(top[n]);
    }
}

static void test_slots_run_out(void **state)
{
    static void *top[STACKS_MAX + 1];
    size_t n = 0;

    (void)state;
    while (kstack_alloc(&top[n]) == 0) {
        n++;
    }
    assert_in_range(host_fences, 1, STACKS_MAX / KSTACK_BATCH / 4);
    assert_int_equal(n, STACKS_MAX);
    while (n > 0) {
        kstack_free(top[--n]);
    }
}

static void test_random_with_shrinking(void **state)
{
    static void *held[300];
    struct random random;

    (void)state;
    random_seed(&random, 3);
    for (unsigned step = 0; step < 20000; step++) {
        void **top = &held[random_below(&random, ARRAY_SIZE(held))];

        if (random_below(&random, 500) == 0) {
            (void)kstack_shrink();
            assert_int_equal(kstack_cached(), 0);
        }
        if (*top == NULL) {
            assert_int_equal(kstack_alloc(top), 0);
            assert_true(is_mapped((uint64_t)kstack_limit(*top)));
            *(void ***)kstack_limit(*top) = top;
        } else {
            assert_ptr_equal(*(void ***)kstack_limit(*top), top);
            kstack_free(*top);
            *top = NULL;
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(held); i++) {
        if (held[i] != NULL) {
            kstack_free(held[i]);
            held[i] = NULL;
        }
    }
}

static void test_double_free_is_caught(void **state)
{
    void *top;

    (void)state;
    assert_int_equal(kstack_alloc(&top), 0);
    kstack_free(top);
    expect_panic("freed twice", kstack_free(top));
    expect_panic("assertion failed", kstack_free((char *)top - 16));
    expect_panic("assertion failed", kstack_free((void *)(KSTACK_BASE + KSTACK_BYTES + 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_stack_has_guards, fresh_pool, pool_is_empty),
        cmocka_unit_test_setup_teardown(test_the_last_freed_is_reused_without_a_fence, fresh_pool,
                                        pool_is_empty),
        cmocka_unit_test_setup_teardown(test_frames_are_freed_after_the_fence, fresh_pool,
                                        pool_is_empty),
        cmocka_unit_test_setup_teardown(test_few_stay_while_memory_is_short, fresh_pool,
                                        pool_is_empty),
        cmocka_unit_test_setup_teardown(test_new_stacks_are_fenced_before_use, fresh_pool,
                                        pool_is_empty),
        cmocka_unit_test_setup_teardown(test_exhaustion_is_an_answer, fresh_pool, pool_is_empty),
        cmocka_unit_test_setup_teardown(test_slots_run_out, fresh_pool, pool_is_empty),
        cmocka_unit_test_setup_teardown(test_random_with_shrinking, fresh_pool, pool_is_empty),
        cmocka_unit_test_setup_teardown(test_double_free_is_caught, fresh_pool, pool_is_empty),
    };

    return cmocka_run_group_tests_name("kstack", tests, NULL, NULL);
}
