// SPDX-License-Identifier: MIT
// tests/host/hot_test.c - tools/model/hot.h: sums by line, the order of lines, and a full table.
#include "kernel/base/compiler.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/hot.h"

enum { TOP = 10 };

#define BASE 0x80200000UL
#define CODE 0xffffffff80000100UL

static struct hot *hot;
static struct hot_line top[TOP];

static int set_up(void **state)
{
    (void)state;
    hot = hot_new();
    return hot == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    hot_free(hot);
    return 0;
}

static void note(uint64_t pa, unsigned hart, enum miss miss, uint64_t stall)
{
    hot_note(hot,
             &(struct coherence_event){.pa = pa,
                                       .pc = CODE,
                                       .hart = hart,
                                       .miss = miss,
                                       .access = miss == MISS_UPGRADE ? ACCESS_STORE : ACCESS_LOAD,
                                       .stall_cycles = stall,
                                       .queued_cycles = stall / 2});
}

static void test_nothing_is_hot_at_first(void **state)
{
    (void)state;
    assert_int_equal(hot_rank(hot, top, TOP), 0);
    assert_int_equal(hot_discarded(hot).misses, 0);
}

static void test_each_kind_is_counted(void **state)
{
    (void)state;
    note(BASE, 0, MISS_LLC, 100);
    note(BASE + 8, 1, MISS_TRANSFER, 80);
    note(BASE + 8, 1, MISS_TRANSFER, 80);
    note(BASE + 8, 1, MISS_UPGRADE, 60);
    assert_int_equal(hot_rank(hot, top, TOP), 1);
    assert_int_equal(top[0].pa, BASE);
    assert_int_equal(top[0].counts.misses, 4);
    assert_int_equal(top[0].counts.transfers, 2);
    assert_int_equal(top[0].counts.upgrades, 1);
    assert_int_equal(top[0].counts.stores, 1);
    assert_int_equal(top[0].counts.stall_cycles, 320);
    assert_int_equal(top[0].counts.queued_cycles, 160);
}

// A site is an address, an instruction and a hart: a change of any makes another.
static void test_sites_are_told_apart_and_sorted(void **state)
{
    const struct coherence_event events[] = {
        {.pa = BASE + 4, .pc = CODE, .hart = 0}, {.pa = BASE, .pc = CODE + 4, .hart = 0},
        {.pa = BASE, .pc = CODE, .hart = 1},     {.pa = BASE, .pc = CODE, .hart = 0},
        {.pa = BASE, .pc = CODE, .hart = 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        hot_note(hot, &events[i]);
    }
    assert_int_equal(hot_rank(hot, top, TOP), 1);
    assert_int_equal(top[0].nr_sites, 4);
    const struct hot_site *site = top[0].sites;

    assert_true(site[0].pa == BASE && site[0].pc == CODE && site[0].hart == 0);
    assert_true(site[1].pa == BASE && site[1].pc == CODE && site[1].hart == 1);
    assert_int_equal(site[1].counts.misses, 2);
    assert_true(site[2].pa == BASE && site[2].pc == CODE + 4);
    assert_true(site[3].pa == BASE + 4);
}

static void test_last_byte_of_a_line_and_first_of_the_next(void **state)
{
    (void)state;
    note(BASE + LINE_BYTES - 1, 0, MISS_LLC, 2);
    note(BASE + LINE_BYTES, 0, MISS_LLC, 1);
    assert_int_equal(hot_rank(hot, top, TOP), 2);
    assert_int_equal(top[0].pa, BASE);
    assert_int_equal(top[1].pa, BASE + LINE_BYTES);
}

// Lines come in this order: 1, 2, ... 30 times 7 modulo 31, so neither rising nor falling.
static void test_ranking(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 30; i++) {
        note(BASE + i * LINE_BYTES, 0, MISS_LLC, i * 7 % 31);
    }
    assert_int_equal(hot_rank(hot, top, TOP), TOP);
    for (unsigned i = 0; i < TOP; i++) {
        assert_int_equal(top[i].counts.stall_cycles, 30 - i);
    }
}

static void test_equals_are_ranked_by_address(void **state)
{
    (void)state;
    for (uint64_t i = 12; i > 0; i--) {
        note(BASE + i * LINE_BYTES, 0, MISS_LLC, 5);
    }
    assert_int_equal(hot_rank(hot, top, TOP), TOP);
    for (uint64_t i = 0; i < TOP; i++) {
        assert_int_equal(top[i].pa, BASE + (i + 1) * LINE_BYTES);
    }
}

static void test_clear_forgets(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= HOT_SITES; i++) {
        note(BASE + i * LINE_BYTES, 0, MISS_LLC, 1);
    }
    assert_true(hot_discarded(hot).misses > 0);
    hot_clear(hot);
    assert_int_equal(hot_discarded(hot).misses, 0);
    assert_int_equal(hot_rank(hot, top, TOP), 0);
    hot_clear(hot);
    note(BASE, 0, MISS_LLC, 1);
    assert_int_equal(hot_rank(hot, top, TOP), 1);
}

// Far more cold lines than there is room for: the hot ones stay, whole, and what was given up is
// known to the last cycle. With one line less than there is room for, nothing is.
static void test_full_table_keeps_the_hot_and_reports_the_rest(void **state)
{
    const uint64_t cold = 4 * HOT_SITES, rounds = 100;
    uint64_t kept = 0;

    (void)state;
    for (uint64_t i = 0; i < cold; i++) {
        note(BASE + (TOP + i) * LINE_BYTES, 0, MISS_LLC, 3);
        if (i % (cold / rounds) == 0) {
            for (uint64_t line = 0; line < TOP; line++) {
                note(BASE + line * LINE_BYTES, 1, MISS_TRANSFER, 80 - line);
            }
        }
    }
    assert_int_equal(hot_rank(hot, top, TOP), TOP);
    for (uint64_t i = 0; i < TOP; i++) {
        assert_int_equal(top[i].pa, BASE + i * LINE_BYTES);
        assert_int_equal(top[i].counts.transfers, top[0].counts.transfers);
        kept += top[i].counts.transfers;
    }
    assert_true(top[0].counts.transfers >= rounds);
    struct hot_counts gone = hot_discarded(hot);

    assert_int_equal(gone.transfers, 0);
    assert_int_equal(gone.stall_cycles, 3 * gone.misses);
    assert_in_range(gone.misses, cold + kept - HOT_SITES - kept, cold - HOT_SITES / 2 + TOP);
}

static void test_table_that_is_just_full_gives_nothing_up(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < HOT_SITES; i++) {
        note(BASE + i * LINE_BYTES, 0, MISS_LLC, 1);
        note(BASE + i * LINE_BYTES, 0, MISS_LLC, 1);
    }
    assert_int_equal(hot_discarded(hot).misses, 0);
    assert_int_equal(hot_rank(hot, top, 1), 1);
    assert_int_equal(top[0].counts.misses, 2);
}

#define HOT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOT_TEST(test_nothing_is_hot_at_first),
        HOT_TEST(test_each_kind_is_counted),
        HOT_TEST(test_sites_are_told_apart_and_sorted),
        HOT_TEST(test_last_byte_of_a_line_and_first_of_the_next),
        HOT_TEST(test_ranking),
        HOT_TEST(test_equals_are_ranked_by_address),
        HOT_TEST(test_clear_forgets),
        HOT_TEST(test_full_table_keeps_the_hot_and_reports_the_rest),
        HOT_TEST(test_table_that_is_just_full_gives_nothing_up),
    };

    return cmocka_run_group_tests_name("hot", tests, NULL, NULL);
}
