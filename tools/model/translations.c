// SPDX-License-Identifier: MIT
// tools/model/translations.c - finds accesses for which a hart could still use an old translation.
//
// Most uses are of a page that was checked before, in the same way, and since when nothing has
// changed: a small cache of those for each hart makes them cheap. `moment` counts what may make an
// answer another one: changes of entries that somebody has read, and the hart's fences.
#include "tools/model/translations.h"

#include <stdlib.h>

#include "tools/model/changes.h"
#include "tools/model/remembered.h"

enum { CHECKED = 1 << 10 };
#define NOWHERE (~(uint64_t)0)

struct checked {
    uint64_t what; // page, use and mode; 0: nothing
    uint64_t satp;
    uint64_t moment;
    uint64_t page_pa;
};

struct hart_translations {
    uint64_t satp;
    uint64_t fences;
    struct remembered_set *kept;
    struct checked checked[CHECKED];
};

struct translations {
    struct translations_machine machine;
    struct changes *changes;
    uint64_t changed; // how many changes were noted
    uint64_t now;     // counts what has an order: changes, returns and looks
    struct hart_translations hart[];
};

void translations_free(struct translations *t)
{
    if (t == NULL) {
        return;
    }
    changes_free(t->changes);
    for (unsigned i = 0; i < t->machine.harts; i++) {
        remembered_free(t->hart[i].kept);
    }
    free(t);
}

struct translations *translations_new(const struct translations_machine *machine)
{
    struct translations *t = calloc(1, sizeof(*t) + machine->harts * sizeof(t->hart[0]));
    bool complete = t != NULL;

    if (!complete) {
        return NULL;
    }
    t->machine = *machine;
    t->changes = changes_new(machine->ram_base, machine->ram_bytes);
    complete = t->changes != NULL;
    for (unsigned i = 0; i < machine->harts; i++) {
        t->hart[i].kept = remembered_new();
        complete = complete && t->hart[i].kept != NULL;
    }
    if (!complete) {
        translations_free(t);
        return NULL;
    }
    return t;
}

// What is not noted is not found: without memory for it there is no verdict.
static void must(bool done)
{
    if (!done) {
        abort();
    }
}

// ---- What happens ------------------------------------------------------------------------------

void translations_satp(struct translations *t, unsigned hart, uint64_t satp)
{
    t->hart[hart].satp = satp;
}

uint64_t translations_satp_of(const struct translations *t, unsigned hart)
{
    return t->hart[hart].satp;
}

void translations_fence(struct translations *t, unsigned hart, const uint64_t *va,
                        const uint64_t *asid)
{
    struct hart_translations *h = &t->hart[hart];
    uint32_t which = asid != NULL ? (uint32_t)(*asid & 0xffff) : ASID_ANY;

    h->fences++;
    if (va != NULL) {
        remembered_forget_page(h->kept, *va, which);
    } else {
        remembered_forget(h->kept, which);
    }
}

static uint64_t thread_of(const struct translations *t, unsigned hart)
{
    return t->machine.thread(t->machine.context, hart);
}

void translations_stored(struct translations *t, unsigned hart, uint64_t pa, uint64_t pc)
{
    if (__builtin_expect(!changes_is_watched(t->changes, pa), 1)) {
        return;
    }
    t->changed++;
    must(changes_note(t->changes, pa & ~(uint64_t)7,
                      &(struct translations_change){.known = true,
                                                    .hart = hart,
                                                    .pc = pc,
                                                    .thread = thread_of(t, hart),
                                                    .when = ++t->now}));
}

void translations_returns(struct translations *t, unsigned hart)
{
    if (t->changed != 0) {
        changes_returned(t->changes, thread_of(t, hart), ++t->now);
    }
}

// ---- Judging a use -----------------------------------------------------------------------------

struct question {
    const struct translations_use *use;
    const struct sv39_walk *walk;
    bool unsure; // the answer may become another without a change that is noted
};

// Would the hart, by the leaf `old`, get to where the page table does not say?
static bool leaf_misleads(const struct question *q, const struct remembered *old)
{
    const struct translations_use *use = q->use;
    uint64_t leaf = q->walk->entry[q->walk->end];
    // To set a bit a hart looks again.
    uint64_t set = SV39_A | (use->use == USE_STORE ? SV39_D : 0);

    if (!sv39_allows(old->entry, use->use, use->user) || (old->entry & set) != set) {
        return false;
    }
    return !sv39_allows(leaf, use->use, use->user) ||
           sv39_address(old->entry, old->level, use->va) !=
               sv39_address(leaf, q->walk->end, use->va);
}

// Would it, from a link that is no more, get to anything else? To a fault is no better: a fence for
// one page, with which the guest answers it, is for leaves only.
static bool link_misleads(const struct translations *t, struct question *q,
                          const struct remembered *old)
{
    const struct translations_use *use = q->use;
    const struct sv39_walk *walk = q->walk;
    uint64_t entry = old->level > walk->end ? walk->entry[old->level] : 0;
    struct sv39_walk by_old = {.end = old->level};

    if ((entry & SV39_V) != 0 && sv39_target(entry) == sv39_target(old->entry)) {
        return false;
    }
    q->unsure = true; // the table that it leads to is not watched
    sv39_go_on(&by_old, sv39_target(old->entry), use->va, t->machine.read, t->machine.context);
    bool allowed = sv39_allows(walk->entry[walk->end], use->use, use->user);

    if (allowed != sv39_allows(by_old.entry[by_old.end], use->use, use->user)) {
        return true;
    }
    return allowed && sv39_address(walk->entry[walk->end], walk->end, use->va) !=
                          sv39_address(by_old.entry[by_old.end], by_old.end, use->va);
}

// The last change on the way to an entry since it was seen; not known if there is none.
static struct translations_change last_change(const struct translations *t,
                                              const struct remembered *old)
{
    struct translations_change last = {.when = old->when};

    for (int level = old->level; level < SV39_LEVELS; level++) {
        const struct translations_change *change = changes_of(t->changes, old->slot[level]);

        if (change != NULL && change->when > last.when) {
            last = *change;
        }
    }
    return last;
}

// Has who made the change got so far that every hart has to know?
static bool counts(const struct translations *t, const struct question *q,
                   const struct translations_change *change)
{
    if (!change->known || changes_has_returned(t->changes, change->thread, change->when)) {
        return true;
    }
    return change->thread == thread_of(t, q->use->hart) && change->thread != 0;
}

// Is `old` a mistake for this use? Then *error says so, all but what it has of the use.
static bool misleads(const struct translations *t, struct question *q, const struct remembered *old,
                     struct translations_error *error)
{
    bool leaf = sv39_is_leaf(old->entry);

    if (!(leaf ? leaf_misleads(q, old) : link_misleads(t, q, old))) {
        return false;
    }
    bool reused = old->asid != ASID_GLOBAL && old->root != q->walk->root;
    struct translations_change change = last_change(t, old);

    if (!reused && !counts(t, q, &change)) {
        q->unsure = true; // who made the change goes on
        return false;
    }
    int level = old->level > q->walk->end ? old->level : q->walk->end;

    *error = (struct translations_error){.reused = reused,
                                         .global = old->asid == ASID_GLOBAL,
                                         .level = old->level,
                                         .old = old->entry,
                                         .now = q->walk->entry[level],
                                         .change = change};
    return true;
}

static bool any_kept_misleads(const struct translations *t, struct question *q, int level,
                              uint32_t asid, struct translations_error *error)
{
    const struct remembered_set *kept = t->hart[q->use->hart].kept;
    const struct remembered *old = remembered_first(kept, q->use->va, level, asid);

    while (old != NULL && !misleads(t, q, old, error)) {
        old = remembered_next(kept, old);
    }
    return old != NULL;
}

static bool any_misleads(const struct translations *t, struct question *q,
                         struct translations_error *error)
{
    uint32_t asid = (uint32_t)sv39_asid(t->hart[q->use->hart].satp);
    bool found = false;

    for (int level = 0; level < SV39_LEVELS && !found; level++) {
        found = any_kept_misleads(t, q, level, asid, error) ||
                any_kept_misleads(t, q, level, ASID_GLOBAL, error);
    }
    return found;
}

// The hart may keep all entries on the way.
static void keep(struct translations *t, const struct question *q)
{
    struct hart_translations *h = &t->hart[q->use->hart];
    struct remembered one = {.va = q->use->va,
                             .root = q->walk->root,
                             .asid = (uint32_t)sv39_asid(h->satp),
                             .when = ++t->now};

    for (int level = SV39_LEVELS; level-- > q->walk->end;) {
        one.level = level;
        one.entry = q->walk->entry[level];
        one.slot[level] = q->walk->slot[level];
        if ((one.entry & SV39_G) != 0) {
            one.asid = ASID_GLOBAL;
        }
        changes_watch(t->changes, one.slot[level]);
        must(remembered_add(h->kept, &one));
    }
}

static struct checked *checked_of(struct hart_translations *h, uint64_t what)
{
    uint64_t at = what ^ what >> 13;

    return &h->checked[at % CHECKED];
}

static bool look(struct translations *t, const struct translations_use *use, uint64_t what,
                 uint64_t *pa, struct translations_error *error)
{
    struct hart_translations *h = &t->hart[use->hart];
    struct sv39_walk walk = sv39_walk(h->satp, use->va, t->machine.read, t->machine.context);
    struct question question = {.use = use, .walk = &walk};
    uint64_t leaf = walk.entry[walk.end];

    *pa = NOWHERE;
    if (any_misleads(t, &question, error)) {
        error->use = *use;
        error->satp = h->satp;
        error->thread = thread_of(t, use->hart);
        return false;
    }
    if (!sv39_allows(leaf, use->use, use->user)) {
        return true;
    }
    keep(t, &question);
    *pa = sv39_address(leaf, walk.end, use->va);
    if (!question.unsure) {
        *checked_of(h, what) =
            (struct checked){.what = what,
                             .satp = h->satp,
                             .moment = t->changed + h->fences,
                             .page_pa = *pa >> SV39_PAGE_SHIFT << SV39_PAGE_SHIFT};
    }
    return true;
}

bool translations_check(struct translations *t, const struct translations_use *use, uint64_t *pa,
                        struct translations_error *error)
{
    struct hart_translations *h = &t->hart[use->hart];
    uint64_t what = (use->va >> SV39_PAGE_SHIFT) << 3 | (uint64_t)use->use << 1 | use->user;
    const struct checked *checked = checked_of(h, what);

    // Together they never go back, so that the sum is the same only if both are.
    if (checked->what == what && checked->satp == h->satp &&
        checked->moment == t->changed + h->fences) {
        *pa = checked->page_pa | (use->va & ((1u << SV39_PAGE_SHIFT) - 1));
        return true;
    }
    return look(t, use, what, pa, error);
}
