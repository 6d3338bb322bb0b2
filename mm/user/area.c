// SPDX-License-Identifier: MIT
// mm/user/area.c - the areas of an address space: a height-balanced tree, threaded in order.
//
// Invariant:  the heights of an area's subtrees differ by at most one.
// Invariant:  `gap` is right for every area. It depends on the one before, too: whoever puts in,
//             takes out or moves an area updates the path to the one after it. That one is above
//             it, unless it has a right subtree, of which it is the lowest.
#include "mm/user/area.h"

#include "kernel/base/bits.h"

static unsigned height_of(const struct area *area)
{
    return area != NULL ? area->height : 0;
}

static uint64_t gap_of(const struct area *area)
{
    return area != NULL ? area->gap : 0;
}

static uint64_t end_before(const struct area *area)
{
    return area->previous != NULL ? area->previous->end : 0;
}

// What follows from the children.
static void update(struct area *area)
{
    unsigned left = height_of(area->left);
    unsigned right = height_of(area->right);
    uint64_t below = max_u64(gap_of(area->left), gap_of(area->right));

    area->height = 1 + (left > right ? left : right);
    area->gap = max_u64(area->start - end_before(area), below);
}

// Returns: what is on top now.
static struct area *rotate_right(struct area *top)
{
    struct area *left = top->left;

    top->left = left->right;
    left->right = top;
    update(top);
    update(left);
    return left;
}

static struct area *rotate_left(struct area *top)
{
    struct area *right = top->right;

    top->right = right->left;
    right->left = top;
    update(top);
    update(right);
    return right;
}

// Restore both invariants of `top`, whose subtrees have them. Returns: what is on top now.
static struct area *balance(struct area *top)
{
    unsigned left = height_of(top->left);
    unsigned right = height_of(top->right);

    if (left > right + 1) {
        if (height_of(top->left->left) < height_of(top->left->right)) {
            top->left = rotate_left(top->left);
        }
        return rotate_right(top);
    }
    if (right > left + 1) {
        if (height_of(top->right->right) < height_of(top->right->left)) {
            top->right = rotate_right(top->right);
        }
        return rotate_left(top);
    }
    update(top);
    return top;
}

static struct area *inserted(struct area *top, struct area *area)
{
    if (top == NULL) {
        update(area);
        return area;
    }
    if (area->start < top->start) {
        top->left = inserted(top->left, area);
    } else {
        top->right = inserted(top->right, area);
    }
    return balance(top);
}

// Take the lowest area out of `top`. Returns: what is on top now.
static struct area *lowest_removed(struct area *top, struct area **lowest)
{
    if (top->left == NULL) {
        *lowest = top;
        return top->right;
    }
    top->left = lowest_removed(top->left, lowest);
    return balance(top);
}

// What takes the place of `area`, which goes.
static struct area *successor_of_removed(struct area *area)
{
    struct area *only = area->left != NULL ? area->left : area->right;
    struct area *lowest;

    if (area->left == NULL || area->right == NULL) {
        if (only != NULL) {
            update(only); // by the first invariant it has no children
        }
        return only;
    }
    struct area *right = lowest_removed(area->right, &lowest);

    lowest->left = area->left;
    lowest->right = right;
    return balance(lowest);
}

static struct area *removed(struct area *top, struct area *area)
{
    if (top == area) {
        return successor_of_removed(area);
    }
    if (area->start < top->start) {
        top->left = removed(top->left, area);
    } else {
        top->right = removed(top->right, area);
    }
    return balance(top);
}

// The gap before `area` has changed.
static void update_path(struct area *top, const struct area *area)
{
    if (top != area) {
        update_path(area->start < top->start ? top->left : top->right, area);
    }
    update(top);
}

struct area *area_find(const struct area_tree *tree, uint64_t at)
{
    struct area *found = NULL;

    for (struct area *area = tree->root; area != NULL;) {
        if (area->end > at) {
            found = area;
            area = area->left;
        } else {
            area = area->right;
        }
    }
    return found;
}

struct area *area_first(const struct area_tree *tree)
{
    return area_find(tree, 0);
}

void area_insert(struct area_tree *tree, struct area *area)
{
    struct area *next =
        tree->last == NULL || tree->last->end <= area->start ? NULL : area_find(tree, area->start);
    struct area *previous = next != NULL ? next->previous : tree->last;

    debug_assert(area->start < area->end && (next == NULL || area->end <= next->start));
    area->next = next;
    area->previous = previous;
    *(next != NULL ? &next->previous : &tree->last) = area;
    if (previous != NULL) {
        previous->next = area;
    }
    area->left = NULL;
    area->right = NULL;
    tree->root = inserted(tree->root, area);
    tree->count++;
}

void area_append(struct area_tree *tree, struct area *area)
{
    area->next = NULL;
    area->previous = tree->last;
    if (tree->last != NULL) {
        tree->last->next = area;
    } else {
        tree->root = area; // where area_build() begins
    }
    tree->last = area;
    tree->count++;
}

// Make a tree of `count` areas, from *first on, which moves on. Returns: what is on top.
static struct area *built(struct area **first, unsigned count)
{
    if (count == 0) {
        return NULL;
    }
    struct area *left = built(first, count / 2);
    struct area *top = *first;

    *first = top->next;
    top->left = left;
    top->right = built(first, count - count / 2 - 1);
    update(top);
    return top;
}

void area_build(struct area_tree *tree)
{
    struct area *first = tree->root;

    tree->root = built(&first, tree->count);
}

void area_remove(struct area_tree *tree, struct area *area)
{
    *(area->next != NULL ? &area->next->previous : &tree->last) = area->previous;
    if (area->previous != NULL) {
        area->previous->next = area->next;
    }
    tree->root = removed(tree->root, area);
    tree->count--;
}

void area_set_bounds(struct area_tree *tree, struct area *area, uint64_t start, uint64_t end)
{
    bool start_moves = area->start != start;
    bool end_moves = area->end != end;

    area->start = start;
    area->end = end;
    if (start_moves) {
        update_path(tree->root, area);
    }
    if (end_moves && area->next != NULL) {
        update_path(tree->root, area->next);
    }
}

// The highest `bytes` bytes between the areas of `top`, below the last, and in [low, high).
// Only what lies beyond the bounds makes it look in vain: once on each level at most.
static uint64_t gap_under(const struct area *top, uint64_t bytes, uint64_t low, uint64_t high)
{
    if (top == NULL || top->gap < bytes) {
        return 0;
    }
    uint64_t found = top->end + bytes <= high ? gap_under(top->right, bytes, low, high) : 0;

    if (found != 0) {
        return found;
    }
    uint64_t from = max_u64(end_before(top), low);
    uint64_t to = min_u64(top->start, high);

    if (to >= bytes && to - bytes >= from) {
        return to - bytes;
    }
    return top->start > low ? gap_under(top->left, bytes, low, high) : 0;
}

uint64_t area_find_gap(const struct area_tree *tree, uint64_t bytes, uint64_t low, uint64_t high)
{
    uint64_t from = max_u64(tree->last != NULL ? tree->last->end : 0, low);

    if (high >= bytes && high - bytes >= from) {
        return high - bytes;
    }
    return gap_under(tree->root, bytes, low, high);
}
