// SPDX-License-Identifier: MIT
// tests/host/string_test.c - kernel/base/string.c, under other names, against the host's libc.
#include "tests/host/shim/expect_panic.h"

// libc's, before the names change.
static void *(*const libc_memmove)(void *, const void *, size_t) = memmove;
static void *(*const libc_memset)(void *, int, size_t) = memset;
static int (*const libc_memcmp)(const void *, const void *, size_t) = memcmp;

#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define strlen  kernel_strlen
#define strnlen kernel_strnlen
#define strcmp  kernel_strcmp
#define strncmp kernel_strncmp
#define strchr  kernel_strchr
#include "kernel/base/string.c"

// Offsets and lengths that reach every path: heads, groups of four words, words, tails.
enum { SIZE = 160, MAX_OFFSET = 17, MAX_LENGTH = 90 };

static unsigned char ours[SIZE], theirs[SIZE], source[SIZE];

static void fill(void)
{
    for (int i = 0; i < SIZE; i++) {
        source[i] = (unsigned char)(i * 7 + 1);
        ours[i] = theirs[i] = (unsigned char)(i * 5 + 2);
    }
}

static void check_same(void)
{
    assert_int_equal(libc_memcmp(ours, theirs, SIZE), 0);
}

static void test_memcpy(void **state)
{
    (void)state;
    for (size_t to = 0; to < MAX_OFFSET; to++) {
        for (size_t from = 0; from < MAX_OFFSET; from++) {
            for (size_t n = 0; n < MAX_LENGTH; n++) {
                fill();
                assert_ptr_equal(memcpy(ours + to, source + from, n), ours + to);
                libc_memmove(theirs + to, source + from, n);
                check_same();
            }
        }
    }
}

static void test_memmove_overlapping(void **state)
{
    (void)state;
    for (size_t to = 0; to < 60; to++) {
        for (size_t from = 20; from < 40; from++) {
            for (size_t n = 0; n < MAX_LENGTH; n++) {
                fill();
                assert_ptr_equal(memmove(ours + to, ours + from, n), ours + to);
                libc_memmove(theirs + to, theirs + from, n);
                check_same();
            }
        }
    }
}

static void test_memset(void **state)
{
    (void)state;
    for (size_t to = 0; to < MAX_OFFSET; to++) {
        for (size_t n = 0; n < MAX_LENGTH; n++) {
            fill();
            assert_ptr_equal(memset(ours + to, 0x1ff, n), ours + to); // only the low byte counts
            libc_memset(theirs + to, 0xff, n);
            check_same();
        }
    }
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void test_memcmp(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < MAX_OFFSET; offset++) {
        for (size_t n = 1; n < MAX_LENGTH; n++) {
            for (size_t differs = 0; differs < n; differs++) {
                libc_memmove(ours, source, SIZE);
                assert_int_equal(memcmp(ours + offset, source + offset, n), 0);
                ours[offset + differs] ^= 0x80;
                assert_int_equal(sign(memcmp(ours + offset, source + offset, n)),
                                 sign(libc_memcmp(ours + offset, source + offset, n)));
            }
        }
    }
    assert_int_equal(memcmp("a", "b", 0), 0);
}

static void test_strings(void **state)
{
    const char *text = "heart";

    (void)state;
    assert_int_equal(strlen(""), 0);
    assert_int_equal(strlen(text), 5);
    assert_int_equal(strnlen(text, 3), 3);
    assert_int_equal(strnlen(text, 9), 5);
    assert_int_equal(strcmp("abc", "abc"), 0);
    assert_true(strcmp("abc", "abd") < 0);
    assert_true(strcmp("abc", "ab") > 0);
    assert_true(strcmp("\xff", "a") > 0); // as unsigned char
    assert_int_equal(strncmp("abc", "abd", 2), 0);
    assert_int_equal(strncmp("ab", "ab", 9), 0);
    assert_int_equal(strncmp("a", "b", 0), 0);
    assert_true(strncmp("abc", "abd", 3) < 0);
    assert_ptr_equal(strchr(text, 'r'), text + 3);
    assert_ptr_equal(strchr(text, '\0'), text + 5);
    assert_null(strchr(text, 'x'));
}

static void test_str_copy(void **state)
{
    char buffer[4] = "xyz";

    (void)state;
    assert_int_equal(str_copy(buffer, "abc", sizeof(buffer)), 3);
    assert_string_equal(buffer, "abc");
    assert_int_equal(str_copy(buffer, "heart", sizeof(buffer)), 5);
    assert_string_equal(buffer, "hea");
    assert_int_equal(str_copy(buffer, "", sizeof(buffer)), 0);
    assert_string_equal(buffer, "");
    assert_int_equal(str_copy(NULL, "heart", 0), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memcpy),  cmocka_unit_test(test_memmove_overlapping),
        cmocka_unit_test(test_memset),  cmocka_unit_test(test_memcmp),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_str_copy),
    };

    return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
