// SPDX-License-Identifier: MIT
// tests/host/stats_test.c - kernel/base/stats.c, and the bit tricks of kernel/base/bits.h.
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "kernel/base/stats.h"
#include "tests/host/shim/expect_panic.h"

static void test_jain_known(void **state)
{
    const uint64_t equal[] = {5, 5, 5, 5}, one[] = {9, 0, 0, 0}, none[] = {0, 0, 0};
    const uint64_t mixed[] = {1, 2, 3}; // 36 / (3 * 14)
    const uint64_t huge[] = {UINT64_MAX, UINT64_MAX}, lopsided[] = {UINT64_MAX, 1};

    (void)state;
    assert_int_equal(stats_jain(equal, 4), STATS_ONE);
    assert_int_equal(stats_jain(one, 4), STATS_ONE / 4);
    assert_int_equal(stats_jain(one, 1), STATS_ONE);
    assert_int_equal(stats_jain(none, 3), STATS_ONE);
    assert_int_equal(stats_jain(mixed, 3), 857142);
    assert_int_equal(stats_jain(huge, 2), STATS_ONE);
    assert_int_equal(stats_jain(lopsided, 2), STATS_ONE / 2);
    expect_panic("count > 0", stats_jain(equal, 0));
}

// Shares up to 2^40 and the largest count: nothing overflows. The host has floating point.
static void test_jain_random(void **state)
{
    static uint64_t shares[STATS_MAX_SHARES];
    struct random random;

    (void)state;
    random_seed(&random, 7);
    for (int round = 0; round < 100; round++) {
        size_t count = round == 0 ? STATS_MAX_SHARES : 1 + random_below(&random, 64);
        long double sum = 0, squares = 0;

        for (size_t i = 0; i < count; i++) {
            shares[i] = round == 0 ? (uint64_t)1 << 40 : random_next(&random) >> 24;
            sum += shares[i];
            squares += (long double)shares[i] * shares[i];
        }
        uint64_t expected = (uint64_t)(sum * sum * STATS_ONE / (squares * (long double)count));

        assert_in_range(stats_jain(shares, count), expected - (expected > 0), expected + 1);
    }
}

static void check_sorted(size_t count, uint64_t below)
{
    uint64_t samples[100];
    uint64_t sum = 0;
    struct random random;

    random_seed(&random, count);
    for (size_t i = 0; i < count; i++) {
        samples[i] = random_below(&random, below);
        sum += samples[i];
    }
    uint64_t least = count > 0 ? stats_min(samples, count) : 0;
    uint64_t most = count > 0 ? stats_max(samples, count) : 0;

    stats_sort(samples, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || samples[i - 1] <= samples[i]);
        sum -= samples[i];
    }
    assert_int_equal(sum, 0);
    if (count > 0) {
        assert_int_equal(samples[0], least);
        assert_int_equal(samples[count - 1], most);
    }
}

static void test_sort(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 100; count++) {
        check_sorted(count, 10);
        check_sorted(count, UINT64_MAX);
    }
}

static void test_percentiles(void **state)
{
    const uint64_t five[] = {10, 20, 30, 40, 50};
    uint64_t thousand[1000];

    (void)state;
    assert_int_equal(stats_percentile(five, 5, 0), 10);
    assert_int_equal(stats_percentile(five, 5, 200), 10);
    assert_int_equal(stats_percentile(five, 5, 201), 20);
    assert_int_equal(stats_percentile(five, 5, 500), 30);
    assert_int_equal(stats_percentile(five, 5, 1000), 50);
    assert_int_equal(stats_percentile(five, 1, 999), 10);
    assert_int_equal(stats_percentile(five, 4, 500), 20); // the lower median
    for (uint64_t i = 0; i < 1000; i++) {
        thousand[i] = i + 1;
    }
    assert_int_equal(stats_percentile(thousand, 1000, 999), 999);
    assert_int_equal(stats_percentile(thousand, 1000, 990), 990);
    expect_panic("permille", stats_percentile(five, 5, 1001));
}

static void test_bits(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 64; n++) {
        assert_int_equal(bit_lowest(bit(n)), n);
        assert_int_equal(bit_lowest(~(bit(n) - 1)), n);
        assert_int_equal(bit_highest(bit(n)), n);
        assert_int_equal(bit_highest(bit(n) | (bit(n) - 1)), n);
        assert_int_equal(bit_count(bit(n) - 1), n);
    }
    assert_int_equal(bit_count(UINT64_MAX), 64);
    assert_int_equal(round_up(4097, 4096), 8192);
    assert_int_equal(round_up(4096, 4096), 4096);
    assert_int_equal(round_down(8191, 4096), 4096);
    assert_true(is_aligned(8192, 4096) && !is_aligned(8200, 4096));
    assert_int_equal(min_u64(1, 2), 1);
    assert_int_equal(max_u64(1, 2), 2);
    expect_panic("x != 0", bit_lowest(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jain_known), cmocka_unit_test(test_jain_random),
        cmocka_unit_test(test_sort),       cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_bits),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
