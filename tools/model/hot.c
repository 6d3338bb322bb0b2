// SPDX-License-Identifier: MIT
// tools/model/hot.c - sites in the order they came, and an open-addressing index of them.
#include "tools/model/hot.h"

#include <stdlib.h>
#include <string.h>

enum { INDEX_SLOTS = 2 * HOT_SITES };

struct hot {
    struct hot_site site[HOT_SITES];
    uint32_t index[INDEX_SLOTS]; // 1 + the number of a site; 0: empty
    size_t nr_sites;
    struct hot_counts discarded;
};

struct hot *hot_new(void)
{
    return calloc(1, sizeof(struct hot));
}

void hot_free(struct hot *hot)
{
    free(hot);
}

void hot_clear(struct hot *hot)
{
    memset(hot->index, 0, sizeof(hot->index));
    hot->nr_sites = 0;
    hot->discarded = (struct hot_counts){0};
}

// ---- The index ---------------------------------------------------------------------------------

static bool same_site(const struct hot_site *site, uint64_t pa, uint64_t pc, unsigned hart)
{
    return site->pa == pa && site->pc == pc && site->hart == hart;
}

// The slot of a site, or the empty one where it belongs. The constants are odd and arbitrary; the
// upper half of the product depends on every bit.
static uint32_t *slot_of(struct hot *hot, uint64_t pa, uint64_t pc, unsigned hart)
{
    uint64_t mixed = (pa * 0x9e3779b97f4a7c15 + pc) * 0xc2b2ae3d27d4eb4f + hart;
    size_t at = (mixed * 0x9e3779b97f4a7c15) >> 32;

    for (;; at++) {
        uint32_t *slot = &hot->index[at % INDEX_SLOTS];

        if (*slot == 0 || same_site(&hot->site[*slot - 1], pa, pc, hart)) {
            return slot;
        }
    }
}

static void rebuild_index(struct hot *hot)
{
    memset(hot->index, 0, sizeof(hot->index));
    for (size_t i = 0; i < hot->nr_sites; i++) {
        const struct hot_site *site = &hot->site[i];

        *slot_of(hot, site->pa, site->pc, site->hart) = (uint32_t)i + 1;
    }
}

// ---- Orders ------------------------------------------------------------------------------------

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_address(const void *left, const void *right)
{
    const struct hot_site *a = left, *b = right;
    int order = compare(a->pa, b->pa);

    order = order ? order : compare(a->pc, b->pc);
    return order ? order : compare(a->hart, b->hart);
}

// The address decides between equals, so that what is kept is the same on every host.
static int by_stall(const void *left, const void *right)
{
    const struct hot_site *a = left, *b = right;
    int order = compare(b->counts.stall_cycles, a->counts.stall_cycles);

    return order ? order : by_address(a, b);
}

// ---- Counting ----------------------------------------------------------------------------------

static void make_room(struct hot *hot)
{
    qsort(hot->site, hot->nr_sites, sizeof(hot->site[0]), by_stall);
    for (size_t i = HOT_SITES / 2; i < hot->nr_sites; i++) {
        hot_counts_add(&hot->discarded, &hot->site[i].counts);
    }
    hot->nr_sites = HOT_SITES / 2;
    rebuild_index(hot);
}

static struct hot_site *site_of(struct hot *hot, const struct coherence_event *e)
{
    uint32_t *slot = slot_of(hot, e->pa, e->pc, e->hart);

    if (*slot == 0) {
        if (hot->nr_sites == HOT_SITES) {
            make_room(hot);
            slot = slot_of(hot, e->pa, e->pc, e->hart);
        }
        hot->site[hot->nr_sites] = (struct hot_site){.pa = e->pa, .pc = e->pc, .hart = e->hart};
        *slot = (uint32_t)++hot->nr_sites;
    }
    return &hot->site[*slot - 1];
}

void hot_note(void *hot, const struct coherence_event *event)
{
    const struct hot_counts one = {
        .misses = 1,
        .transfers = event->miss == MISS_TRANSFER,
        .upgrades = event->miss == MISS_UPGRADE,
        .stores = event->access != ACCESS_LOAD,
        .stall_cycles = event->stall_cycles,
        .queued_cycles = event->queued_cycles,
    };

    hot_counts_add(&site_of(hot, event)->counts, &one);
}

// ---- Ranking -----------------------------------------------------------------------------------

static uint64_t line_of(const struct hot_site *site)
{
    return site->pa - site->pa % LINE_BYTES;
}

// The line that starts at hot->site[first], which are by address now.
static struct hot_line gather(const struct hot *hot, size_t first)
{
    struct hot_line line = {.pa = line_of(&hot->site[first]), .sites = &hot->site[first]};

    for (size_t i = first; i < hot->nr_sites && line_of(&hot->site[i]) == line.pa; i++) {
        hot_counts_add(&line.counts, &hot->site[i].counts);
        line.nr_sites++;
    }
    return line;
}

// Put `line` where it belongs in top[0..count), of which the coldest falls out at `max`.
// Returns: the new count.
static size_t insert(struct hot_line *top, size_t count, size_t max, const struct hot_line *line)
{
    size_t at = count;

    while (at > 0 && top[at - 1].counts.stall_cycles < line->counts.stall_cycles) {
        at--;
    }
    if (at == max) {
        return count;
    }
    count += count < max;
    memmove(&top[at + 1], &top[at], (count - at - 1) * sizeof(top[0]));
    top[at] = *line;
    return count;
}

size_t hot_rank(struct hot *hot, struct hot_line *top, size_t max)
{
    size_t count = 0;

    qsort(hot->site, hot->nr_sites, sizeof(hot->site[0]), by_address);
    for (size_t i = 0; i < hot->nr_sites;) {
        struct hot_line line = gather(hot, i);

        count = insert(top, count, max, &line);
        i += line.nr_sites;
    }
    return count;
}

struct hot_counts hot_discarded(const struct hot *hot)
{
    return hot->discarded;
}
