// SPDX-License-Identifier: MIT
// mm/user/area.h - the areas of an address space in order, and the gaps between them.
//
// Invariant:  areas are page-aligned, not empty, and do not overlap.
// Locks:      none; the tree's owner serialises.
// Cost:       O(log n) for everything; neighbours are one load away.
// Reference:  Foster, "A Generalization of AVL Trees", Communications of the ACM 16(8), 1973: the
//             heights of siblings differ by at most two. Each node also knows the largest gap
//             below it.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"

struct aspace;
struct vmo;

// One range of pages with one protection and one source.
struct area {
    uint64_t start;
    uint64_t end;
    uint64_t entry_bits;  // what a page-table entry of its own page gets, PTE_W included
    unsigned char access; // bits by enum fault_access: what a program may do
    bool shared;          // a store is for all who map the object
    bool never_writable;  // it is a file's that was not opened for that
    bool not_forked;      // a child does not get it
    bool wiped_in_fork;   // a child finds zeros
    unsigned prot;
    struct vmo *vmo; // referenced; NULL: anonymous and private
    uint64_t offset; // of `start` in it
    const char *name;
    uint64_t touched; // no entry below it holds a page: spares searching what nobody has used
    struct aspace *as;
    struct list mapping; // of the object's; guarded by: vmo->mappings_lock

    // The tree's.
    struct area *left;
    struct area *right;
    struct area *previous; // in order
    struct area *next;
    uint64_t gap; // the largest between an area of this subtree and the one before it
    unsigned height;
};

struct area_tree {
    struct area *root;
    struct area *last;
    struct area *near; // the last that came, or the one after the last that went; may be NULL
    unsigned count;
};

// Returns: the first area that ends after `at`; NULL if none does.
struct area *area_find(const struct area_tree *tree, uint64_t at);

// Returns: the first area; NULL if there is none.
struct area *area_first(const struct area_tree *tree);

// Put in `area` behind all others, in order only: area_build() makes the tree of them, before
// anything else is asked of it.
void area_append(struct area_tree *tree, struct area *area);
void area_build(struct area_tree *tree);

// Put in `area`, whose bounds are set and free; take it out.
void area_insert(struct area_tree *tree, struct area *area);
void area_remove(struct area_tree *tree, struct area *area);

// Give `area` other bounds, between those of its neighbours.
void area_set_bounds(struct area_tree *tree, struct area *area, uint64_t start, uint64_t end);

// Find `bytes` free bytes in [low, high), as high as there are. Returns: where they begin; 0: none.
uint64_t area_find_gap(const struct area_tree *tree, uint64_t bytes, uint64_t low, uint64_t high);
