// SPDX-License-Identifier: MIT
// tests/host/fiber_test.c - tools/model/fiber.h: what a fiber finds when it goes on.
#include <errno.h>
#include <unistd.h>

#include "tests/host/shim/expect_panic.h"
#include "tools/model/fiber.h"

enum { FIBERS = 64, ROUNDS = 50, STACK_WORDS = 8000 };

static struct fiber thread; // the thread's own stack

// ---- Who runs when -----------------------------------------------------------------------------

static struct fiber first;
static struct fiber second;
static char traced[16];

static void note(char what)
{
    traced[strlen(traced)] = what;
}

static void run_first(void *argument)
{
    assert_string_equal(argument, "one");
    for (;;) {
        note('1');
        fiber_switch(&first, &second);
        note('a');
        fiber_switch(&first, &thread);
    }
}

static void run_second(void *argument)
{
    assert_string_equal(argument, "two");
    for (;;) {
        note('2');
        fiber_switch(&second, &first);
        note('b');
        fiber_switch(&second, &thread);
    }
}

static void test_each_goes_on_where_it_left_off(void **state)
{
    (void)state;
    fiber_make(&first, run_first, "one");
    fiber_make(&second, run_second, "two");
    assert_string_equal(traced, ""); // they have not begun
    fiber_switch(&thread, &first);
    assert_string_equal(traced, "12a");
    fiber_switch(&thread, &second);
    assert_string_equal(traced, "12ab");
    fiber_switch(&thread, &first);
    assert_string_equal(traced, "12ab12a");
}

// ---- What a fiber keeps ------------------------------------------------------------------------

static struct keeper {
    struct fiber fiber;
    unsigned number;
    unsigned rounds; // that it has found everything as it left it
} keepers[FIBERS];

// What all fibers take their values from: each finds its own there, and the next one's afterwards.
static uint64_t values[8];

static uint64_t value_of(unsigned fiber, unsigned round, unsigned i)
{
    return ((uint64_t)fiber << 32 | round << 8 | i) * 0x9e3779b97f4a7c15;
}

// More values than there are registers that a function has to leave alone, for these, and so that
// the stack has some, too.
static void keep_registers(void *argument)
{
    struct keeper *me = argument;

    for (unsigned round = 0;; round++) {
        uint64_t a = values[0];
        uint64_t b = values[1];
        uint64_t c = values[2];
        uint64_t d = values[3];
        uint64_t e = values[4];
        uint64_t f = values[5];
        uint64_t g = values[6];
        uint64_t h = values[7];

        fiber_switch(&me->fiber, &thread);
        const uint64_t kept[] = {a, b, c, d, e, f, g, h};

        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(kept[i], value_of(me->number, round, i));
        }
        me->rounds++;
    }
}

static void keep_stack(void *argument)
{
    struct keeper *me = argument;
    uint64_t words[STACK_WORDS];

    for (unsigned round = 0;; round++) {
        for (unsigned i = 0; i < STACK_WORDS; i++) {
            words[i] = value_of(me->number, round, i);
        }
        fiber_switch(&me->fiber, &thread);
        for (unsigned i = 0; i < STACK_WORDS; i++) {
            assert_int_equal(words[i], value_of(me->number, round, i));
        }
        me->rounds++;
    }
}

// Switch to each fiber in turn, again and again.
static void go_round(void (*main)(void *argument))
{
    for (unsigned n = 0; n < FIBERS; n++) {
        keepers[n] = (struct keeper){.number = n};
        fiber_make(&keepers[n].fiber, main, &keepers[n]);
    }
    for (unsigned round = 0; round <= ROUNDS; round++) {
        for (unsigned n = 0; n < FIBERS; n++) {
            for (unsigned i = 0; i < 8; i++) {
                values[i] = value_of(n, round, i);
            }
            fiber_switch(&thread, &keepers[n].fiber);
            assert_int_equal(keepers[n].rounds, round);
        }
    }
}

static void test_registers_are_kept(void **state)
{
    (void)state;
    go_round(keep_registers);
}

static void test_stacks_are_apart(void **state)
{
    (void)state;
    go_round(keep_stack);
}

// ---- The guard page ----------------------------------------------------------------------------

static void test_below_a_stack_there_is_nothing(void **state)
{
    struct fiber fiber;
    int ends[2];
    size_t page = (size_t)getpagesize();

    (void)state;
    fiber_make(&fiber, keep_stack, NULL);
    assert_int_equal(pipe(ends), 0);
    // The kernel says whether memory is there by what it reads from it.
    assert_int_equal(write(ends[1], (char *)fiber.stack + page - 1, 1), -1);
    assert_int_equal(errno, EFAULT);
    assert_int_equal(write(ends[1], (char *)fiber.stack + page, 1), 1);
    assert_int_equal(write(ends[1], (char *)fiber.stack + fiber.size - 1, 1), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_goes_on_where_it_left_off),
        cmocka_unit_test(test_registers_are_kept),
        cmocka_unit_test(test_stacks_are_apart),
        cmocka_unit_test(test_below_a_stack_there_is_nothing),
    };

    return cmocka_run_group_tests_name("fiber", tests, NULL, NULL);
}
