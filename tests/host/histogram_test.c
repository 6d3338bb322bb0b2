// SPDX-License-Identifier: MIT
// tests/host/histogram_test.c - kernel/base/histogram.h, against sorting.
#include "kernel/base/histogram.h"

#include <string.h>

#include "kernel/base/random.h"
#include "kernel/base/stats.h"
#include "tests/host/shim/expect_panic.h"

enum { VALUES = 20000 };

static struct histogram h;

// The largest value of each bucket, and the first of the next one, are told apart; every bucket is
// reached.
static void test_edges(void **state)
{
    uint64_t value = 0;

    (void)state;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        memset(&h, 0, sizeof(h));
        histogram_add(&h, value);
        assert_int_equal(h.count[bucket], 1);
        histogram_add(&h, UINT64_MAX);
        uint64_t end = histogram_percentile(&h, 500);

        assert_true(end >= value && end - value <= value >> HISTOGRAM_BITS);
        memset(&h, 0, sizeof(h));
        histogram_add(&h, end);
        assert_int_equal(h.count[bucket], 1);
        value = end + 1;
    }
    assert_int_equal(value, 0); // the last one ended with the largest number
}

// Of values spread over all sizes, no percentile is below the exact one, nor 1/64 above it.
static void check_against_sorting(uint64_t seed)
{
    static uint64_t exact[VALUES];
    struct random random;

    memset(&h, 0, sizeof(h));
    random_seed(&random, seed);
    for (size_t i = 0; i < VALUES; i++) {
        exact[i] = random_next(&random) >> random_below(&random, 64);
        histogram_add(&h, exact[i]);
    }
    stats_sort(exact, VALUES);
    for (unsigned permille = 0; permille <= 1000; permille++) {
        uint64_t want = stats_percentile(exact, VALUES, permille);
        uint64_t got = histogram_percentile(&h, permille);

        assert_true(got >= want && got - want <= want >> HISTOGRAM_BITS);
    }
    assert_int_equal(histogram_percentile(&h, 1000), exact[VALUES - 1]);
}

static void test_against_sorting(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        check_against_sorting(seed);
    }
}

// What is below 128 has a bucket of its own, and no percentile exceeds the largest value.
static void test_small_and_largest(void **state)
{
    (void)state;
    memset(&h, 0, sizeof(h));
    for (uint64_t value = 1; value <= 100; value++) {
        histogram_add(&h, value);
    }
    assert_int_equal(histogram_percentile(&h, 0), 1);
    assert_int_equal(histogram_percentile(&h, 500), 50);
    assert_int_equal(histogram_percentile(&h, 999), 100);
    histogram_add(&h, 1000001);
    assert_int_equal(histogram_percentile(&h, 1000), 1000001);
}

static void test_misuse(void **state)
{
    (void)state;
    memset(&h, 0, sizeof(h));
    expect_panic("total > 0", (void)histogram_percentile(&h, 500));
    histogram_add(&h, 1);
    expect_panic("permille", (void)histogram_percentile(&h, 1001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_against_sorting),
        cmocka_unit_test(test_small_and_largest),
        cmocka_unit_test(test_misuse),
    };

    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
