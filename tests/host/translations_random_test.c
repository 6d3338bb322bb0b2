// SPDX-License-Identifier: MIT
// tests/host/translations_random_test.c - the checker of translations agrees with the plain one on
// random streams of events, and the comparison sees every mistake that is planted in the plain one.
#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "tests/host/shim/expect_panic.h"
#include "tests/host/translations_reference.h"

#include <stdlib.h>

enum { EVENTS = 40000, SEEDS = 5, ROOTS = 2, ASIDS = 3, FENCED_EVERY = 2000 };
enum { ROOT_PAGES = ROOTS, TABLES = 10 }; // pages of RAM after the roots: tables of either level

struct pair {
    struct translations *fast;
    struct reference *plain;
    struct random random;
};

static uint64_t below(struct pair *p, uint64_t limit)
{
    return random_below(&p->random, limit);
}

static uint64_t thread_of(void *context, unsigned hart)
{
    return ((struct reference *)context)->thread[hart];
}

static uint64_t page_pa(uint64_t page)
{
    return REFERENCE_BASE + page * 4096;
}

static uint64_t link_to(uint64_t page)
{
    return page_pa(page) >> 2 | SV39_V;
}

// Few addresses, so that they meet: two parts of the root, two of each table below, four pages.
static uint64_t some_va(struct pair *p)
{
    return below(p, 2) << 30 | below(p, 2) << 21 | below(p, 4) << 12 | below(p, 4096);
}

static uint64_t some_leaf(struct pair *p)
{
    uint64_t bits = SV39_V | SV39_R | SV39_A | (below(p, 4) ? SV39_U : 0);

    bits |= below(p, 2) ? SV39_W : 0;
    bits |= below(p, 4) ? SV39_D : 0;
    bits |= below(p, 4) ? 0 : SV39_X;
    bits |= below(p, 8) ? 0 : SV39_G;
    return (0x100000 + below(p, 3) * 512) << 10 | bits;
}

// One of the entries that addresses are found by, with something else.
static void store(struct pair *p, unsigned hart)
{
    uint64_t page = below(p, ROOT_PAGES + TABLES);
    bool lowest = page >= ROOT_PAGES + TABLES / 2;
    uint64_t slot = below(p, lowest ? 4 : 2);
    uint64_t next = page < ROOT_PAGES ? ROOT_PAGES : ROOT_PAGES + TABLES / 2;
    uint64_t entry = 0;

    if (below(p, 4) != 0) {
        entry = lowest || below(p, 8) == 0 ? some_leaf(p) : link_to(next + below(p, TABLES / 2));
    }
    reference_stored(p->plain, hart, page_pa(page) + slot * 8, entry);
    translations_stored(p->fast, hart, page_pa(page) + slot * 8, 0);
}

static void fence(struct pair *p, unsigned hart)
{
    uint64_t va = some_va(p);
    uint64_t asid = below(p, ASIDS);
    bool all_pages = below(p, 3) == 0;
    bool all_asids = below(p, 2) == 0;

    translations_fence(p->fast, hart, all_pages ? NULL : &va, all_asids ? NULL : &asid);
    reference_fence(p->plain, hart, all_pages ? NULL : &va, all_asids ? NULL : &asid);
}

// Mostly each ASID is one root's.
static void load_satp(struct pair *p, unsigned hart)
{
    uint64_t asid = below(p, ASIDS);
    uint64_t root = below(p, 16) == 0 ? below(p, ROOTS) : asid % ROOTS;
    uint64_t satp = (uint64_t)SATP_SV39 << SATP_MODE_BIT | asid << SATP_ASID_BIT |
                    page_pa(root) >> SV39_PAGE_SHIFT;

    translations_satp(p->fast, hart, satp);
    reference_satp(p->plain, hart, satp);
}

// Returns: whether both agree.
static bool use(struct pair *p, unsigned hart, unsigned *wrong)
{
    const struct translations_use what = {
        .hart = hart, .use = (enum use)below(p, USES), .user = below(p, 3) != 0, .va = some_va(p)};
    struct translations_error error;
    uint64_t fast_pa;
    uint64_t plain_pa;
    bool fast = translations_check(p->fast, &what, &fast_pa, &error);
    bool plain = reference_check(p->plain, &what, &plain_pa);

    *wrong += !fast;
    return fast == plain && fast_pa == plain_pa;
}

// One event in both. Returns: whether they agree on it.
static bool step(struct pair *p, unsigned *wrong)
{
    unsigned hart = (unsigned)below(p, REFERENCE_HARTS);
    uint64_t kind = below(p, 100);

    if (kind < 80) {
        return use(p, hart, wrong);
    }
    if (kind < 86) {
        store(p, hart);
    } else if (kind < 92) {
        fence(p, hart);
    } else if (kind < 94) {
        load_satp(p, hart);
    } else if (kind < 97) {
        p->plain->thread[hart] = 1 + below(p, REFERENCE_THREADS);
    } else {
        translations_returns(p->fast, hart);
        reference_returns(p->plain, hart);
    }
    return true;
}

static void start(struct pair *p, uint64_t seed, enum mistake mistake)
{
    p->plain = calloc(1, sizeof(*p->plain));
    assert_non_null(p->plain);
    p->plain->mistake = mistake;
    p->fast = translations_new(&(struct translations_machine){.harts = REFERENCE_HARTS,
                                                              .ram_base = REFERENCE_BASE,
                                                              .ram_bytes = REFERENCE_SLOTS * 8,
                                                              .read = reference_read,
                                                              .thread = thread_of,
                                                              .context = p->plain});
    assert_non_null(p->fast);
    random_seed(&p->random, seed);
    for (unsigned hart = 0; hart < REFERENCE_HARTS; hart++) {
        p->plain->thread[hart] = 1 + hart;
        load_satp(p, hart);
    }
}

// Now and then all is fenced, or every use would be wrong in the end.
static bool fence_all(struct pair *p, unsigned event)
{
    if (event % FENCED_EVERY == 0) {
        for (unsigned hart = 0; hart < REFERENCE_HARTS; hart++) {
            translations_fence(p->fast, hart, NULL, NULL);
            reference_fence(p->plain, hart, NULL, NULL);
        }
    }
    return true;
}

// Returns: after how many events they differ; 0 if they never do. *wrong: uses that were.
static unsigned difference(uint64_t seed, enum mistake mistake, unsigned *wrong)
{
    struct pair p;
    unsigned made = 0;

    *wrong = 0;
    start(&p, seed, mistake);
    while (made < EVENTS && fence_all(&p, made) && step(&p, wrong)) {
        made++;
    }
    translations_free(p.fast);
    free(p.plain);
    return made == EVENTS ? 0 : made + 1;
}

// ---- Tests -------------------------------------------------------------------------------------

static void test_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        unsigned wrong;
        unsigned differ = difference(seed, MISTAKE_NONE, &wrong);

        if (differ != 0) {
            fail_msg("seed %lu: differ at event %u", (unsigned long)seed, differ);
        }
        print_message("seed %lu: %u of %u events are wrong uses\n", (unsigned long)seed, wrong,
                      EVENTS);
        assert_in_range(wrong, EVENTS / 100, EVENTS / 2);
    }
}

// Without this, agreement means nothing.
static void test_mistakes_are_seen(void **state)
{
    (void)state;
    for (enum mistake mistake = MISTAKE_NONE + 1; mistake < MISTAKES; mistake++) {
        unsigned wrong;
        unsigned differ = difference(1, mistake, &wrong);

        print_message("mistake %d shows at event %u\n", (int)mistake, differ);
        assert_true(differ > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agree),
        cmocka_unit_test(test_mistakes_are_seen),
    };

    return cmocka_run_group_tests_name("translations random", tests, NULL, NULL);
}
