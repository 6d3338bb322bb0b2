// SPDX-License-Identifier: MIT
// tests/host/coherence_random_test.c - the coherence model agrees with the plain one on random
// traces, and the comparison sees every mistake that is planted in the plain one.
#include "kernel/base/compiler.h"
#include "kernel/base/random.h"
#include "tests/host/coherence_machine.h"
#include "tests/host/coherence_reference.h"
#include "tests/host/shim/expect_panic.h"

#include <stdlib.h>

#define RAM_BASE  0x80000000u
#define RAM_BYTES ((uint64_t)REFERENCE_LINES * LINE_BYTES)
#define ACCESSES  60000
#define SEEDS     3

#define COSTS                                                                                      \
    ",hit=3,cluster=10,llc=20,memory=100,transfer_cluster=41,transfer_chip=52,transfer_far=63,"    \
    "upgrade_cluster=31,upgrade_chip=37,upgrade_far=77,amo=5,mmio=200,jitter=0,overtake=0"

struct shape {
    const char *name, *figures;
    unsigned harts;
};

// The L1s hold from 2 to all of the 256 lines; the levels hold all, or evict as well.
static const struct shape shapes[] = {
    {"flat, nothing evicted", FLAT_FIGURES, 6},
    {"flat, one hart", FLAT_FIGURES, 1},
    {"flat, 64 harts", FLAT_FIGURES, 64},
    {"flat, tiny L1s",
     "harts=8,cluster_harts=1,chip_harts=8,l1_bytes=512,l1_ways=2,cluster_bytes=0,llc_bytes="
     "0" COSTS,
     8},
    {"flat, direct-mapped, finite last level",
     "harts=8,cluster_harts=1,chip_harts=8,l1_bytes=1024,l1_ways=1,cluster_bytes=0,"
     "llc_bytes=4096,llc_ways=4" COSTS,
     5},
    {"flat, three ways",
     "harts=8,cluster_harts=1,chip_harts=8,l1_bytes=768,l1_ways=3,cluster_bytes=0,llc_bytes="
     "0" COSTS,
     8},
    {"clusters without a cache",
     "harts=8,cluster_harts=2,chip_harts=8,l1_bytes=512,l1_ways=2,cluster_bytes=0,llc_bytes="
     "0" COSTS,
     8},
    {"clusters",
     "harts=16,cluster_harts=4,chip_harts=16,l1_bytes=512,l1_ways=2,cluster_bytes=2048,"
     "cluster_ways=4,llc_bytes=8192,llc_ways=8" COSTS,
     16},
    {"a private second level",
     "harts=4,cluster_harts=1,chip_harts=4,l1_bytes=256,l1_ways=2,cluster_bytes=1024,"
     "cluster_ways=4,llc_bytes=4096,llc_ways=8" COSTS,
     4},
    {"two chips, last levels that hold all", SMALL_FIGURES, 8},
    {"two chips, everything evicts",
     "harts=16,cluster_harts=4,chip_harts=8,l1_bytes=256,l1_ways=2,cluster_bytes=1024,"
     "cluster_ways=2,llc_bytes=4096,llc_ways=4" COSTS,
     16},
    {"last level smaller than the L1s together",
     "harts=8,cluster_harts=2,chip_harts=4,l1_bytes=2048,l1_ways=4,cluster_bytes=256,"
     "cluster_ways=2,llc_bytes=512,llc_ways=2" COSTS,
     8},
    {"eight chips of which six are used",
     "harts=64,cluster_harts=4,chip_harts=8,l1_bytes=512,l1_ways=2,cluster_bytes=2048,"
     "cluster_ways=4,llc_bytes=4096,llc_ways=4" COSTS,
     45},
};

// ---- Comparing ---------------------------------------------------------------------------------

struct pair {
    struct coherence *fast;
    struct reference *plain;
    uint64_t clocks[MACHINE_MAX_HARTS];
};

static bool bit_of(uint64_t set, unsigned i)
{
    return set >> i & 1;
}

// What the fast model's directory and tags say of the line, against the plain one's tables.
static bool same_line(const struct pair *p, uint32_t line)
{
    const struct directory_line *entry = directory_of(p->fast->directory, line);
    const struct machine *m = &p->plain->machine;
    bool owned = false;

    for (unsigned i = 0; i < p->plain->harts; i++) {
        const uint32_t *word = cache_find(&p->fast->harts[i].l1, line);
        enum mesi state = word != NULL ? cache_state(*word) : MESI_INVALID;

        if (state != p->plain->l1[i].state[line] || bit_of(entry->sharers, i) != (state != 0)) {
            return false;
        }
        owned |= state > MESI_SHARED;
    }
    for (unsigned i = 0; i < m->harts / m->cluster_harts; i++) {
        if (bit_of(entry->clusters, i) != (p->plain->cluster[i].state[line] != MESI_INVALID)) {
            return false;
        }
    }
    for (unsigned i = 0; i < m->harts / m->chip_harts; i++) {
        if (bit_of(entry->chips, i) != (p->plain->llc[i].state[line] != MESI_INVALID)) {
            return false;
        }
    }
    return entry->owned == owned;
}

static bool same_counters(const struct pair *p)
{
    for (unsigned i = 0; i < p->plain->harts; i++) {
        if (memcmp(coherence_counters(p->fast, i), &p->plain->counters[i],
                   sizeof(struct hart_counters)) != 0) {
            return false;
        }
    }
    return true;
}

// Some lines are common to all harts and some are often used; the rest is far more than fits.
static uint32_t pick_line(struct random *random, unsigned hart)
{
    switch (random_below(random, 4)) {
    case 0:
        return (uint32_t)random_below(random, 4);
    case 1:
        return (uint32_t)random_below(random, 24);
    case 2:
        return 24 + (hart * 5 + (uint32_t)random_below(random, 5)) % (REFERENCE_LINES - 24);
    default:
        return (uint32_t)random_below(random, REFERENCE_LINES);
    }
}

// Make one access in both. Returns: whether they agree on it.
static bool step(struct pair *p, struct random *random)
{
    unsigned hart = (unsigned)random_below(random, p->plain->harts);
    uint32_t line = pick_line(random, hart);
    enum access access = (enum access)random_below(random, 3);
    uint64_t pa = RAM_BASE + line * LINE_BYTES + random_below(random, LINE_BYTES);
    uint64_t now = p->clocks[hart] + 1 + random_below(random, 50);

    p->clocks[hart] = coherence_access(p->fast, hart, pa, access, now, 0);
    return reference_access(p->plain, hart, line, access, now) == p->clocks[hart] &&
           same_line(p, line);
}

static bool same_at_end(const struct pair *p)
{
    for (uint32_t line = 0; line < REFERENCE_LINES; line++) {
        if (!same_line(p, line)) {
            return false;
        }
    }
    return same_counters(p);
}

// Returns: after how many accesses the models differ; 0 if they never do.
static unsigned difference(const struct shape *shape, uint64_t seed, enum mistake mistake)
{
    struct machine machine;
    struct random random;
    unsigned made = 0;

    assert_true(machine_from(&machine, shape->figures));
    assert_true(machine_check(&machine, shape->harts));
    struct pair p = {.fast = coherence_new(&machine, shape->harts, RAM_BASE, RAM_BYTES, seed),
                     .plain = malloc(sizeof(*p.plain))};

    assert_true(p.fast != NULL && p.plain != NULL);
    reference_init(p.plain, &machine, shape->harts, mistake);
    random_seed(&random, seed);
    while (made < ACCESSES && step(&p, &random)) {
        made++;
    }
    bool same = made == ACCESSES && same_at_end(&p);

    coherence_free(p.fast);
    free(p.plain);
    return same ? 0 : made + 1;
}

// ---- Tests -------------------------------------------------------------------------------------

static void test_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            unsigned differ = difference(&shapes[i], seed, MISTAKE_NONE);

            if (differ != 0) {
                fail_msg("%s, seed %lu: differ at access %u", shapes[i].name, (unsigned long)seed,
                         differ);
            }
        }
    }
}

// Each mistake shows on two chips where everything evicts; without this, agreement means nothing.
static void test_mistakes_are_seen(void **state)
{
    const struct shape *hardest = &shapes[10];

    (void)state;
    assert_string_equal(hardest->name, "two chips, everything evicts");
    for (enum mistake mistake = MISTAKE_NONE + 1; mistake < MISTAKES; mistake++) {
        unsigned differ = difference(hardest, 1, mistake);

        print_message("mistake %d shows at access %u\n", (int)mistake, differ);
        assert_true(differ > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agree),
        cmocka_unit_test(test_mistakes_are_seen),
    };

    return cmocka_run_group_tests_name("coherence random", tests, NULL, NULL);
}
