// SPDX-License-Identifier: MIT
// mm/user/test/copy_test.c - copies from and to a program's memory, and where they end.
#include "kernel/base/string.h"
#include "mm/user/test/space_support.h"

static struct user_thread user;
static char buffer[600];

// Two pages, the second of which ends the memory that there is.
#define END (TEST_AT + 2 * PAGE_SIZE)

static void fill(void)
{
    for (unsigned i = 0; i < sizeof(buffer); i++) {
        buffer[i] = (char)(i * 7);
    }
}

static void check_copy(unsigned to, unsigned from, unsigned bytes)
{
    static char back[sizeof(buffer)];
    uint64_t at = TEST_AT + PAGE_SIZE - 64 + to;

    KT_CHECK(copy_to_user(at, buffer + from, bytes) == 0);
    memset(back, 0, sizeof(back));
    KT_CHECK(copy_from_user(back + from, at, bytes) == 0);
    KT_CHECK(memcmp(back + from, buffer + from, bytes) == 0);
    KT_CHECK(back[from + bytes] == 0);
}

KTEST(user_copy, "copies of any length and alignment, across pages that are not there yet")
{
    struct aspace *as = aspace_new();

    fill();
    space_enter(&user, as);
    for (unsigned n = 0; n < 400; n++) {
        KT_CHECK(space_map(as, TEST_AT, 2, TEST_RW, MAP_FIXED) > 0); // fresh
        check_copy(n % 9, n % 11, n);
    }
    space_leave();
    aspace_put(as);
}

// The last `bytes` bytes of the memory, and `beyond` more.
static void check_end(unsigned bytes, unsigned beyond)
{
    uint64_t at = END - bytes;

    KT_CHECK(copy_to_user_part(at, buffer, bytes + beyond) == bytes);
    KT_CHECK(copy_from_user_part(buffer, at, bytes + beyond) == bytes);
    KT_CHECK(copy_to_user(at, buffer, bytes + beyond) == (beyond ? -EFAULT : 0));
    KT_CHECK(copy_from_user(buffer, at, bytes + beyond) == (beyond ? -EFAULT : 0));
    KT_CHECK(clear_user(at, bytes + beyond) == (beyond ? -EFAULT : 0));
}

KTEST(user_copy_end, "a copy that runs out of memory ends with the last byte that there is")
{
    struct aspace *as = aspace_new();

    space_enter(&user, as);
    KT_CHECK(space_map(as, TEST_AT, 2, TEST_RW, MAP_FIXED) > 0);
    for (unsigned bytes = 0; bytes < 300; bytes++) {
        check_end(bytes, 0);
        check_end(bytes, 1 + bytes % 5 * 40);
    }
    KT_CHECK(copy_to_user(UINT64_MAX - 20, buffer, 16) == -EFAULT);
    KT_CHECK(copy_to_user((uint64_t)buffer, buffer, 16) == -EFAULT); // the kernel's
    KT_CHECK(put_user_u64((uint64_t)buffer, 1) == -EFAULT);
    KT_CHECK(copy_from_user(buffer, USER_END - 8, 16) == -EFAULT);
    KT_CHECK(copy_from_user_part(buffer, (uint64_t)buffer, 16) == 0);
    KT_CHECK(put_user_u32(TEST_AT + 2, 1) == -EINVAL);
    space_leave();
    aspace_put(as);
}

KTEST(user_copy_protected, "a copy does what the program itself may do, no more")
{
    struct aspace *as = aspace_new();
    uint32_t found = 0;

    space_enter(&user, as);
    KT_CHECK(space_map(as, TEST_AT, 1, PROT_READ, MAP_FIXED) > 0);
    KT_CHECK(copy_from_user(buffer, TEST_AT, 100) == 0);
    KT_CHECK(copy_to_user(TEST_AT, buffer, 100) == -EFAULT);
    KT_CHECK(put_user_u64(TEST_AT, 1) == -EFAULT);
    KT_CHECK(compare_exchange_user_u32(TEST_AT, 0, 1, &found) == -EFAULT);
    KT_CHECK(aspace_protect(as, TEST_AT, PAGE_SIZE, TEST_RW) == 0);
    KT_CHECK(compare_exchange_user_u32(TEST_AT, 5, 1, &found) == 0 && found == 0);
    KT_CHECK(compare_exchange_user_u32(TEST_AT, 0, 6, &found) == 0 && found == 0);
    KT_CHECK(get_user_u32(&found, TEST_AT) == 0 && found == 6);
    KT_CHECK(aspace_protect(as, TEST_AT, PAGE_SIZE, PROT_NONE) == 0);
    space_expect_fault(TEST_AT);
    KT_CHECK(aspace_protect(as, TEST_AT, PAGE_SIZE, PROT_EXEC) == 0);
    space_expect_fault(TEST_AT);
    KT_CHECK(aspace_protect(as, TEST_AT, PAGE_SIZE, PROT_READ) == 0);
    KT_CHECK(get_user_u32(&found, TEST_AT) == 0 && found == 6);
    space_leave();
    aspace_put(as);
}

KTEST(user_string, "strings end with their zero, their room, or their memory")
{
    struct aspace *as = aspace_new();

    space_enter(&user, as);
    KT_CHECK(space_map(as, TEST_AT, 2, TEST_RW, MAP_FIXED) > 0);
    KT_CHECK(copy_to_user(END - 6, "hello", 6) == 0);
    KT_CHECK(copy_string_from_user(buffer, END - 6, sizeof(buffer)) == 5);
    KT_CHECK(strcmp(buffer, "hello") == 0);
    KT_CHECK(copy_string_from_user(buffer, END - 6, 6) == 5);
    KT_CHECK(copy_string_from_user(buffer, END - 6, 5) == -ENAMETOOLONG);
    KT_CHECK(copy_to_user(END - 6, "hello!", 6) == 0);
    KT_CHECK(copy_string_from_user(buffer, END - 6, sizeof(buffer)) == -EFAULT);
    KT_CHECK(copy_to_user(TEST_AT + PAGE_SIZE - 3, "across", 7) == 0);
    KT_CHECK(copy_string_from_user(buffer, TEST_AT + PAGE_SIZE - 3, sizeof(buffer)) == 6);
    KT_CHECK(copy_string_from_user(buffer, END, sizeof(buffer)) == -EFAULT);
    space_leave();
    aspace_put(as);
}
