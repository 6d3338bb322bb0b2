// SPDX-License-Identifier: MIT
// kernel/base/heap.c - the leftist heap: everything is a merge of two heaps along right spines.
#include "kernel/base/heap.h"

#include "kernel/base/panic.h"

static unsigned rank_of(const struct heap_node *node)
{
    return node == NULL ? 0 : node->rank;
}

// Restore the rank and the order of the children of `node`, whose subtrees are right.
static void settle(struct heap_node *node)
{
    struct heap_node *left = node->left;

    if (rank_of(left) < rank_of(node->right)) {
        node->left = node->right;
        node->right = left;
    }
    node->rank = rank_of(node->right) + 1;
}

// Merge two heaps, either of which may be NULL, into one whose root has no parent. On equal keys
// a node of `a` stays above. Down: interleave the two right spines by key; up: settle each node.
static struct heap_node *merge(struct heap_node *a, struct heap_node *b)
{
    struct heap_node *root = NULL;
    struct heap_node *last = NULL; // the lowest node of the merged spine so far
    struct heap_node **link = &root;

    while (a != NULL && b != NULL) {
        struct heap_node *next = b->key < a->key ? b : a;

        if (next == b) {
            b = a;
        }
        a = next->right;
        *link = next;
        next->parent = last;
        last = next;
        link = &next->right;
    }
    *link = a != NULL ? a : b;
    if (*link != NULL) {
        (*link)->parent = last;
    }
    for (; last != NULL; last = last->parent) {
        settle(last);
    }
    return root;
}

void heap_insert(struct heap *heap, struct heap_node *node)
{
    debug_assert(!heap_is_queued(node));
    node->parent = NULL;
    node->left = NULL;
    node->right = NULL;
    node->rank = 1;
    heap->root = merge(heap->root, node);
}

// Put `replacement`, which may be NULL, where `node` hangs.
static void replace(struct heap *heap, struct heap_node *node, struct heap_node *replacement)
{
    struct heap_node *parent = node->parent;

    if (replacement != NULL) {
        replacement->parent = parent;
    }
    if (parent == NULL) {
        heap->root = replacement;
    } else if (parent->left == node) {
        parent->left = replacement;
    } else {
        parent->right = replacement;
    }
}

// A rank that changes makes its parent's, if that changes too, one more than it was or is: ranks
// are logarithmic, so the way up is as well.
void heap_remove(struct heap *heap, struct heap_node *node)
{
    debug_assert(heap_is_queued(node));
    struct heap_node *above = node->parent;

    replace(heap, node, merge(node->left, node->right));
    while (above != NULL) {
        unsigned rank = above->rank;

        settle(above);
        if (above->rank == rank) {
            break;
        }
        above = above->parent;
    }
    heap_node_init(node);
}

struct heap_node *heap_next(const struct heap *heap, const struct heap_node *node)
{
    if (node == NULL) {
        return heap->root;
    }
    if (node->left != NULL) { // a right child has a left sibling
        return node->left;
    }
    while (node->parent != NULL && (node->parent->right == node || node->parent->right == NULL)) {
        node = node->parent;
    }
    return node->parent == NULL ? NULL : node->parent->right;
}
