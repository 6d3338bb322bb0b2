// SPDX-License-Identifier: MIT
// tests/host/translations_reference.c - the checker of translations again, as plainly as possible.
#include "tests/host/translations_reference.h"

#include <stdlib.h>

#define NOWHERE (~(uint64_t)0)

static uint64_t slot_number(uint64_t pa)
{
    return (pa - REFERENCE_BASE) / sizeof(uint64_t);
}

uint64_t reference_read(void *reference, uint64_t pa)
{
    const struct reference *r = reference;
    uint64_t slot = slot_number(pa);

    return slot < REFERENCE_SLOTS ? r->entry[slot] : 0;
}

void reference_stored(struct reference *r, unsigned hart, uint64_t pa, uint64_t entry)
{
    uint64_t slot = slot_number(pa);

    r->entry[slot] = entry;
    if (r->seen[slot]) {
        r->seen[slot] = false;
        r->change[slot] = (struct translations_change){
            .known = true, .thread = r->thread[hart], .when = ++r->now};
    }
}

void reference_returns(struct reference *r, unsigned hart)
{
    r->returned[r->thread[hart]] = ++r->now;
}

// ---- Fences ------------------------------------------------------------------------------------

static bool is_global(const struct reference_walk *w, int level)
{
    for (int above = level; above < SV39_LEVELS; above++) {
        if (w->walk.entry[above] & SV39_G) {
            return true;
        }
    }
    return false;
}

static bool same_part(uint64_t a, uint64_t b, int level)
{
    return a >> sv39_shift(level) == b >> sv39_shift(level);
}

static bool covers(const struct reference *r, const struct reference_walk *w, int level,
                   const uint64_t *va, const uint64_t *asid)
{
    bool link = level != w->walk.end;
    bool global = is_global(w, level);

    if (va != NULL &&
        (!same_part(w->va, *va, level) || (link && r->mistake != MISTAKE_PAGE_FENCE_TAKES_LINKS))) {
        return false;
    }
    if (asid == NULL || (va != NULL && r->mistake == MISTAKE_PAGE_FENCE_ALL_ASIDS)) {
        return true;
    }
    return w->asid == *asid && (!global || r->mistake == MISTAKE_ASID_FENCE_TAKES_GLOBAL);
}

void reference_fence(struct reference *r, unsigned hart, const uint64_t *va, const uint64_t *asid)
{
    for (unsigned i = 0; i < r->nr_kept[hart]; i++) {
        struct reference_walk *w = &r->kept[hart][i];

        for (int level = w->walk.end; level < SV39_LEVELS; level++) {
            if (covers(r, w, level, va, asid)) {
                w->when[level] = 0;
            }
        }
    }
    if (va == NULL && asid == NULL) {
        r->nr_kept[hart] = 0;
    }
}

void reference_satp(struct reference *r, unsigned hart, uint64_t satp)
{
    r->satp[hart] = satp;
    if (r->mistake == MISTAKE_SATP_FENCES) {
        reference_fence(r, hart, NULL, NULL);
    }
}

// ---- Uses --------------------------------------------------------------------------------------

// Where a walk leads a use to; NOWHERE: to a fault.
static uint64_t result(const struct sv39_walk *walk, const struct translations_use *use)
{
    uint64_t leaf = walk->entry[walk->end];

    return sv39_allows(leaf, use->use, use->user) ? sv39_address(leaf, walk->end, use->va)
                                                  : NOWHERE;
}

static bool entry_misleads(struct reference *r, const struct translations_use *use,
                           const struct reference_walk *w, int level, const struct sv39_walk *now)
{
    uint64_t is = result(now, use);

    if (level != w->walk.end) {
        struct sv39_walk on = {.end = level};

        if (r->mistake == MISTAKE_LINKS_ARE_FOLLOWED_ANEW) {
            return false;
        }
        sv39_go_on(&on, sv39_target(w->walk.entry[level]), use->va, reference_read, r);
        bool same_link =
            level > now->end && sv39_target(now->entry[level]) == sv39_target(w->walk.entry[level]);
        return !same_link && result(&on, use) != is;
    }
    uint64_t leaf = w->walk.entry[level];
    uint64_t was =
        sv39_allows(leaf, use->use, use->user) ? sv39_address(leaf, level, use->va) : NOWHERE;
    bool dirty = use->use != USE_STORE || leaf & SV39_D || r->mistake == MISTAKE_NO_DIRTY_BIT;

    if (r->mistake == MISTAKE_UPGRADES_COUNT && was == NOWHERE) {
        return is != NOWHERE;
    }
    return was != NOWHERE && (leaf & SV39_A) && dirty && was != is;
}

static bool is_due(const struct reference *r, const struct translations_use *use,
                   const struct reference_walk *w, int level, const struct sv39_walk *now)
{
    struct translations_change last = {.when = w->when[level]};

    if (w->walk.root != now->root && !is_global(w, level) && r->mistake != MISTAKE_REUSE_WAITS) {
        return true;
    }
    for (int above = level; above < SV39_LEVELS; above++) {
        const struct translations_change *change = &r->change[slot_number(w->walk.slot[above])];

        if (change->known && change->when > last.when) {
            last = *change;
        }
    }
    bool own = last.thread == r->thread[use->hart] && r->mistake != MISTAKE_OWN_CHANGES_WAIT;

    return !last.known || own || r->returned[last.thread] > last.when ||
           r->mistake == MISTAKE_CHANGES_COUNT_AT_ONCE;
}

static bool same_way(const struct sv39_walk *one, const struct sv39_walk *other, int level)
{
    for (int above = level; above < SV39_LEVELS; above++) {
        if (one->slot[above] != other->slot[above]) {
            return false;
        }
    }
    return one->root == other->root && one->entry[level] == other->entry[level];
}

// What is seen anew is as if it was seen now only.
static void keep(struct reference *r, const struct translations_use *use,
                 const struct sv39_walk *now)
{
    unsigned hart = use->hart;
    uint64_t when = ++r->now;
    struct reference_walk new = {
        .va = use->va, .asid = sv39_asid(r->satp[hart]), .walk = *now, .when = {when, when, when}};

    for (int level = now->end; level < SV39_LEVELS; level++) {
        r->seen[slot_number(now->slot[level])] = true;
        for (unsigned i = 0; i < r->nr_kept[hart]; i++) {
            struct reference_walk *w = &r->kept[hart][i];
            bool same_asid = is_global(w, level) ? is_global(&new, level)
                                                 : !is_global(&new, level) && w->asid == new.asid;

            if (w->when[level] != 0 && w->walk.end <= level && same_asid &&
                same_part(w->va, use->va, level) && same_way(&w->walk, now, level)) {
                w->when[level] = when;
            }
        }
    }
    if (r->nr_kept[hart] == REFERENCE_WALKS) {
        abort();
    }
    r->kept[hart][r->nr_kept[hart]++] = new;
}

bool reference_check(struct reference *r, const struct translations_use *use, uint64_t *pa)
{
    unsigned hart = use->hart;
    struct sv39_walk now = sv39_walk(r->satp[hart], use->va, reference_read, r);

    *pa = NOWHERE;
    for (unsigned i = 0; i < r->nr_kept[hart]; i++) {
        const struct reference_walk *w = &r->kept[hart][i];

        for (int level = w->walk.end; level < SV39_LEVELS; level++) {
            bool applies = w->when[level] != 0 && same_part(w->va, use->va, level) &&
                           (is_global(w, level) || w->asid == sv39_asid(r->satp[hart]));

            if (applies && entry_misleads(r, use, w, level, &now) &&
                is_due(r, use, w, level, &now)) {
                return false;
            }
        }
    }
    *pa = result(&now, use);
    if (*pa != NOWHERE) {
        keep(r, use, &now);
    }
    return true;
}
