// SPDX-License-Identifier: MIT
// mm/user/test/exhaustion_test.c - address spaces without memory: every allocation fails in turn.
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/test/space_support.h"
#include "mm/user/vmo.h"

static struct user_thread user;

// What has failed so far. Everything else has to work all the same.
static bool ok(long result)
{
    KT_CHECK(result >= 0 || result == -ENOMEM || result == -EFAULT);
    return result >= 0;
}

static void use_object(struct aspace *as)
{
    struct vmo *vmo = vmo_new(100 * PAGE_SIZE);

    if (vmo == NULL) {
        return;
    }
    if (ok(space_map_vmo(as, vmo, TEST_AT + MIB(8), 100, MAP_SHARED))) {
        (void)ok(put_user_u64(TEST_AT + MIB(8) + 70 * PAGE_SIZE, 1));
    }
    (void)ok(vmo_write(vmo, PAGE_SIZE, "text", 5));
    KT_CHECK(vmo_resize(vmo, PAGE_SIZE) == 0);
    vmo_put(vmo);
}

static long move_page(struct aspace *as)
{
    return aspace_remap(as, &(struct remap_request){.at = TEST_AT,
                                                    .bytes = PAGE_SIZE,
                                                    .new_bytes = 2 * PAGE_SIZE,
                                                    .flags = MREMAP_MAYMOVE});
}

// What cannot be replaced is still there.
static void replace_page(struct aspace *as)
{
    uint64_t at = TEST_AT + MIB(4);
    uint64_t word = 0;

    if (ok(space_map(as, at, 3, TEST_RW, MAP_FIXED)) && ok(put_user_u64(at + PAGE_SIZE, 7)) &&
        !ok(space_map(as, at + PAGE_SIZE, 1, PROT_READ, MAP_FIXED))) {
        KT_CHECK(get_user_u64(&word, at + PAGE_SIZE) == 0 && word == 7);
    }
}

static void use_space(struct aspace *as)
{
    replace_page(as);
    if (!ok(space_map(as, TEST_AT, 16, TEST_RW, MAP_FIXED))) {
        return;
    }
    (void)ok(put_user_u64(TEST_AT, 1));
    (void)ok(put_user_u64(TEST_AT + 8 * PAGE_SIZE, 1));
    (void)ok(aspace_protect(as, TEST_AT + 4 * PAGE_SIZE, 2 * PAGE_SIZE, PROT_READ));
    (void)ok(space_map(as, 0, 4, TEST_RW, MAP_SHARED | MAP_POPULATE));
    (void)ok(move_page(as));
    (void)ok(aspace_unmap(as, TEST_AT + 9 * PAGE_SIZE, PAGE_SIZE));
    use_object(as);
    aspace_set_heap(as, TEST_AT + MIB(32));
    (void)aspace_brk(as, TEST_AT + MIB(33));
}

static void use_memory(void)
{
    struct aspace *as = aspace_new();

    if (as == NULL) {
        return;
    }
    space_enter(&user, as);
    use_space(as);
    struct aspace *child = aspace_fork(as);

    (void)ok(put_user_u64(TEST_AT + 8 * PAGE_SIZE, 2)); // a copy, if there is a child
    space_leave();
    if (child != NULL) {
        aspace_put(child);
    }
    aspace_put(as);
}

KTEST(space_exhausted, "each allocation in turn fails, is answered with ENOMEM, and leaks nothing")
{
    struct failpoint_report report;
    uint64_t nth = 0;

    mm_reclaim();
    size_t frames = frames_free_count();

    do {
        failpoint_arm(FAILPOINT_RECLAIM, ++nth);
        use_memory();
        report = failpoint_disarm();
        mm_reclaim();
        KT_CHECK(frames_free_count() == frames);
    } while (report.which != FAILPOINTS);
    KT_CHECK(nth > 30);
}
