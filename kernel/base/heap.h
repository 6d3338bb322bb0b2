// SPDX-License-Identifier: MIT
// kernel/base/heap.h - intrusive priority queue on 64-bit keys: a leftist min-heap.
//
// Invariant:  a node's key is not below its parent's; rank(left) >= rank(right); a node's rank is
//             rank(right) + 1, and 0 when it is on no heap.
// Cost:       insert and remove, of any node, O(log n) in the worst case and without recursion,
//             since a right spine of n nodes is at most log2(n + 1) long; heap_min O(1);
//             heap_next O(n), but all nodes of a walk together O(n).
// Limits:     nodes with equal keys leave in an order that depends only on the calls made, but is
//             not first in, first out: a caller that needs an order puts it in the key.
// Context:    any; the heap's owner says which lock guards it.
// Reference:  Knuth, TAOCP 3, section 5.2.3; Tarjan, Data Structures and Network Algorithms, 1983.
#pragma once

#include "kernel/base/types.h"

struct heap_node {
    struct heap_node *parent; // NULL at the root
    struct heap_node *left;
    struct heap_node *right;
    uint64_t key;  // set before heap_insert(); constant while queued
    unsigned rank; // 0: not queued
};

struct heap {
    struct heap_node *root; // a smallest key; NULL when empty
};

// Make `node` one that is on no heap; zeroed memory will do as well.
static inline void heap_node_init(struct heap_node *node)
{
    *node = (struct heap_node){};
}

static inline bool heap_is_queued(const struct heap_node *node)
{
    return node->rank != 0;
}

// Returns: a node with the smallest key, still queued; NULL when empty.
static inline struct heap_node *heap_min(const struct heap *heap)
{
    return heap->root;
}

// Queue `node`, which is on no heap, under node->key.
void heap_insert(struct heap *heap, struct heap_node *node);

// Unlink `node`, which is on this heap, wherever it stands.
void heap_remove(struct heap *heap, struct heap_node *node);

// Returns: the node after `node`, the first if `node` is NULL, NULL past the last: each node once,
// a parent before its children.
struct heap_node *heap_next(const struct heap *heap, const struct heap_node *node);
