// SPDX-License-Identifier: MIT
// tests/host/area_test.c - the tree of areas against a bitmap, with random operations.
#include "mm/user/area.h"

#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"

// Slots of one unit; slot 0 is never used, as address 0 never is.
enum { SLOTS = 300, STEPS = 20000 };

static struct area areas[SLOTS]; // not in use: end is 0
static bool used[SLOTS + 1];     // the last is never

static unsigned checked_height(const struct area *top)
{
    if (top == NULL) {
        return 0;
    }
    unsigned left = checked_height(top->left);
    unsigned right = checked_height(top->right);

    assert_true(left <= right + 2 && right <= left + 2);
    assert_int_equal(top->height, 1 + (left > right ? left : right));
    return top->height;
}

// The highest gap of `n` slots in [low, high), as the bitmap has it; 0: none.
static unsigned gap_in_bitmap(unsigned n, unsigned low, unsigned high)
{
    for (unsigned at = high - n; high >= n && at >= low && at > 0; at--) {
        unsigned i = 0;

        while (i < n && !used[at + i]) {
            i++;
        }
        if (i == n) {
            return at;
        }
    }
    return 0;
}

static void check(const struct area_tree *tree, struct random *random)
{
    unsigned n = 1 + (unsigned)random_below(random, 12);
    unsigned low = 1 + (unsigned)random_below(random, SLOTS / 2);
    unsigned high = SLOTS - (unsigned)random_below(random, SLOTS / 2);
    unsigned at = (unsigned)random_below(random, SLOTS);

    (void)checked_height(tree->root);
    assert_int_equal(area_find_gap(tree, n, low, high),
                     high >= low + n ? gap_in_bitmap(n, low, high) : 0);
    const struct area *found = area_find(tree, at);

    while (at < SLOTS && !used[at]) {
        at++;
    }
    if (at == SLOTS) {
        assert_null(found);
    } else {
        assert_true(found->start <= at && at < found->end);
    }
}

static struct area *unused_area(void)
{
    struct area *area = areas;

    while (area->end != 0) {
        area++;
    }
    return area;
}

static void mark(const struct area *area, bool value)
{
    for (uint64_t i = area->start; i < area->end; i++) {
        used[i] = value;
    }
}

// Put an area of up to 8 slots at `at`, if it is free; else take away or cut the one that is there.
static void change(struct area_tree *tree, unsigned at, unsigned n, unsigned kind)
{
    struct area *area = area_find(tree, at);

    if (area == NULL || area->start > at) {
        area = unused_area();
        *area = (struct area){.start = at, .end = at + 1};
        while (area->end < at + n && area->end < SLOTS && !used[area->end]) {
            area->end++;
        }
        area_insert(tree, area);
        mark(area, true);
        return;
    }
    mark(area, false);
    if (kind == 0 || area->end - area->start == 1) {
        area_remove(tree, area);
        area->end = 0;
        return;
    }
    bool both = area->end - area->start > 2;

    area_set_bounds(tree, area, area->start + (kind & 1), area->end - (both && (kind & 2) ? 1 : 0));
    mark(area, true);
}

static void test_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct area_tree tree = {};
        struct random random;

        random_seed(&random, seed);
        for (unsigned i = 0; i < SLOTS; i++) {
            used[i] = false;
            areas[i].end = 0;
        }
        for (unsigned step = 0; step < STEPS; step++) {
            change(&tree, 1 + (unsigned)random_below(&random, SLOTS - 1),
                   1 + (unsigned)random_below(&random, 8), (unsigned)random_below(&random, 4));
            check(&tree, &random);
        }
        unsigned n = 0;

        for (const struct area *area = area_first(&tree); area != NULL; area = area->next, n++) {
            assert_true(area->next == NULL || area->next->start >= area->end);
        }
        assert_int_equal(n, tree.count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
