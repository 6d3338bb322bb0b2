// SPDX-License-Identifier: MIT
// tests/host/pagetable_test.c - Sv39 tables against a model, page sizes, refusals, unwinding.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/random.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/shim/mm/host_ram.h"

#define RW     (PTE_R | PTE_W)
#define WINDOW 0xffffffe03fe00000UL // 2 MiB below a root entry's boundary

static struct page_table *root;

static int fresh_root(void **state)
{
    (void)state;
    host_frames_make(MIB(8));
    root = pt_create();
    return 0;
}

static void assert_maps(uint64_t va, uint64_t to, uint64_t bytes, unsigned prot)
{
    struct pt_leaf leaf;

    assert_int_equal(pt_lookup(root, va, &leaf), 0);
    assert_int_equal(leaf.pa.raw + (va - leaf.va), to);
    assert_int_equal(leaf.bytes, bytes);
    assert_int_equal(leaf.prot, prot);
}

static void assert_unmapped(uint64_t va)
{
    struct pt_leaf leaf;

    assert_int_equal(pt_lookup(root, va, &leaf), -ENOENT);
}

static void assert_empty(void)
{
    struct pt_leaf leaf;
    uint64_t position = 0;

    assert_false(pt_next(root, &position, &leaf));
}

// `npages` frames, the page's number apart from the last, in a window over two second-level tables.
static void test_random_against_a_model(void **state)
{
    enum { PAGES = 1024 };
    static uint64_t model[PAGES]; // 0: not mapped
    struct random random;

    (void)state;
    random_seed(&random, 7);
    for (unsigned step = 0; step < 4000; step++) {
        unsigned page = (unsigned)random_below(&random, PAGES);
        uint64_t va = WINDOW + page * PAGE_SIZE;

        if (model[page] != 0) {
            pt_unmap(root, va, 1);
            model[page] = 0;
        } else {
            model[page] = (1 + random_below(&random, 1 << 20)) * PAGE_SIZE;
            assert_int_equal(pt_map(root, va, pa(model[page]), 1, RW), 0);
        }
        assert_int_equal(pt_map(root, va, pa(0), 1, RW), model[page] ? -EEXIST : 0);
        if (model[page] == 0) {
            pt_unmap(root, va, 1);
        }
    }
    struct pt_leaf leaf;
    uint64_t position = 0;

    for (unsigned page = 0; page < PAGES; page++) {
        if (model[page] == 0) {
            assert_unmapped(WINDOW + page * PAGE_SIZE);
            continue;
        }
        assert_maps(WINDOW + page * PAGE_SIZE, model[page], PAGE_SIZE, RW);
        assert_true(pt_next(root, &position, &leaf));
        assert_int_equal(leaf.va, WINDOW + page * PAGE_SIZE);
        assert_int_equal(leaf.pa.raw, model[page]);
    }
    assert_false(pt_next(root, &position, &leaf));
}

static void test_largest_pages_that_fit(void **state)
{
    uint64_t va = LINEAR_BASE + GIB(1) - MIB(2) - PAGE_SIZE;
    uint64_t to = GIB(3) - MIB(2) - PAGE_SIZE;
    uint64_t bytes = PAGE_SIZE + MIB(2) + GIB(1) + MIB(4) + 2 * PAGE_SIZE;

    (void)state;
    assert_int_equal(pt_map(root, va, pa(to), bytes / PAGE_SIZE, RW), 0);
    assert_unmapped(va - 1);
    assert_maps(va, to, PAGE_SIZE, RW);
    assert_maps(va + PAGE_SIZE, to + PAGE_SIZE, MIB(2), RW);
    assert_maps(va + PAGE_SIZE + MIB(2) + 5, to + PAGE_SIZE + MIB(2) + 5, GIB(1), RW);
    assert_maps(va + bytes - 2 * PAGE_SIZE - 1, to + bytes - 2 * PAGE_SIZE - 1, MIB(2), RW);
    assert_maps(va + bytes - 1, to + bytes - 1, PAGE_SIZE, RW);
    assert_unmapped(va + bytes);
    pt_unmap(root, va, bytes / PAGE_SIZE);
    assert_empty();
    // The tables that are left do not stand in the way of mapping it again.
    assert_int_equal(pt_map(root, va, pa(to), bytes / PAGE_SIZE, RW), 0);
}

static void test_misaligned_offset_means_small_pages(void **state)
{
    (void)state;
    assert_int_equal(pt_map(root, LINEAR_BASE, pa(PAGE_SIZE), 1024, RW), 0);
    assert_maps(LINEAR_BASE + MIB(2), PAGE_SIZE + MIB(2), PAGE_SIZE, RW);
}

static void test_an_empty_table_limits_the_page_size(void **state)
{
    (void)state;
    assert_int_equal(pt_map(root, LINEAR_BASE, pa(0), 1, RW), 0);
    pt_unmap(root, LINEAR_BASE, 1);
    assert_int_equal(pt_map(root, LINEAR_BASE, pa(0), 512, RW), 0);
    assert_maps(LINEAR_BASE + MIB(1), MIB(1), PAGE_SIZE, RW);
}

static void test_bad_arguments_are_refused(void **state)
{
    const struct {
        uint64_t va;
        uint64_t frame;
        size_t npages;
        unsigned prot;
    } cases[] = {
        {LINEAR_BASE + 1, 0, 1, RW},
        {LINEAR_BASE, 8, 1, RW},
        {LINEAR_BASE, 0, 0, RW},
        {LINEAR_BASE, 1UL << 56, 1, RW},
        {0x4000000000, 0, 1, RW},             // the first address that is not canonical
        {0xffffffbffffff000, 0, 1, RW},       // the last
        {0x3ffffff000, 0, 2, RW},             // runs out of the lower half
        {0xfffffffffffff000, 0, 2, RW},       // wraps
        {LINEAR_BASE, 0, SIZE_MAX, RW},       //
        {LINEAR_BASE, 0, 1, 0},               // not readable
        {LINEAR_BASE, 0, 1, PTE_W},           //
        {LINEAR_BASE, 0, 1, PTE_R | PTE_D},   // not the caller's bit
        {LINEAR_BASE, 0, 1, RW | PTE_X},      // writable and executable
        {LINEAR_BASE, 0, 1, RW | (1U << 10)}, //
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(
            pt_map(root, cases[i].va, pa(cases[i].frame), cases[i].npages, cases[i].prot), -EINVAL);
    }
    assert_empty();
    assert_unmapped(0x4000000000);
}

static void test_edges_of_both_halves(void **state)
{
    (void)state;
    assert_int_equal(pt_map(root, 0, pa(0), 1, PTE_R | PTE_X | PTE_U), 0);
    assert_int_equal(pt_map(root, 0x3ffffff000, pa(0x1000), 1, PTE_R | PTE_U), 0);
    assert_int_equal(pt_map(root, 0xfffffffffffff000, pa(0x2000), 1, PTE_R | PTE_G), 0);
    assert_maps(0, 0, PAGE_SIZE, PTE_R | PTE_X | PTE_U);
    assert_maps(0x3fffffffff, 0x1fff, PAGE_SIZE, PTE_R | PTE_U);
    assert_maps(UINT64_MAX, 0x2fff, PAGE_SIZE, PTE_R | PTE_G);
    pt_unmap(root, 0xfffffffffffff000, 1);
    assert_unmapped(UINT64_MAX);
}

static void test_a_conflict_maps_nothing(void **state)
{
    (void)state;
    assert_int_equal(pt_map(root, WINDOW + 5 * PAGE_SIZE, pa(MIB(1)), 1, PTE_R), 0);
    assert_int_equal(pt_map(root, WINDOW, pa(0), 600, RW), -EEXIST);
    assert_unmapped(WINDOW);
    assert_unmapped(WINDOW + 4 * PAGE_SIZE);
    assert_maps(WINDOW + 5 * PAGE_SIZE, MIB(1), PAGE_SIZE, PTE_R);

    assert_int_equal(pt_map(root, LINEAR_BASE, pa(0), GIB(1) / PAGE_SIZE, RW), 0);
    assert_int_equal(pt_map(root, LINEAR_BASE + MIB(6), pa(0), 1, RW), -EEXIST);
    assert_maps(LINEAR_BASE + MIB(6), MIB(6), GIB(1), RW);
}

static void test_exhaustion_maps_nothing(void **state)
{
    static void *taken[MIB(8) / PAGE_SIZE];

    (void)state;
    for (unsigned left = 0; left < 4; left++) { // 4 tables would be enough
        size_t n = 0;

        root = pt_create();
        while ((taken[n] = frames_alloc(0)) != NULL) {
            n++;
        }
        for (unsigned i = 0; i < left; i++) {
            frames_free(taken[--n], 0);
        }
        assert_int_equal(pt_map(root, WINDOW, pa(0x5000), 1024, RW), -ENOMEM);
        assert_empty();
        while (n > 0) {
            frames_free(taken[--n], 0);
        }
        assert_int_equal(pt_map(root, WINDOW, pa(0x5000), 1024, RW), 0);
    }
}

static void test_unmapping_what_is_not_mapped_panics(void **state)
{
    (void)state;
    expect_panic("assertion failed", pt_unmap(root, WINDOW, 1));
    assert_int_equal(pt_map(root, LINEAR_BASE, pa(0), 512, RW), 0);
    expect_panic("assertion failed", pt_unmap(root, LINEAR_BASE, 1)); // would cut a 2 MiB page
    assert_maps(LINEAR_BASE, 0, MIB(2), RW);
}

static void test_detached_tables_come_back(void **state)
{
    (void)state;
    assert_int_equal(pt_reserve(root, WINDOW, MIB(4)), 0); // two root entries
    size_t before = frames_free_count();

    assert_null(pt_detach_table(root, WINDOW));
    assert_int_equal(pt_map(root, WINDOW, pa(0x5000), 1024, RW), 0);
    assert_int_equal(frames_free_count(), before - 2);
    expect_panic("assertion failed", (void)pt_detach_table(root, WINDOW));
    pt_unmap(root, WINDOW, 1024);
    for (unsigned i = 0; i < 2; i++) {
        frames_free(pt_detach_table(root, WINDOW + i * MIB(2)), 0);
        assert_null(pt_detach_table(root, WINDOW + i * MIB(2)));
    }
    assert_int_equal(frames_free_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_random_against_a_model, fresh_root),
        cmocka_unit_test_setup(test_largest_pages_that_fit, fresh_root),
        cmocka_unit_test_setup(test_misaligned_offset_means_small_pages, fresh_root),
        cmocka_unit_test_setup(test_an_empty_table_limits_the_page_size, fresh_root),
        cmocka_unit_test_setup(test_bad_arguments_are_refused, fresh_root),
        cmocka_unit_test_setup(test_edges_of_both_halves, fresh_root),
        cmocka_unit_test_setup(test_a_conflict_maps_nothing, fresh_root),
        cmocka_unit_test_setup(test_exhaustion_maps_nothing, fresh_root),
        cmocka_unit_test_setup(test_unmapping_what_is_not_mapped_panics, fresh_root),
        cmocka_unit_test_setup(test_detached_tables_come_back, fresh_root),
    };

    return cmocka_run_group_tests_name("pagetable", tests, NULL, NULL);
}
