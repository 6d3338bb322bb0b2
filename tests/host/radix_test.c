// SPDX-License-Identifier: MIT
// tests/host/radix_test.c - pages by number against an array, and without memory.
#include "mm/user/radix.h"

#include "kernel/abi/errno.h"
#include "kernel/base/random.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/mm/host_ram.h"

enum { RAM_BYTES = 4 << 20, NUMBERS = 64, STEPS = 20000 };

static char page[NUMBERS];

static int fresh_ram(void **state)
{
    (void)state;
    host_frames_make(RAM_BYTES);
    return 0;
}

// Near and far, so that the tree grows and has gaps.
static uint64_t number_of(unsigned i)
{
    return (uint64_t)(i % 4) << i / 4 * 3;
}

static void empty(struct radix *tree)
{
    uint64_t number = 0;

    while (radix_take(tree, &number) != NULL) {
    }
    assert_null(tree->root);
}

static void step(struct radix *tree, bool there[NUMBERS], unsigned i)
{
    uint64_t number = number_of(i);

    if (radix_find(tree, number) == NULL) {
        assert_int_equal(radix_insert(tree, number, &page[i]), 0);
        there[i] = true;
    } else {
        assert_ptr_equal(radix_take(tree, &number),
                         radix_find(tree, number_of(i)) == NULL ? &page[i] : NULL);
        assert_int_equal(number, number_of(i));
        there[i] = false;
    }
}

static void test_model(void **state)
{
    struct radix tree = {};
    bool there[NUMBERS] = {};
    struct random random;

    (void)state;
    random_seed(&random, 1);
    for (unsigned n = 0; n < STEPS; n++) {
        unsigned i = 1 + 4 * (unsigned)random_below(&random, NUMBERS / 4); // all different

        step(&tree, there, i);
        for (unsigned k = 1; k < NUMBERS; k += 4) {
            assert_true((radix_find(&tree, number_of(k)) != NULL) == there[k]);
        }
    }
    empty(&tree);
    mm_reclaim(); // the next test has other frames
}

static void test_exhausted(void **state)
{
    struct radix tree = {};
    size_t frames = (mm_reclaim(), frames_free_count());
    void *held = NULL;
    void *frame;

    (void)state;
    assert_int_equal(radix_insert(&tree, 5, &page[5]), 0);
    while ((frame = frames_alloc(0)) != NULL) {
        *(void **)frame = held;
        held = frame;
    }
    uint64_t n = 1000;

    while (radix_insert(&tree, n, &page[0]) == 0) {
        n *= 64;
    }
    assert_ptr_equal(radix_find(&tree, 5), &page[5]);
    assert_null(radix_find(&tree, n));
    while (held != NULL) {
        frame = held;
        held = *(void **)frame;
        frames_free(frame, 0);
    }
    assert_int_equal(radix_insert(&tree, n, &page[1]), 0);
    empty(&tree);
    mm_reclaim();
    assert_int_equal(frames_free_count(), frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_model, fresh_ram),
        cmocka_unit_test_setup(test_exhausted, fresh_ram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
