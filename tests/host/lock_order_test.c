// SPDX-License-Identifier: MIT
// tests/host/lock_order_test.c - sync/bench/lock_order.h: made-up logs, and a brute-force judge.
#include "sync/bench/lock_order.h"

#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"

enum { LOG_MAX = 64 };

static struct lock_stamp stamps[LOG_MAX];

// Fill the log from pairs of who and when it arrived.
static size_t fill(const unsigned pairs[][2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        stamps[i] = (struct lock_stamp){.who = pairs[i][0], .arrived = pairs[i][1]};
    }
    return count;
}

static void test_first_come_first_served(void **state)
{
    const unsigned log[][2] = {{1, 10}, {2, 11}, {1, 30}, {3, 31}, {2, 40}};
    size_t count = fill(log, ARRAY_SIZE(log));

    (void)state;
    assert_int_equal(lock_order_violations(stamps, count), 0);
    assert_int_equal(lock_order_longest_run(stamps, count), 1);
    assert_int_equal(lock_order_violations(stamps, 0), 0);
    assert_int_equal(lock_order_longest_run(stamps, 0), 0);
}

// Hart 2 waits from 11 on while hart 1 comes back twice: two violations, not one a waiter.
static void test_overtaking(void **state)
{
    const unsigned log[][2] = {{1, 10}, {1, 20}, {1, 30}, {2, 11}, {3, 12}};
    size_t count = fill(log, ARRAY_SIZE(log));

    (void)state;
    assert_int_equal(lock_order_violations(stamps, count), 2);
    assert_int_equal(lock_order_longest_run(stamps, count), 3);
}

static void test_gaps_are_skipped(void **state)
{
    const unsigned log[][2] = {{1, 10}, {0, 0}, {1, 20}, {0, 0}, {2, 30}};
    size_t count = fill(log, ARRAY_SIZE(log));

    (void)state;
    assert_int_equal(lock_order_violations(stamps, count), 0);
    assert_int_equal(lock_order_longest_run(stamps, count), 2);
}

// The definition, word by word.
static size_t violations_by_pairs(size_t count)
{
    size_t violations = 0;

    for (size_t i = 0; i < count; i++) {
        bool overtook = false;

        for (size_t j = i + 1; j < count; j++) {
            overtook |= stamps[j].arrived < stamps[i].arrived;
        }
        violations += overtook;
    }
    return violations;
}

// A log in order into which some are swapped: as many violations as the definition finds, and some.
static void test_random_logs(void **state)
{
    struct random random;
    size_t found = 0;

    (void)state;
    random_seed(&random, 3);
    for (unsigned round = 0; round < 200; round++) {
        for (size_t i = 0; i < LOG_MAX; i++) {
            stamps[i] = (struct lock_stamp){.who = 1, .arrived = 100 * i};
        }
        for (unsigned swap = 0; swap < round / 10; swap++) {
            size_t i = random_below(&random, LOG_MAX);
            size_t j = random_below(&random, LOG_MAX);
            uint64_t arrived = stamps[i].arrived;

            stamps[i].arrived = stamps[j].arrived;
            stamps[j].arrived = arrived;
        }
        assert_int_equal(lock_order_violations(stamps, LOG_MAX), violations_by_pairs(LOG_MAX));
        found += lock_order_violations(stamps, LOG_MAX);
    }
    assert_true(found > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_come_first_served),
        cmocka_unit_test(test_overtaking),
        cmocka_unit_test(test_gaps_are_skipped),
        cmocka_unit_test(test_random_logs),
    };

    return cmocka_run_group_tests_name("lock_order", tests, NULL, NULL);
}
