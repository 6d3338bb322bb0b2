// SPDX-License-Identifier: MIT
// mm/user/test/tlb_test.c - which harts have to fence when they next load a space.
#include "kernel/base/bits.h"
#include "kernel/processor.h"
#include "mm/user/space.h"
#include "mm/user/test/space_support.h"
#include "mm/user/tlb.h"

static struct user_thread user;

static uint64_t stale_harts(const struct aspace *as)
{
    // relaxed: whoever changes it has been waited for.
    return atomic_load_explicit(&as->stale, memory_order_relaxed);
}

static int visit(void *as)
{
    struct user_thread own;

    space_enter(&own, as);
    (void)put_user_u64(TEST_AT, 1);
    space_leave();
    return 0;
}

static void visit_on(unsigned cpu, struct aspace *as)
{
    test_join(test_spawn_on(bit(cpu), visit, as), 0);
}

KTEST(tlb_rollover, "a hart that had a space under an old ASID is told of what goes since")
{
    unsigned first = bit_lowest(harts_online_mask());
    unsigned last = harts_online() - 1;
    unsigned before = tlb_limit_asids(1);
    struct aspace *as = aspace_new();
    struct aspace *other = aspace_new();

    KT_CHECK(space_map(as, TEST_AT, 1, TEST_RW, MAP_FIXED) > 0);
    visit_on(first, as);
    visit_on(first, other); // which takes the one ASID that there is
    visit_on(last, as);
    KT_CHECK(aspace_unmap(as, TEST_AT, PAGE_SIZE) == 0);
    KT_CHECK(stale_harts(as) == (bit(first) | bit(last)));
    aspace_put(as);
    aspace_put(other);
    (void)tlb_limit_asids(before);
}

KTEST(tlb_fork_code, "a hart that has yet to fence for code has to in a copy of the space, too")
{
    struct aspace *as = aspace_new();
    struct aspace *before = aspace_fork(as);

    space_enter(&user, as);
    aspace_flush_code(as);
    space_leave();
    struct aspace *after = aspace_fork(as);

    KT_CHECK(stale_harts(before) == 0);
    KT_CHECK(stale_harts(after) == stale_harts(as));
    KT_CHECK(bit_count(harts_present_mask & ~stale_harts(after)) <= 1); // but where this ran
    aspace_put(after);
    aspace_put(before);
    aspace_put(as);
}
