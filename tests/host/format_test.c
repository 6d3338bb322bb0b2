// SPDX-License-Identifier: MIT
// tests/host/format_test.c - kernel/base/format.c against the host's snprintf.
#include <limits.h>
#include <stdio.h>

#include "kernel/base/compiler.h"
#include "kernel/base/format.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"

// Format the same with both, into `size` bytes, and compare text and length.
#define CHECK_SIZE(size, ...)                                                                      \
    do {                                                                                           \
        char ours_[128], theirs_[128];                                                             \
        memset(ours_, '#', sizeof(ours_));                                                         \
        memset(theirs_, '#', sizeof(theirs_));                                                     \
        int length_ = snprintf(theirs_, size, __VA_ARGS__);                                        \
        assert_int_equal(format(ours_, size, __VA_ARGS__), length_);                               \
        assert_memory_equal(ours_, theirs_, sizeof(ours_));                                        \
    } while (0)

#define CHECK(...) CHECK_SIZE(sizeof(ours_), __VA_ARGS__)

static void test_integers(void **state)
{
    const long values[] = {0, 1, -1, 9, 10, -10, 255, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        long v = values[i];

        CHECK("%d %i %u %x %X", (int)v, (int)v, (unsigned)v, (unsigned)v, (unsigned)v);
        CHECK("%ld %li %lu %lx %lX", v, v, v, v, v);
        CHECK("%lld %llu %llx", (long long)v, (unsigned long long)v, (unsigned long long)v);
        CHECK("%zu %zx", (size_t)v, (size_t)v);
        CHECK("[%24ld] [%-24ld] [%024ld] [%3ld]", v, v, v, v);
        CHECK("[%*ld] [%-*ld] [%0*lx]", 12, v, 12, v, 30, v);
        CHECK("[%*ld]", -12, v);
    }
}

static void test_text(void **state)
{
    (void)state;
    CHECK("plain");
    CHECK("%s", "");
    CHECK("%s|%5s|%-5s|%2s", "abc", "abc", "abc", "abc");
    CHECK("%.2s|%.0s|%.9s|%5.1s|%-5.1s|", "abc", "abc", "abc", "abc", "abc");
    CHECK("%.*s|%*s|%-*s|", 2, "abc", 6, "abc", 6, "abc");
    CHECK("%.*s|", -1, "abc");
    CHECK("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
    CHECK("100%%|%%d|%s%%", "x");
    const char unterminated[3] = {'a', 'b', 'c'};

    CHECK("%.3s", unterminated);
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t size = 0; size < 16; size++) {
        CHECK_SIZE(size, "%s=%d", "count", 1234);
        CHECK_SIZE(size, "%08x|%-4s|", 0xbeefU, "a");
    }
    assert_int_equal(format(NULL, 0, "%d", 12345), 5);
}

// What the host's library does in another way, or does not have.
static void test_own(void **state)
{
    char text[64];
    const char *volatile odd = "%q %5y 50% %"; // hidden from the compiler's check

    (void)state;
    format(text, sizeof(text), "%p", (void *)0x80200000);
    assert_string_equal(text, "0x0000000080200000");
    format(text, sizeof(text), "%s", (const char *)NULL);
    assert_string_equal(text, "(null)");
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
#pragma clang diagnostic ignored "-Wformat-security"
    assert_int_equal(format(text, sizeof(text), odd), 12);
#pragma clang diagnostic pop
    assert_string_equal(text, "%q %5y 50% %");
}

static void test_random_numbers(void **state)
{
    struct random random;

    (void)state;
    random_seed(&random, 3);
    for (int i = 0; i < 2000; i++) {
        uint64_t v = random_next(&random) >> random_below(&random, 64);
        int width = (int)random_below(&random, 30);

        CHECK("%*ld|%-*lu|%0*lx|%d", width, (long)v, width, v, width, v, (int)v);
    }
}

static void check_fixed(uint64_t value, unsigned decimals, const char *expected)
{
    char text[64];

    assert_int_equal(format_fixed(text, sizeof(text), value, decimals), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_fixed(void **state)
{
    char text[4];

    (void)state;
    check_fixed(1234, 3, "1.234");
    check_fixed(34, 3, "0.034");
    check_fixed(0, 3, "0.000");
    check_fixed(1000000, 6, "1.000000");
    check_fixed(42, 0, "42");
    check_fixed(UINT64_MAX, 19, "1.8446744073709551615");
    assert_int_equal(format_fixed(text, sizeof(text), 123456, 3), 7);
    assert_string_equal(text, "123");
    expect_panic("decimals < 20", format_fixed(text, sizeof(text), 1, 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),       cmocka_unit_test(test_text),
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_own),
        cmocka_unit_test(test_random_numbers), cmocka_unit_test(test_fixed),
    };

    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
