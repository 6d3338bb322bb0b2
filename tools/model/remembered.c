// SPDX-License-Identifier: MIT
// tools/model/remembered.c - a hash table of the entries, which are packed.
#include "tools/model/remembered.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKET_BITS = 14, BUCKETS = 1 << BUCKET_BITS, FIRST_ROOM = 256 };

struct remembered_set {
    uint32_t bucket[BUCKETS]; // index plus one of the first; 0: empty
    struct remembered *entry;
    uint32_t count, room;
};

struct remembered_set *remembered_new(void)
{
    return calloc(1, sizeof(struct remembered_set));
}

void remembered_free(struct remembered_set *set)
{
    if (set != NULL) {
        free(set->entry);
        free(set);
    }
}

static uint64_t begin_of(uint64_t va, int level)
{
    return va >> sv39_shift(level) << sv39_shift(level);
}

// The constant is odd and arbitrary; the upper bits of the product depend on every bit.
static uint32_t *bucket_of(struct remembered_set *set, uint64_t va, int level, uint32_t asid)
{
    uint64_t mixed = ((va >> SV39_PAGE_SHIFT) * SV39_LEVELS + (uint64_t)level) ^ (uint64_t)asid
                                                                                     << 40;

    return &set->bucket[mixed * 0x9e3779b97f4a7c15 >> (64 - BUCKET_BITS)];
}

static const struct remembered *at(const struct remembered_set *set, uint32_t index_plus_one)
{
    return index_plus_one != 0 ? &set->entry[index_plus_one - 1] : NULL;
}

// The first from `one` on that has this key.
static const struct remembered *search(const struct remembered_set *set,
                                       const struct remembered *one, uint64_t va, int level,
                                       uint32_t asid)
{
    while (one != NULL && (one->va != va || one->level != level || one->asid != asid)) {
        one = at(set, one->next);
    }
    return one;
}

const struct remembered *remembered_first(const struct remembered_set *set, uint64_t va, int level,
                                          uint32_t asid)
{
    uint64_t begin = begin_of(va, level);
    uint32_t first = *bucket_of((struct remembered_set *)set, begin, level, asid);

    return search(set, at(set, first), begin, level, asid);
}

const struct remembered *remembered_next(const struct remembered_set *set,
                                         const struct remembered *one)
{
    return search(set, at(set, one->next), one->va, one->level, one->asid);
}

static bool make_room(struct remembered_set *set)
{
    uint32_t room = set->room != 0 ? 2 * set->room : FIRST_ROOM;
    struct remembered *grown = realloc(set->entry, room * sizeof(*grown));

    if (grown == NULL) {
        return false;
    }
    set->entry = grown;
    set->room = room;
    return true;
}

static bool is_same(const struct remembered *one, const struct remembered *other)
{
    return one->entry == other->entry && one->root == other->root &&
           memcmp(one->slot, other->slot, sizeof(one->slot)) == 0;
}

bool remembered_add(struct remembered_set *set, const struct remembered *entry)
{
    const struct remembered *known = remembered_first(set, entry->va, entry->level, entry->asid);

    while (known != NULL && !is_same(known, entry)) {
        known = remembered_next(set, known);
    }
    if (known != NULL) {
        set->entry[known - set->entry].when = entry->when;
        return true;
    }
    if (set->count == set->room && !make_room(set)) {
        return false;
    }
    struct remembered *added = &set->entry[set->count++];

    *added = *entry;
    added->va = begin_of(entry->va, entry->level);
    uint32_t *bucket = bucket_of(set, added->va, added->level, added->asid);

    added->next = *bucket;
    *bucket = set->count;
    return true;
}

// ---- Forgetting --------------------------------------------------------------------------------

// What refers to the entry at `index`.
static uint32_t *reference_to(struct remembered_set *set, uint32_t index)
{
    const struct remembered *one = &set->entry[index];
    uint32_t *link = bucket_of(set, one->va, one->level, one->asid);

    while (*link != index + 1) {
        link = &set->entry[*link - 1].next;
    }
    return link;
}

// The last one takes its place.
static void drop(struct remembered_set *set, uint32_t index)
{
    uint32_t last = set->count - 1;

    *reference_to(set, index) = set->entry[index].next;
    if (index != last) {
        *reference_to(set, last) = index + 1;
        set->entry[index] = set->entry[last];
    }
    set->count = last;
}

void remembered_forget(struct remembered_set *set, uint32_t asid)
{
    if (asid == ASID_ANY) {
        memset(set->bucket, 0, sizeof(set->bucket));
        set->count = 0;
        return;
    }
    for (uint32_t i = set->count; i-- > 0;) {
        if (set->entry[i].asid == asid) {
            drop(set, i);
        }
    }
}

void remembered_forget_page(struct remembered_set *set, uint64_t va, uint32_t asid)
{
    for (uint32_t i = set->count; i-- > 0;) {
        const struct remembered *one = &set->entry[i];

        if (sv39_is_leaf(one->entry) && one->va == begin_of(va, one->level) &&
            (asid == ASID_ANY || one->asid == asid)) {
            drop(set, i);
        }
    }
}
