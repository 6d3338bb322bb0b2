// SPDX-License-Identifier: MIT
// mm/user/test/share_test.c - pages that several have: fork, shared memory, memory objects.
#include "kernel/base/string.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/user/test/space_support.h"
#include "mm/user/vmo.h"

static struct user_thread user;

enum { PAGES = 8 };

static void put_all(uint64_t value)
{
    for (unsigned i = 0; i < PAGES; i++) {
        space_put(TEST_AT + i * PAGE_SIZE, value + i);
    }
}

static void expect_all(uint64_t value)
{
    for (unsigned i = 0; i < PAGES; i++) {
        space_expect(TEST_AT + i * PAGE_SIZE, value + i);
    }
}

KTEST(space_fork, "a fork copies nothing but tables, and a page when either side writes it")
{
    struct aspace *parent = aspace_new();

    KT_CHECK(space_map(parent, TEST_AT, PAGES, TEST_RW, MAP_FIXED) > 0);
    space_enter(&user, parent);
    put_all(100);
    struct aspace *child = aspace_fork(parent);
    size_t forked = frames_free_count();

    KT_CHECK(aspace_usage(child).pages_present == PAGES);
    expect_all(100);
    KT_CHECK(frames_free_count() == forked); // who reads copies nothing
    put_all(200);
    KT_CHECK(frames_free_count() == forked - PAGES);
    space_leave();
    space_enter(&user, child);
    expect_all(100);
    put_all(300);
    KT_CHECK(frames_free_count() == forked - PAGES); // the only holder writes in place
    expect_all(300);
    space_leave();
    aspace_put(child);
    space_enter(&user, parent);
    expect_all(200);
    space_leave();
    aspace_put(parent);
}

KTEST(space_fork_advice, "a child does not get what it is not to, or finds zeros")
{
    struct aspace *parent = aspace_new();

    KT_CHECK(space_map(parent, TEST_AT, 3, TEST_RW, MAP_FIXED) > 0);
    space_enter(&user, parent);
    for (unsigned i = 0; i < 3; i++) {
        space_put(TEST_AT + i * PAGE_SIZE, 1);
    }
    KT_CHECK(aspace_advise(parent, TEST_AT, PAGE_SIZE, MADV_DONTFORK) == 0);
    KT_CHECK(aspace_advise(parent, TEST_AT + PAGE_SIZE, PAGE_SIZE, MADV_WIPEONFORK) == 0);
    KT_CHECK(space_areas(parent) == 3);
    struct aspace *child = aspace_fork(parent);

    KT_CHECK(aspace_advise(parent, TEST_AT, PAGE_SIZE, MADV_DOFORK) == 0);
    KT_CHECK(aspace_advise(parent, TEST_AT + PAGE_SIZE, PAGE_SIZE, MADV_KEEPONFORK) == 0);
    KT_CHECK(space_areas(parent) == 1);
    space_leave();
    space_enter(&user, child);
    space_expect_fault(TEST_AT);
    space_expect(TEST_AT + PAGE_SIZE, 0);
    space_expect(TEST_AT + 2 * PAGE_SIZE, 1);
    space_leave();
    aspace_put(child);
    aspace_put(parent);
}

KTEST(space_shared, "MAP_SHARED | MAP_ANONYMOUS is one memory for parent and child")
{
    struct aspace *parent = aspace_new();
    struct futex_key keys[2];

    KT_CHECK(space_map(parent, TEST_AT, PAGES, TEST_RW, MAP_SHARED | MAP_FIXED) > 0);
    struct aspace *child = aspace_fork(parent);

    space_enter(&user, parent);
    put_all(100);
    space_leave();
    space_enter(&user, child);
    expect_all(100);
    put_all(200);
    KT_CHECK(aspace_advise(child, TEST_AT, PAGES * PAGE_SIZE, MADV_DONTNEED) == 0);
    expect_all(200); // it is the object's, not the child's
    KT_CHECK(aspace_futex_key(child, TEST_AT + PAGE_SIZE + 4, true, &keys[0]) == 0);
    space_leave();
    KT_CHECK(aspace_futex_key(parent, TEST_AT + PAGE_SIZE + 4, true, &keys[1]) == 0);
    KT_CHECK(keys[0].object == keys[1].object && keys[0].offset == keys[1].offset);
    KT_CHECK(keys[0].offset == PAGE_SIZE + 4);
    space_enter(&user, parent);
    expect_all(200);
    space_leave();
    aspace_put(parent);
    aspace_put(child);
}

// ---- Objects ------------------------------------------------------------------------------------

KTEST(vmo_resize, "what is cut off an object is a bus error wherever it is mapped, and then zeros")
{
    struct vmo *vmo = vmo_new(PAGES * PAGE_SIZE);
    struct aspace *spaces[2] = {aspace_new(), aspace_new()};

    for (unsigned i = 0; i < 2; i++) {
        KT_CHECK(space_map_vmo(spaces[i], vmo, TEST_AT, PAGES, i ? MAP_PRIVATE : MAP_SHARED) > 0);
    }
    space_enter(&user, spaces[0]);
    put_all(100);
    space_leave();
    space_enter(&user, spaces[1]);
    expect_all(100);
    put_all(200);
    KT_CHECK(vmo_pages(vmo) == PAGES);
    size_t frames = frames_free_count();

    KT_CHECK(vmo_resize(vmo, 3 * PAGE_SIZE + 16) == 0);
    KT_CHECK(vmo_pages(vmo) == 4);
    KT_CHECK(frames_free_count() >= frames + 2 * (PAGES - 4)); // private copies too
    space_expect(TEST_AT + 3 * PAGE_SIZE, 203);
    space_expect_fault(TEST_AT + 4 * PAGE_SIZE);
    KT_CHECK(aspace_fault(spaces[0], TEST_AT + 4 * PAGE_SIZE, FAULT_LOAD) == -ENXIO);
    KT_CHECK(aspace_fault(spaces[0], TEST_AT + 3 * PAGE_SIZE, FAULT_LOAD) == 0);
    KT_CHECK(vmo_resize(vmo, PAGES * PAGE_SIZE) == 0);
    space_expect(TEST_AT + 4 * PAGE_SIZE, 0);
    space_leave();
    for (unsigned i = 0; i < 2; i++) {
        aspace_put(spaces[i]);
    }
    vmo_put(vmo);
}

KTEST(vmo_tail, "bytes behind an object's end, once it grows again, are zeros")
{
    struct vmo *vmo = vmo_new(100);
    char bytes[100];

    memset(bytes, 7, sizeof(bytes));
    KT_CHECK(vmo_write(vmo, 0, bytes, sizeof(bytes)) == sizeof(bytes));
    KT_CHECK(vmo_write(vmo, 90, bytes, sizeof(bytes)) == 10);
    KT_CHECK(vmo_resize(vmo, 50) == 0 && vmo_resize(vmo, 3 * PAGE_SIZE) == 0);
    KT_CHECK(vmo_read(vmo, 40, bytes, sizeof(bytes)) == sizeof(bytes));
    KT_CHECK(bytes[9] == 7 && bytes[10] == 0 && bytes[99] == 0);
    KT_CHECK(vmo_read(vmo, 3 * PAGE_SIZE - 10, bytes, sizeof(bytes)) == 10);
    KT_CHECK(vmo_read(vmo, 4 * PAGE_SIZE, bytes, sizeof(bytes)) == 0);
    KT_CHECK(vmo_pages(vmo) == 1); // who reads a hole makes no page
    vmo_put(vmo);
}

// A fixed object of two and a half pages: in each page its number plus 50, and rubbish behind it.
static struct vmo *fixed_object(uint64_t **memory)
{
    *memory = frames_alloc(2);
    memset(*memory, 0xff, 4 * PAGE_SIZE);
    for (unsigned i = 0; i < 3; i++) {
        (*memory)[i * PAGE_SIZE / sizeof(**memory)] = 50 + i;
    }
    return vmo_new_fixed(*memory, 2 * PAGE_SIZE + PAGE_SIZE / 2);
}

KTEST(vmo_fixed, "a fixed object is used in place until it is written, and ends where it ends")
{
    uint64_t *memory;
    struct vmo *vmo = fixed_object(&memory);
    struct aspace *as = aspace_new();
    struct aspace *other = aspace_new();

    KT_CHECK(space_map_vmo(as, vmo, TEST_AT, 3, MAP_PRIVATE) > 0);
    KT_CHECK(space_map_vmo(other, vmo, TEST_AT, 3, MAP_SHARED) > 0);
    KT_CHECK(aspace_fault(other, TEST_AT, FAULT_LOAD) == 0);
    space_enter(&user, as);
    for (unsigned i = 0; i < 3; i++) {
        space_expect(TEST_AT + i * PAGE_SIZE, 50 + i);
    }
    KT_CHECK(vmo_pages(vmo) == 1); // the last: what is behind it is not its own
    space_expect(TEST_AT + 2 * PAGE_SIZE + PAGE_SIZE / 2, 0);
    space_put(TEST_AT + PAGE_SIZE, 1); // a private copy
    KT_CHECK(memory[PAGE_SIZE / sizeof(*memory)] == 51);
    space_leave();
    space_enter(&user, other);
    space_expect(TEST_AT + PAGE_SIZE, 51);
    space_put(TEST_AT, 2); // for all who map it
    space_put(TEST_AT + PAGE_SIZE, 3);
    space_leave();
    KT_CHECK(memory[0] == 50);
    space_enter(&user, as);
    space_expect(TEST_AT, 2);
    space_expect(TEST_AT + PAGE_SIZE, 1);
    space_leave();
    aspace_put(as);
    aspace_put(other);
    vmo_put(vmo);
    frames_free(memory, 2);
}

KTEST(vmo_sparse, "pages far apart, which all go with the object")
{
    struct vmo *vmo = vmo_new(UINT64_C(1) << 50);
    uint64_t word = 0;

    for (uint64_t at = PAGE_SIZE; at < UINT64_C(1) << 50; at *= 8) {
        KT_CHECK(vmo_write(vmo, at, &at, sizeof(at)) == sizeof(at));
    }
    for (uint64_t at = PAGE_SIZE; at < UINT64_C(1) << 50; at *= 8) {
        KT_CHECK(vmo_read(vmo, at, &word, sizeof(word)) == sizeof(word) && word == at);
    }
    KT_CHECK(vmo_resize(vmo, MIB(1)) == 0 && vmo_pages(vmo) == 3);
    vmo_put(vmo);
}
