// SPDX-License-Identifier: MIT
// tests/host/random_test.c - kernel/base/random.h: known sequences, range and evenness.
#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"

// The published reference programs give these.
static void test_reference_values(void **state)
{
    struct random random = {{1, 2, 3, 4}};
    uint64_t seed = 0;

    (void)state;
    assert_int_equal(random_spread(&seed), 0xe220a8397b1dcdaf);
    assert_int_equal(random_spread(&seed), 0x6e789e6aa1b965f4);
    assert_int_equal(random_next(&random), 11520);
    assert_int_equal(random_next(&random), 0);
    assert_int_equal(random_next(&random), 1509978240);
    assert_int_equal(random_next(&random), 1215971899390074240);
}

static void test_seed_decides(void **state)
{
    struct random a, b, c;

    (void)state;
    random_seed(&a, 42);
    random_seed(&b, 42);
    random_seed(&c, 43);
    for (int i = 0; i < 100; i++) {
        uint64_t next = random_next(&a);

        assert_int_equal(random_next(&b), next);
        assert_int_not_equal(random_next(&c), next);
    }
}

static void test_below_stays_below(void **state)
{
    const uint64_t limits[] = {1, 2, 3, 64, 1000, (uint64_t)1 << 63, UINT64_MAX};
    struct random random;

    (void)state;
    random_seed(&random, 4);
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        for (int draw = 0; draw < 1000; draw++) {
            assert_true(random_below(&random, limits[i]) < limits[i]);
        }
    }
    expect_panic("n > 0", random_below(&random, 0));
}

// 70000 draws of 7: the standard deviation of each count is below 93, so 6 of them are 558.
static void test_below_is_even(void **state)
{
    struct random random;
    int counts[7] = {};

    (void)state;
    random_seed(&random, 5);
    for (int draw = 0; draw < 70000; draw++) {
        counts[random_below(&random, 7)]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(counts[i], 10000 - 558, 10000 + 558);
    }
}

// With n = 3 * 2^62 a plain high product would give every third value twice as often.
static void test_below_has_no_bias(void **state)
{
    struct random random;
    int thirds[3] = {};

    (void)state;
    random_seed(&random, 6);
    for (int draw = 0; draw < 30000; draw++) {
        thirds[random_below(&random, (uint64_t)3 << 62) % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        assert_in_range(thirds[i], 10000 - 492, 10000 + 492);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_values),  cmocka_unit_test(test_seed_decides),
        cmocka_unit_test(test_below_stays_below), cmocka_unit_test(test_below_is_even),
        cmocka_unit_test(test_below_has_no_bias),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
