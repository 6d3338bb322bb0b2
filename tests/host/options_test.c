// SPDX-License-Identifier: MIT
// tests/host/options_test.c - kernel/base/options.c: tables of lines and numbers.
#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "tests/host/shim/expect_panic.h"

enum { WORDS = 4 };

struct split_case {
    const char *line;
    int count;
    const char *words[WORDS];
};

static const struct split_case splits[] = {
    {"", 0, {}},
    {"  \t\n", 0, {}},
    {"ps", 1, {"ps"}},
    {"  bench  locks\tcs=10 ", 3, {"bench", "locks", "cs=10"}},
    {"a b c d", 4, {"a", "b", "c", "d"}},
    {"a b c d e", -E2BIG, {}},
    {"say \"two words\" x", 3, {"say", "two words", "x"}},
    {"a=\"b c\"d", 1, {"a=b cd"}},
    {"\"\" x", 2, {"", "x"}},
    {"x \"\"", 2, {"x", ""}},
    {"\"a\"\"b\"", 1, {"ab"}},
    {"a \"b", -EINVAL, {}},
    {"\"", -EINVAL, {}},
};

static void test_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(splits); i++) {
        const struct split_case *wanted = &splits[i];
        char line[64];
        char *words[WORDS];

        str_copy(line, wanted->line, sizeof(line));
        assert_int_equal(options_split(line, words, WORDS), wanted->count);
        for (int w = 0; w < wanted->count; w++) {
            assert_string_equal(words[w], wanted->words[w]);
        }
    }
}

struct get_case {
    const char *line;
    const char *key;
    const char *value; // NULL: not found
};

static const struct get_case gets[] = {
    {"sched=rr quantum=10000 seed=1", "quantum", "10000"},
    {"sched=rr", "sched", "rr"},
    {"sched=rr", "sche", NULL},
    {"sched=rr", "schedule", NULL},
    {"xsched=rr", "sched", NULL},
    {"sched", "sched", NULL},
    {"sched rr", "sched", NULL},
    {"sched=", "sched", ""},
    {"", "sched", NULL},
    {"sched=rr sched=fifo", "sched", "fifo"},
    {"  sched=rr  ", "sched", "rr"},
    {"cmd=\"bench locks\" x=1", "cmd", "bench locks"},
    {"cmd=\"a x=2 b\" x=1", "x", "1"},
    {"cmd=\"a x=2 b\"", "x", NULL},
    {"a=b=c", "a", "b=c"},
    {"a=1234567", "a", "1234567"},
    {"a=12345678", "a", NULL}, // does not fit
    {"a=\"open", "a", "open"},
    {"=x", "", "x"},
};

static void test_get(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(gets); i++) {
        const struct get_case *wanted = &gets[i];
        char value[16] = "before";
        size_t size = strcmp(wanted->key, "a") == 0 ? 8 : sizeof(value);

        int result = wanted->value != NULL ? 0 : size == 8 ? -E2BIG : -ENOENT;
        assert_int_equal(option_get(wanted->line, wanted->key, value, size), result);
        assert_string_equal(value, wanted->value != NULL ? wanted->value : "before");
    }
}

static void test_value(void **state)
{
    (void)state;
    assert_string_equal(option_value("cs=10", "cs"), "10");
    assert_string_equal(option_value("cs=", "cs"), "");
    assert_null(option_value("cs", "cs"));
    assert_null(option_value("css=1", "cs"));
    assert_null(option_value("c", "cs"));
}

struct number_case {
    const char *text;
    int result;
    uint64_t value;
};

static const struct number_case number_cases[] = {
    {"0", 0, 0},
    {"00012", 0, 12},
    {"18446744073709551615", 0, UINT64_MAX},
    {"18446744073709551616", -ERANGE, 0},
    {"99999999999999999999", -ERANGE, 0},
    {"0x0", 0, 0},
    {"0xFFffFFffFFffFFff", 0, UINT64_MAX},
    {"0x10000000000000000", -ERANGE, 0},
    {"0X1f", 0, 31},
    {"", -EINVAL, 0},
    {"0x", -EINVAL, 0},
    {"-1", -EINVAL, 0},
    {"+1", -EINVAL, 0},
    {" 1", -EINVAL, 0},
    {"1 ", -EINVAL, 0},
    {"12a", -EINVAL, 0},
    {"a", -EINVAL, 0},
    {"0xg", -EINVAL, 0},
    {"\x10", -EINVAL, 0}, // the lower case of this would be a digit
};

static void test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(number_cases); i++) {
        const struct number_case *wanted = &number_cases[i];
        uint64_t value = 77;

        assert_int_equal(parse_u64(wanted->text, &value), wanted->result);
        assert_int_equal(value, wanted->result == 0 ? wanted->value : 77);
    }
}

static void test_lists(void **state)
{
    uint64_t out[3];

    (void)state;
    assert_int_equal(parse_list("1,2,4", out, 3), 3);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 2);
    assert_int_equal(out[2], 4);
    assert_int_equal(parse_list("0x10", out, 3), 1);
    assert_int_equal(out[0], 16);
    assert_int_equal(parse_list("1,2,3,4", out, 3), -E2BIG);
    assert_int_equal(parse_list("", out, 3), -EINVAL);
    assert_int_equal(parse_list("1,", out, 3), -EINVAL);
    assert_int_equal(parse_list(",1", out, 3), -EINVAL);
    assert_int_equal(parse_list("1;2", out, 3), -EINVAL);
    assert_int_equal(parse_list("1,99999999999999999999", out, 3), -ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),   cmocka_unit_test(test_get),   cmocka_unit_test(test_value),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_lists),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
