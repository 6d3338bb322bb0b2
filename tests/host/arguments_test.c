// SPDX-License-Identifier: MIT
// tests/host/arguments_test.c - tools/model/arguments.h: what is taken, and what is refused.
#include <stdlib.h>

#include "kernel/base/compiler.h"
#include "tests/host/shim/expect_panic.h"
#include "tools/model/arguments.h"

enum { WORDS_MAX = 16 };

// Read words; the strings are copied, since reading changes them.
static bool read(struct arguments *arguments, const char *const *words, int count)
{
    char *copies[WORDS_MAX];

    for (int i = 0; i < count; i++) {
        copies[i] = strdup(words[i]);
    }
    bool done = arguments_read(arguments, count, copies);

    for (int i = 0; i < count; i++) {
        free(copies[i]);
    }
    return done;
}

static void test_defaults(void **state)
{
    struct arguments arguments;

    (void)state;
    assert_true(read(&arguments, NULL, 0));
    assert_int_equal(arguments.mode, MODE_COUNT);
    assert_int_equal(arguments.nodes, 1);
    assert_true(arguments.engine.limit == UINT64_MAX);
    assert_false(arguments.engine.end_asleep);
    assert_null(arguments.region.out);
    assert_int_equal(arguments.machine.given, 0);
}

static void test_each_goes_to_its_place(void **state)
{
    static const char *const words[] = {
        "mode=explore", "seed=0xffffffffffffffff", "quantum=41",   "ram=65536",  "nodes=2",
        "limit=1000",   "data=0x80200000",         "data_bytes=8", "asleep=end", "out=a=b",
        "llc=60",
    };
    struct arguments arguments;

    (void)state;
    assert_true(read(&arguments, words, ARRAY_SIZE(words)));
    assert_int_equal(arguments.mode, MODE_EXPLORE);
    assert_true(arguments.engine.seed == UINT64_MAX);
    assert_int_equal(arguments.engine.quantum, 41);
    assert_int_equal(arguments.ram, 65536);
    assert_int_equal(arguments.nodes, 2);
    assert_int_equal(arguments.engine.limit, 1000);
    assert_int_equal(arguments.region.data_base, 0x80200000);
    assert_int_equal(arguments.region.data_bytes, 8);
    assert_true(arguments.engine.end_asleep);
    assert_string_equal(arguments.region.out, "a=b");
    assert_int_equal(arguments.machine.llc, 60);
    free((void *)(uintptr_t)arguments.region.out);
}

// While exploring a turn may end after any instruction, unless the quantum is given.
static void test_modes(void **state)
{
    static const char *const modes[MODES] = {"mode=count", "mode=model", "mode=explore"};
    static const uint64_t quanta[MODES] = {0, 40, 0};
    struct arguments arguments;

    (void)state;
    for (int i = 0; i < MODES; i++) {
        assert_true(read(&arguments, &modes[i], 1));
        assert_int_equal(arguments.mode, i);
        assert_int_equal(arguments.engine.quantum, quanta[i]);
    }
}

static void test_refuses(void **state)
{
    static const char *const words[] = {
        "",       "mode",    "mode=",        "mode=host", "seed=",
        "seed=x", "seed=1x", "asleep=never", "colour=1",  "llc=x",
    };
    struct arguments arguments;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        assert_false(read(&arguments, &words[i], 1));
    }
}

// One hart is more than a machine has of which nothing was said: that is looked at last.
static void test_what_does_not_fit_together(void **state)
{
    static const uint64_t sizes[][3] = {
        // Bytes, nodes, whether they are refused before the machine is looked at.
        {0, 1, true},           {65, 1, true},         {(64ul << 30) + 64, 1, true},
        {64ul << 30, 1, false}, {1ul << 30, 2, false}, {2ul << 30, 2, true},
        {1 << 20, 0, true},     {1 << 20, 3, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct arguments arguments = {.mode = MODE_MODEL, .ram = sizes[i][0], .nodes = sizes[i][1]};

        assert_false(arguments_check(&arguments, 1));
        assert_int_equal(arguments.machine.error[0] == '\0', sizes[i][2]);
        arguments.mode = MODE_COUNT;
        assert_true(arguments_check(&arguments, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_each_goes_to_its_place),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_what_does_not_fit_together),
    };

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
