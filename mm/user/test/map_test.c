// SPDX-License-Identifier: MIT
// mm/user/test/map_test.c - mapping, unmapping and protecting: what Linux says, and against a
// model.
#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "mm/frame.h"
#include "mm/memory.h"
#include "mm/user/test/space_support.h"

static struct user_thread user;

// ---- A model ------------------------------------------------------------------------------------

enum { MODEL_PAGES = 48, MODEL_STEPS = 3000 };

struct model_page {
    bool mapped;
    unsigned prot;
    uint64_t word; // the first
};

static struct model_page model[MODEL_PAGES];

// Some pages: the first, and how many.
struct choice {
    unsigned first;
    unsigned n;
    uint64_t at;
    uint64_t bytes;
};

static struct choice choose(struct random *random)
{
    unsigned first = (unsigned)random_below(random, MODEL_PAGES);
    unsigned n = 1 + (unsigned)random_below(random, MODEL_PAGES - first);

    return (struct choice){first, n, TEST_AT + first * PAGE_SIZE, n * PAGE_SIZE};
}

static unsigned choose_prot(struct random *random)
{
    static const unsigned prots[] = {
        PROT_NONE, PROT_READ, TEST_RW, TEST_RW, PROT_READ | PROT_EXEC, TEST_RW | PROT_EXEC};

    return prots[random_below(random, ARRAY_SIZE(prots))];
}

static void model_map(struct aspace *as, struct choice c, unsigned prot)
{
    KT_CHECK(space_map(as, c.at, c.n, prot, MAP_FIXED) == (long)c.at);
    for (unsigned i = c.first; i < c.first + c.n; i++) {
        model[i] = (struct model_page){.mapped = true, .prot = prot};
    }
}

static void model_unmap(struct aspace *as, struct choice c)
{
    KT_CHECK(aspace_unmap(as, c.at, c.bytes) == 0);
    for (unsigned i = c.first; i < c.first + c.n; i++) {
        model[i] = (struct model_page){};
    }
}

// Changes what comes before a hole.
static void model_protect(struct aspace *as, struct choice c, unsigned prot)
{
    unsigned i = c.first;

    for (; i < c.first + c.n && model[i].mapped; i++) {
        model[i].prot = prot;
    }
    KT_CHECK(aspace_protect(as, c.at, c.bytes, prot) == (i == c.first + c.n ? 0 : -ENOMEM));
}

static void model_forget(struct aspace *as, struct choice c)
{
    bool hole = false;

    for (unsigned i = c.first; i < c.first + c.n; i++) {
        hole = hole || !model[i].mapped;
        model[i].word = 0;
    }
    KT_CHECK(aspace_advise(as, c.at, c.bytes, MADV_DONTNEED) == (hole ? -ENOMEM : 0));
}

static void model_store(struct choice c, uint64_t word)
{
    bool writable = model[c.first].mapped && (model[c.first].prot & PROT_WRITE);

    KT_CHECK(put_user_u64(c.at, word) == (writable ? 0 : -EFAULT));
    if (writable) {
        model[c.first].word = word;
    }
}

static void model_step(struct aspace *as, struct random *random, uint64_t step)
{
    struct choice c = choose(random);

    switch (random_below(random, 8)) {
    case 0:
        model_map(as, c, choose_prot(random));
        break;
    case 1:
        model_unmap(as, c);
        break;
    case 2:
        model_protect(as, c, choose_prot(random));
        break;
    case 3:
        model_forget(as, c);
        break;
    default:
        model_store(c, step);
        break;
    }
}

static void model_compare(struct aspace *as)
{
    unsigned areas = 0;
    uint64_t mapped = 0;

    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        uint64_t va = TEST_AT + i * PAGE_SIZE;
        const struct model_page *before = i > 0 ? &model[i - 1] : &(struct model_page){};

        mapped += model[i].mapped;
        areas += model[i].mapped && (!before->mapped || before->prot != model[i].prot);
        if (model[i].mapped && (model[i].prot & PROT_READ)) {
            space_expect(va, model[i].word);
        } else {
            space_expect_fault(va);
        }
    }
    KT_CHECK(space_areas(as) == areas); // all that can be one is one
    KT_CHECK(aspace_usage(as).pages_mapped == mapped);
}

static void model_run(struct aspace *as, uint64_t seed)
{
    struct random random;

    random_seed(&random, seed);
    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        model[i] = (struct model_page){};
    }
    for (unsigned step = 1; step <= MODEL_STEPS; step++) {
        model_step(as, &random, step);
        if (step % 64 == 0) {
            model_compare(as);
        }
    }
}

KTEST(space_model, "any map, unmap, protect, forget and store leave what a simple model has")
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct aspace *as = aspace_new();

        space_enter(&user, as);
        model_run(as, seed);
        space_leave();
        aspace_put(as);
    }
}

// ---- What Linux says ----------------------------------------------------------------------------

KTEST(space_map_errors, "mmap and munmap refuse what Linux refuses")
{
    struct aspace *as = aspace_new();
    struct map_request none = {.bytes = PAGE_SIZE, .flags = MAP_ANONYMOUS};

    KT_CHECK(aspace_map(as, &none) == -EINVAL); // neither shared nor private
    KT_CHECK(space_map(as, 0, 0, TEST_RW, 0) == -EINVAL);
    KT_CHECK(space_map(as, TEST_AT + 1, 1, TEST_RW, MAP_FIXED) == -EINVAL);
    KT_CHECK(space_map(as, USER_END - PAGE_SIZE, 2, TEST_RW, MAP_FIXED) == -ENOMEM);
    KT_CHECK(space_map(as, 0, 1, TEST_RW, MAP_FIXED) == -EPERM);
    KT_CHECK(space_map(as, 0, UINT64_MAX / PAGE_SIZE, TEST_RW, 0) == -ENOMEM);
    KT_CHECK(space_map(as, 0, frames_total() + 1, TEST_RW, 0) == -ENOMEM);
    KT_CHECK(space_map(as, 0, frames_total() + 1, TEST_RW, MAP_NORESERVE) > 0);
    KT_CHECK(space_map(as, 0, frames_total() + 1, PROT_NONE, 0) > 0);
    KT_CHECK(space_map(as, TEST_AT, 2, TEST_RW, MAP_FIXED) == (long)TEST_AT);
    KT_CHECK(space_map(as, TEST_AT + PAGE_SIZE, 2, TEST_RW, MAP_FIXED_NOREPLACE) == -EEXIST);
    KT_CHECK(space_map(as, TEST_AT + PAGE_SIZE, 1, TEST_RW, 0) != (long)(TEST_AT + PAGE_SIZE));
    KT_CHECK(aspace_unmap(as, TEST_AT + 1, PAGE_SIZE) == -EINVAL);
    KT_CHECK(aspace_unmap(as, TEST_AT, 0) == -EINVAL);
    KT_CHECK(aspace_unmap(as, USER_END - PAGE_SIZE, 2 * PAGE_SIZE) == -EINVAL);
    KT_CHECK(aspace_unmap(as, 2 * TEST_AT, PAGE_SIZE) == 0); // nothing was there
    KT_CHECK(aspace_advise(as, TEST_AT, PAGE_SIZE, 1000) == -EINVAL);
    KT_CHECK(aspace_sync(as, TEST_AT, 3 * PAGE_SIZE) == -ENOMEM);
    aspace_put(as);
}

KTEST(space_reserve, "a reservation of 128 MiB costs nothing, and is as large as it says")
{
    struct aspace *as = aspace_new();

    KT_CHECK(space_map(as, TEST_AT, 1, TEST_RW, MAP_FIXED) > 0); // an area is not for nothing
    mm_reclaim();
    size_t frames = frames_free_count();
    long at = space_map(as, 0, MIB(128) / PAGE_SIZE, PROT_NONE, MAP_NORESERVE);

    KT_CHECK(at > 0);
    KT_CHECK(aspace_protect(as, (uint64_t)at + MIB(64), MIB(1), TEST_RW) == 0);
    KT_CHECK(frames_free_count() == frames);
    KT_CHECK(space_areas(as) == 4);
    KT_CHECK(aspace_fault(as, (uint64_t)at + MIB(64), FAULT_STORE) == 0);
    KT_CHECK(aspace_fault(as, (uint64_t)at + MIB(64) - 1, FAULT_LOAD) == -EACCES);
    KT_CHECK(aspace_fault(as, (uint64_t)at + MIB(128), FAULT_LOAD) == -EFAULT);
    KT_CHECK(frames_free_count() + 3 >= frames); // a page and two tables
    KT_CHECK(aspace_unmap(as, (uint64_t)at, MIB(128)) == 0);
    mm_reclaim();
    KT_CHECK(frames_free_count() + 1 >= frames); // the lower table covers no more than it
    aspace_put(as);
}

KTEST(space_limits, "RLIMIT_AS and RLIMIT_DATA bound what is mapped, and the heap")
{
    struct aspace *as = aspace_new();

    aspace_set_limits(as, 8 * PAGE_SIZE, 4 * PAGE_SIZE);
    KT_CHECK(space_map(as, 0, 9, PROT_READ, 0) == -ENOMEM);
    KT_CHECK(space_map(as, 0, 5, TEST_RW, 0) == -ENOMEM);
    aspace_set_heap(as, TEST_AT + 5);
    KT_CHECK(aspace_brk(as, 0) == TEST_AT + PAGE_SIZE);
    KT_CHECK(aspace_brk(as, TEST_AT + 3 * PAGE_SIZE + 7) == TEST_AT + 3 * PAGE_SIZE + 7);
    KT_CHECK(aspace_brk(as, TEST_AT + 9 * PAGE_SIZE) == TEST_AT + 3 * PAGE_SIZE + 7);
    KT_CHECK(aspace_usage(as).pages_mapped == 3);
    KT_CHECK(space_map(as, 0, 1, TEST_RW, 0) > 0);
    KT_CHECK(space_map(as, 0, 1, TEST_RW, 0) == -ENOMEM);
    KT_CHECK(space_map(as, 0, 4, PROT_READ, 0) > 0);
    KT_CHECK(space_map(as, 0, 1, PROT_READ, 0) == -ENOMEM);
    KT_CHECK(aspace_brk(as, TEST_AT + PAGE_SIZE) == TEST_AT + PAGE_SIZE);
    KT_CHECK(aspace_usage(as).pages_mapped == 5);
    aspace_put(as);
}

// ---- mremap -------------------------------------------------------------------------------------

// Have the `pages` pages at `at` be `new_pages`, wherever.
static long remap(struct aspace *as, uint64_t at, uint64_t pages, uint64_t new_pages,
                  unsigned flags)
{
    return aspace_remap(as, &(struct remap_request){.at = at,
                                                    .bytes = pages * PAGE_SIZE,
                                                    .new_bytes = new_pages * PAGE_SIZE,
                                                    .flags = flags});
}

static long remap_page_to(struct aspace *as, uint64_t at, uint64_t to, unsigned flags)
{
    return aspace_remap(as, &(struct remap_request){.at = at,
                                                    .bytes = PAGE_SIZE,
                                                    .new_bytes = PAGE_SIZE,
                                                    .flags = flags | MREMAP_FIXED,
                                                    .new_at = to});
}

KTEST(space_remap, "mremap grows in place or moves, and takes the contents along")
{
    struct aspace *as = aspace_new();

    space_enter(&user, as);
    KT_CHECK(space_map(as, TEST_AT, 4, TEST_RW, MAP_FIXED) > 0);
    for (unsigned i = 0; i < 4; i++) {
        space_put(TEST_AT + i * PAGE_SIZE, 100 + i);
    }
    KT_CHECK(remap(as, TEST_AT, 4, 2, 0) == (long)TEST_AT);
    space_expect_fault(TEST_AT + 2 * PAGE_SIZE);
    KT_CHECK(remap(as, TEST_AT, 2, 6, 0) == (long)TEST_AT);
    space_expect(TEST_AT + 2 * PAGE_SIZE, 0);
    KT_CHECK(space_map(as, TEST_AT + 6 * PAGE_SIZE, 1, PROT_READ, MAP_FIXED) > 0);
    KT_CHECK(remap(as, TEST_AT, 6, 7, 0) == -ENOMEM);
    long at = remap(as, TEST_AT, 6, 7, MREMAP_MAYMOVE);

    KT_CHECK(at > 0 && at != (long)TEST_AT);
    space_expect((uint64_t)at + PAGE_SIZE, 101);
    space_expect_fault(TEST_AT);
    uint64_t fixed = TEST_AT + MIB(64);

    KT_CHECK(remap_page_to(as, (uint64_t)at + PAGE_SIZE, fixed, MREMAP_MAYMOVE) == (long)fixed);
    space_expect(fixed, 101);
    space_expect((uint64_t)at, 100);
    space_expect_fault((uint64_t)at + PAGE_SIZE);
    KT_CHECK(remap_page_to(as, fixed, (uint64_t)at, 0) == -EINVAL);
    KT_CHECK(remap(as, fixed, 2, 3, 0) == -EFAULT);
    space_leave();
    aspace_put(as);
}

KTEST(space_remap_offset, "mremap does not grow past the last offset that an object may have")
{
    struct aspace *as = aspace_new();
    struct vmo *vmo = vmo_new(PAGE_SIZE);
    struct map_request request = {.at = TEST_AT,
                                  .bytes = 2 * PAGE_SIZE,
                                  .prot = TEST_RW,
                                  .flags = MAP_SHARED | MAP_FIXED,
                                  .vmo = vmo,
                                  .offset = -UINT64_C(4) * PAGE_SIZE};

    KT_CHECK(aspace_map(as, &request) == (long)TEST_AT);
    KT_CHECK(remap(as, TEST_AT, 2, 5, 0) == -EINVAL);
    KT_CHECK(remap(as, TEST_AT, 2, 5, MREMAP_MAYMOVE) == -EINVAL);
    KT_CHECK(remap(as, TEST_AT, 2, 3, 0) == (long)TEST_AT);
    aspace_put(as);
    vmo_put(vmo);
}
