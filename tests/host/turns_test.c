// SPDX-License-Identifier: MIT
// tests/host/turns_test.c - tools/model/turns.h: who is next, until when, and what chance may do.
#include "kernel/base/compiler.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/turns.h"

enum { QUANTUM = 40, SEED = 7, DRAWS = 64000 };

// Make as many harts as there are clocks, due at these.
static struct turns make(const uint64_t *clocks, unsigned harts)
{
    struct turns turns;

    turns_init(&turns, harts, QUANTUM, SEED);
    for (unsigned i = 0; i < harts; i++) {
        turns.due[i] = clocks[i];
    }
    return turns;
}

#define N TURNS_NEVER

static const struct {
    uint64_t due[4];
    int next;
    uint64_t end; // of its turn
} cases[] = {
    {{N, N, N, N}, TURNS_NOBODY, 0},
    {{0, 0, 0, 0}, 0, QUANTUM},
    {{9, 5, 7, 8}, 1, 7 + QUANTUM},
    {{9, 8, 7, 5}, 3, 7 + QUANTUM},
    {{9, 5, 5, 5}, 1, 5 + QUANTUM}, // of several the first, which may get ahead by the quantum
    {{5, 9, 5, N}, 0, 5 + QUANTUM},
    {{N, 5, N, 900}, 1, 900 + QUANTUM},
    {{N, N, 5, N}, 2, N}, // alone: no end
    {{N, N, N - 1, N}, 2, N},
};

static void test_the_least_clock_is_next(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct turns turns = make(cases[i].due, 4);

        assert_int_equal(turns_next(&turns), cases[i].next);
        if (cases[i].next != TURNS_NOBODY) {
            assert_int_equal(turns_end(&turns, cases[i].next), cases[i].end);
        }
    }
}

static void test_all_sleep_at_first(void **state)
{
    (void)state;
    for (unsigned harts = 1; harts <= TURNS_HARTS_MAX; harts++) {
        struct turns turns;

        turns_init(&turns, harts, QUANTUM, SEED);
        assert_int_equal(turns_next(&turns), TURNS_NOBODY);
    }
}

// With each number of harts the last one is seen, as the next and as the second; one more is not.
static void test_up_to_64_harts(void **state)
{
    (void)state;
    for (unsigned harts = 2; harts <= TURNS_HARTS_MAX; harts++) {
        struct turns turns;
        unsigned last = harts - 1;

        turns_init(&turns, harts, QUANTUM, SEED);
        turns.due[last] = 100;
        if (harts < TURNS_HARTS_MAX) {
            turns.due[harts] = 1;
        }
        assert_int_equal(turns_next(&turns), last);
        assert_int_equal(turns_end(&turns, (int)last), TURNS_NEVER);
        turns.due[0] = 50;
        assert_int_equal(turns_next(&turns), 0);
        assert_int_equal(turns_end(&turns, 0), 100 + QUANTUM);
    }
}

// One turn, in blocks that take different times. A hart begins no block when it is ahead of another
// by more than the quantum.
static void take_turn(struct turns *turns)
{
    static uint64_t cycles = 1;
    int who = turns_next(turns);
    uint64_t clock = turns->due[who];
    uint64_t end = turns_end(turns, who);

    turns->due[who] = TURNS_NEVER;
    for (; clock < end; clock += cycles) {
        int second = turns_next(turns);

        assert_true(clock <= turns->due[second] + QUANTUM);
        cycles = cycles * 29 % 97;
    }
    turns->due[who] = clock;
}

static void test_nobody_gets_further_ahead_than_the_quantum(void **state)
{
    static const uint64_t start[TURNS_HARTS_MAX];
    static const unsigned sizes[] = {2, 3, 16, 64};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct turns turns = make(start, sizes[i]);

        for (int turn = 0; turn < 20000; turn++) {
            take_turn(&turns);
        }
        for (unsigned hart = 0; hart < sizes[i]; hart++) {
            assert_in_range(turns.due[hart], 20000, UINT32_MAX); // nobody was left behind
        }
    }
}

// What is drawn lies between 0 and `most`, both included.
static void check_range(uint64_t (*draw)(struct turns *turns), struct turns *turns, uint64_t most)
{
    bool least_seen = false;
    bool most_seen = false;

    for (int i = 0; i < DRAWS; i++) {
        uint64_t value = draw(turns);

        assert_in_range(value, 0, most);
        least_seen |= value == 0;
        most_seen |= value == most;
    }
    assert_true(least_seen && most_seen);
}

static uint64_t draw_jitter(struct turns *turns)
{
    return turns_end(turns, 0) - turns->due[1] - QUANTUM;
}

static void test_jitter_makes_turns_longer(void **state)
{
    struct turns turns = make((uint64_t[]){10, 20}, 2);

    (void)state;
    check_range(draw_jitter, &turns, 0);
    turns.jitter = 10;
    check_range(draw_jitter, &turns, 10);
}

static void test_stalls_are_rare(void **state)
{
    struct turns turns = make((uint64_t[]){10, 20}, 2);
    unsigned count = 0;

    (void)state;
    check_range(turns_stall, &turns, 0);
    turns.stall = 10;
    check_range(turns_stall, &turns, 10);
    turns.stall = 1000000;
    for (int i = 0; i < DRAWS; i++) {
        count += turns_stall(&turns) != 0;
    }
    assert_in_range(count, DRAWS / TURNS_STALL_ONE_IN * 8 / 10,
                    DRAWS / TURNS_STALL_ONE_IN * 12 / 10);
}

static void test_chance(void **state)
{
    struct turns turns = make((uint64_t[]){10, 20}, 2);

    (void)state;
    for (unsigned percent = 0; percent <= 100; percent += 20) {
        unsigned count = 0;

        for (int i = 0; i < DRAWS; i++) {
            count += turns_chance(&turns, percent);
        }
        assert_in_range(count, percent == 0 ? 0 : (percent - 1) * DRAWS / 100,
                        percent == 100 ? DRAWS : (percent + 1) * DRAWS / 100);
        assert_true((percent != 0 || count == 0) && (percent != 100 || count == DRAWS));
    }
}

// Of 64 chances, a bit each.
static uint64_t chances(uint64_t seed)
{
    struct turns turns;
    uint64_t bits = 0;

    turns_init(&turns, 1, QUANTUM, seed);
    for (int i = 0; i < 64; i++) {
        bits = bits << 1 | turns_chance(&turns, 50);
    }
    return bits;
}

// Seeds that follow each other are unlike: of 64 chances, some 32 differ.
static void test_a_seed_is_a_sequence(void **state)
{
    static const uint64_t seeds[] = {0, 1, 2, 3, UINT64_MAX - 1, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
        assert_int_equal(chances(seeds[i]), chances(seeds[i]));
        for (size_t j = 0; j < i; j++) {
            int differ = __builtin_popcountll(chances(seeds[i]) ^ chances(seeds[j]));

            assert_in_range(differ, 16, 48);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_least_clock_is_next),
        cmocka_unit_test(test_all_sleep_at_first),
        cmocka_unit_test(test_up_to_64_harts),
        cmocka_unit_test(test_nobody_gets_further_ahead_than_the_quantum),
        cmocka_unit_test(test_jitter_makes_turns_longer),
        cmocka_unit_test(test_stalls_are_rare),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_a_seed_is_a_sequence),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
