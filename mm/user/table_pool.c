// SPDX-License-Identifier: MIT
// mm/user/table_pool.c - frames of page tables: a few that are empty are kept for the next space.
#include "mm/user/table_pool.h"

#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/memory.h"
#include "mm/user/page.h"
#include "sync/spinlock.h"

// What a fork, and the exec after it, take: most programs have four tables below two.
enum { TABLES_KEPT = 12, ROOTS_KEPT = 2 };

// Linked by their first entry, which is 0 again when they are taken.
struct kept {
    struct page_table *first;
    unsigned nr;
};

static struct spinlock pool_lock = SPINLOCK_INIT("page tables", RANK_OBJCACHE);
static struct kept tables; // guarded by: pool_lock
static struct kept roots;  // guarded by: pool_lock

static pt_entry_t *link_of(struct page_table *table)
{
    return &table->entry[0];
}

// Returns: one that is kept; NULL: there is none.
static struct page_table *take(struct kept *kept)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    struct page_table *table = kept->first;

    if (likely(table != NULL)) {
        // relaxed, both: the lock orders them.
        kept->first =
            (struct page_table *)atomic_load_explicit(link_of(table), memory_order_relaxed);
        atomic_store_explicit(link_of(table), 0, memory_order_relaxed);
        kept->nr--;
    }
    spin_unlock_irqrestore(&pool_lock, saved);
    return table;
}

// Keep `table`, if there are fewer than `most`. Returns: whether it is kept.
static bool keep(struct kept *kept, unsigned most, struct page_table *table)
{
    unsigned long saved = spin_lock_irqsave(&pool_lock);
    bool room = kept->nr < most;

    if (likely(room)) {
        // relaxed: the lock orders it.
        atomic_store_explicit(link_of(table), (uint64_t)kept->first, memory_order_relaxed);
        kept->first = table;
        kept->nr++;
    }
    spin_unlock_irqrestore(&pool_lock, saved);
    return room;
}

// Have the first `slots` entries really been taken out?
static bool is_empty(const struct page_table *table, unsigned slots)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < slots; i++) {
        any |= atomic_load_explicit(&table->entry[i], memory_order_relaxed); // nobody changes it
    }
    return any == 0;
}

// Returns: one that is kept, as if it were allocated; NULL.
static struct page_table *take_checked(struct kept *kept, unsigned slots)
{
    struct page_table *table = failpoint(FAILPOINT_RECLAIM) ? NULL : take(kept);

    debug_assert(table == NULL || is_empty(table, slots));
    return table;
}

struct page_table *table_frame_new(void)
{
    struct page_table *table = take_checked(&tables, SV39_TABLE_SLOTS);

    return likely(table != NULL) ? table : page_new();
}

void table_frame_free(struct page_table *table)
{
    debug_assert(is_empty(table, SV39_TABLE_SLOTS));
    if (!keep(&tables, TABLES_KEPT, table)) {
        frames_free(table, 0);
    }
}

static struct page_table *make_root(void)
{
    struct page_table *root = page_new_unfilled();

    if (root != NULL) {
        memset(root, 0, sizeof(pt_entry_t) * ROOT_USER_SLOTS);
        memcpy(&root->entry[ROOT_USER_SLOTS], &kernel_root->entry[ROOT_USER_SLOTS],
               sizeof(pt_entry_t) * ROOT_USER_SLOTS);
    }
    return root;
}

struct page_table *table_root_new(void)
{
    struct page_table *root = take_checked(&roots, ROOT_USER_SLOTS);

    return likely(root != NULL) ? root : make_root();
}

void table_root_free(struct page_table *root)
{
    debug_assert(is_empty(root, ROOT_USER_SLOTS));
    if (!keep(&roots, ROOTS_KEPT, root)) {
        frames_free(root, 0);
    }
}

static void drain(struct kept *kept)
{
    struct page_table *table;

    while ((table = take(kept)) != NULL) {
        frames_free(table, 0);
    }
}

void table_pool_drain(void)
{
    drain(&tables);
    drain(&roots);
}
