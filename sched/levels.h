// SPDX-License-Identifier: MIT
// sched/levels.h - one list of waiting threads for each priority, and which of them hold any.
//
// Priorities go from 1 to 32, and more is better; level 0 is the best priority's. The area of each
// entity starts with its list node.
//
// Invariant:  bit i of `waiting` is set if and only if list[i] is not empty.
// Cost:       every operation is O(1).
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/list.h"
#include "sched/policy.h"

enum {
    LEVELS = 32,
    LEVELS_PRIORITY_MIN = 1,
    LEVELS_PRIORITY_MAX = LEVELS,
    LEVELS_DEFAULT = LEVELS_PRIORITY_MAX - SCHED_PRIORITY_DEFAULT,
};

struct levels {
    struct list list[LEVELS];
    uint64_t waiting;
};

static inline struct list *levels_node(struct sched_entity *e)
{
    return (struct list *)(void *)e->area;
}

static inline uint64_t levels_of(const struct sched_entity *e)
{
    return (uint64_t)(LEVELS_PRIORITY_MAX - (int64_t)e->params.priority);
}

static inline void levels_init(struct levels *l)
{
    l->waiting = 0;
    for (unsigned i = 0; i < LEVELS; i++) {
        list_init(&l->list[i]);
    }
}

// Put `e` behind the others of its level, or before them.
static inline void levels_push_back(struct levels *l, struct sched_entity *e)
{
    uint64_t level = levels_of(e);

    l->waiting |= UINT64_C(1) << level;
    list_push_back(&l->list[level], levels_node(e));
}

static inline void levels_push_front(struct levels *l, struct sched_entity *e)
{
    uint64_t level = levels_of(e);

    l->waiting |= UINT64_C(1) << level;
    list_push_front(&l->list[level], levels_node(e));
}

static inline void levels_remove(struct levels *l, struct sched_entity *e)
{
    uint64_t level = levels_of(e);

    list_remove(levels_node(e));
    if (list_is_empty(&l->list[level])) {
        l->waiting &= ~(UINT64_C(1) << level);
    }
}

// Remove and return the first of the best level that holds any. Something waits. A few instructions
// less if that is level `guess`, as it is where equals take turns.
static inline struct sched_entity *levels_take(struct levels *l, uint64_t guess)
{
    uint64_t waiting = l->waiting;
    uint64_t best = waiting & -waiting;
    struct list *list = &l->list[likely(best == UINT64_C(1) << guess) ? guess : bit_lowest(best)];
    struct list *node = list_take_front(list);

    if (list_is_empty(list)) {
        l->waiting = waiting - best;
    }
    return (struct sched_entity *)(void *)node;
}

// Does anyone wait who is better than `e`?
static inline bool levels_has_better(const struct levels *l, const struct sched_entity *e)
{
    return (l->waiting & ((UINT64_C(1) << levels_of(e)) - 1)) != 0;
}

// The one after `e` from the best level down, the first if `e` is NULL; NULL past the last.
static inline struct sched_entity *levels_next(struct levels *l, struct sched_entity *e)
{
    uint64_t below = l->waiting;
    struct list *node;

    if (e != NULL) {
        node = list_after(&l->list[levels_of(e)], levels_node(e));
        if (node != NULL) {
            return (struct sched_entity *)(void *)node;
        }
        below &= ~UINT64_C(0) << levels_of(e) << 1;
    }
    return below == 0 ? NULL : (struct sched_entity *)(void *)l->list[bit_lowest(below)].next;
}

// sched_policy.set_params where `e`, if it waits, does so in `l`: behind the others of its new
// level from now on.
static inline int levels_set_params(struct levels *l, struct sched_entity *e,
                                    struct sched_params params, bool waits)
{
    if (params.priority < LEVELS_PRIORITY_MIN || params.priority > LEVELS_PRIORITY_MAX) {
        return -EINVAL;
    }
    if (waits) {
        levels_remove(l, e);
    }
    e->params = params;
    if (waits) {
        levels_push_back(l, e);
    }
    return 0;
}
