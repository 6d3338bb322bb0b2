// SPDX-License-Identifier: MIT
// mm/user/radix.h - pages by number: a radix tree, as high as the highest number needs.
//
// One page with number 0 is the tree itself; each level above it multiplies by 64.
// Locks:  none; the tree's owner serialises.
// Cost:   one load a level to find a page: none up to 1 page, one up to 256 KiB, two up to 16 MiB.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { RADIX_BITS = 6, RADIX_SLOTS = 1 << RADIX_BITS, RADIX_HEIGHT_MAX = 8 };

#define RADIX_END ((uint64_t)1 << RADIX_BITS * RADIX_HEIGHT_MAX) // one past the highest number

struct radix {
    void *root;      // NULL: empty; height 0: page 0; else a node
    unsigned height; // levels of nodes
};

// Returns: the page with this number; NULL if there is none.
void *radix_find(const struct radix *tree, uint64_t number);

// Make `page` the one with this number, below RADIX_END, which has none.
// Returns: 0; -ENOMEM, and nothing has changed but that there may be empty nodes.
NODISCARD int radix_insert(struct radix *tree, uint64_t number, void *page);

// Take out the first page with a number >= *number. Returns: it, its number in *number; NULL if
// there is none, and then, if `*number` was 0, there are no nodes either.
void *radix_take(struct radix *tree, uint64_t *number);

// Put `page` in the place of the one that is there. Returns: that one.
void *radix_replace(struct radix *tree, uint64_t number, void *page);
