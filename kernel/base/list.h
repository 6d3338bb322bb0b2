// SPDX-License-Identifier: MIT
// kernel/base/list.h - circular doubly linked list, intrusive; head and nodes have the same type.
//
// Invariant:  n->next->prev == n && n->prev->next == n for the head and every node.
// Cost:       every operation is O(1).
// Context:    any; the list's owner says which lock guards it.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/base/panic.h"
#include "kernel/base/types.h"

struct list {
    struct list *next; // of a head: the first node
    struct list *prev; // of a head: the last node
};

// Initializer of the list head, or of the unlinked node, called `name`.
#define LIST_INIT(name)                                                                            \
    {                                                                                              \
        &(name), &(name)                                                                           \
    }

// The structure that holds `node` in its field `member`.
#define list_entry(node, type, member) container_of(node, type, member)

// Visit each node in order. `node` is a `struct list *` of the caller's. The body must not unlink
// it: to empty a list, loop over list_pop_front().
#define list_for_each(node, head)                                                                  \
    for ((node) = (head)->next; (node) != (head); (node) = (node)->next)

// The same, but the body may unlink or free `node`, though not `after`, which is the caller's too.
#define list_for_each_removable(node, after, head)                                                 \
    for ((node) = (head)->next, (after) = (node)->next; (node) != (head);                          \
         (node) = (after), (after) = (node)->next)

// Make `list` an empty head, or a node that is on no list.
static inline void list_init(struct list *list)
{
    list->next = list;
    list->prev = list;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

// Is `node`, once initialised, on a list? Linking needs no list_init() before it; this does.
static inline bool list_is_linked(const struct list *node)
{
    return node->next != node;
}

// Link `node`, which is on no list, in front of `place`, a node or a head.
static inline void list_insert_before(struct list *place, struct list *node)
{
    struct list *before = place->prev;

    node->next = place;
    node->prev = before;
    before->next = node;
    place->prev = node;
}

static inline void list_push_back(struct list *head, struct list *node)
{
    list_insert_before(head, node);
}

static inline void list_push_front(struct list *head, struct list *node)
{
    list_insert_before(head->next, node);
}

// Unlink `node` from its list and leave it linked to itself, so that a second removal is harmless.
static inline void list_remove(struct list *node)
{
    debug_assert(node->next->prev == node && node->prev->next == node);
    node->next->prev = node->prev;
    node->prev->next = node->next;
    list_init(node);
}

// Returns: the first node, still linked; NULL when empty.
static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

// Returns: the last node, still linked; NULL when empty.
static inline struct list *list_last(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->prev;
}

// Returns: the node after `node`, still linked; NULL when `node` is the last. `node` may be the
// head.
static inline struct list *list_after(const struct list *head, const struct list *node)
{
    return node->next == head ? NULL : node->next;
}

// Returns: the first node of a list that is not empty, taken off it. Its own links are left as they
// were, so it must be linked again, or list_init(), before list_is_linked() means anything.
static inline struct list *list_take_front(struct list *head)
{
    struct list *node = head->next;
    struct list *next = node->next;

    debug_assert(node != head);
    head->next = next;
    next->prev = head;
    return node;
}

// Returns: the first node, unlinked; NULL when empty.
static inline struct list *list_pop_front(struct list *head)
{
    struct list *node = list_first(head);

    if (node != NULL) {
        list_remove(node);
    }
    return node;
}
