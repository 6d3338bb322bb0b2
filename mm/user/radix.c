// SPDX-License-Identifier: MIT
// mm/user/radix.c - pages by number.
//
// Invariant:  a node on level n (1: its slots are pages) has a slot for each multiple of 64^(n-1);
//             a slot that is NULL stands for no pages at all.
#include "mm/user/radix.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/memory.h"
#include "mm/objcache.h"

struct radix_node {
    void *slot[RADIX_SLOTS];
};

static struct objcache nodes = OBJCACHE_INIT(nodes, struct radix_node);

// How many numbers a tree with `height` levels of nodes has.
static uint64_t span(unsigned height)
{
    return bit(RADIX_BITS * height);
}

static unsigned slot_of(uint64_t number, unsigned level)
{
    return (number >> (level - 1) * RADIX_BITS) & (RADIX_SLOTS - 1);
}

// Where `number`, which the tree is high enough for, is kept; NULL if nodes are missing.
static void **place_of(const struct radix *tree, uint64_t number)
{
    void **place = (void **)&tree->root;

    for (unsigned level = tree->height; level > 0; level--) {
        struct radix_node *node = *place;

        if (node == NULL) {
            return NULL;
        }
        place = &node->slot[slot_of(number, level)];
    }
    return place;
}

void *radix_find(const struct radix *tree, uint64_t number)
{
    void **place = number < span(tree->height) ? place_of(tree, number) : NULL;

    return place != NULL ? *place : NULL;
}

static struct radix_node *make_node(void)
{
    struct radix_node *node = objcache_alloc_or_reclaim(&nodes);

    if (node != NULL) {
        memset(node, 0, sizeof(*node));
    }
    return node;
}

// Put a new root above what there is, which becomes its first slot.
static int add_root(struct radix *tree)
{
    struct radix_node *node = make_node();

    if (node == NULL) {
        return -ENOMEM;
    }
    node->slot[0] = tree->root;
    tree->root = node;
    return 0;
}

// Make the tree high enough for `number`.
static int grow(struct radix *tree, uint64_t number)
{
    while (number >= span(tree->height)) {
        if (tree->root != NULL && add_root(tree) != 0) {
            return -ENOMEM;
        }
        tree->height++;
    }
    return 0;
}

// Returns: the node at `place`, made if there was none; NULL if memory is short.
static struct radix_node *node_at(void **place)
{
    if (*place == NULL) {
        *place = make_node();
    }
    return *place;
}

int radix_insert(struct radix *tree, uint64_t number, void *page)
{
    assert(number < RADIX_END);
    if (grow(tree, number) != 0) {
        return -ENOMEM;
    }
    void **place = &tree->root;

    for (unsigned level = tree->height; level > 0; level--) {
        struct radix_node *node = node_at(place);

        if (node == NULL) {
            return -ENOMEM;
        }
        place = &node->slot[slot_of(number, level)];
    }
    assert(*place == NULL);
    *place = page;
    return 0;
}

void *radix_replace(struct radix *tree, uint64_t number, void *page)
{
    void **place = place_of(tree, number);
    void *old = *place;

    *place = page;
    return old;
}

static bool node_is_empty(const struct radix_node *node)
{
    for (unsigned i = 0; i < RADIX_SLOTS; i++) {
        if (node->slot[i] != NULL) {
            return false;
        }
    }
    return true;
}

// Take the first page at or after *number out of what is at `place`, `level` levels high. Empty
// nodes on the way are freed.
static void *take(void **place, unsigned level, uint64_t *number)
{
    struct radix_node *node = *place;
    void *page = NULL;

    if (level == 0 || node == NULL) {
        *place = NULL;
        return node;
    }
    for (unsigned i = slot_of(*number, level); i < RADIX_SLOTS && page == NULL; i++) {
        page = take(&node->slot[i], level - 1, number);
        if (page == NULL) { // the next slot begins where this one ends
            *number = round_down(*number, span(level - 1)) + span(level - 1);
        }
    }
    if (node_is_empty(node)) {
        objcache_free(&nodes, node);
        *place = NULL;
    }
    return page;
}

void *radix_take(struct radix *tree, uint64_t *number)
{
    if (*number >= span(tree->height)) {
        return NULL;
    }
    return take(&tree->root, tree->height, number);
}
