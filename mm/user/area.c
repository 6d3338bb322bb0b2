// SPDX-License-Identifier: MIT
// mm/user/area.c - the areas of an address space: a height-balanced tree, threaded in order.
//
// Invariant:  the heights of an area's subtrees differ by at most two: with one, a place where
// areas
//             come and go had to be rotated each time.
// Invariant:  `gap` is right for every area. It depends on the one before, too: whoever puts in,
//             takes out or moves an area updates the path to the one after it. That one is above
//             it, unless it has a right subtree, of which it is the lowest.
#include "mm/user/area.h"

#include "kernel/base/bits.h"

enum { UNEVEN_MAX = 2, PATH_MAX_LINKS = 40 }; // the height of a tree of 65 530 is at most 29

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
static ALWAYS_INLINE struct area *balance(struct area *top)
{
    unsigned left = height_of(top->left);
    unsigned right = height_of(top->right);

    if (unlikely(left > right + UNEVEN_MAX)) {
        if (height_of(top->left->left) < height_of(top->left->right)) {
            top->left = rotate_left(top->left);
        }
        return rotate_right(top);
    }
    if (unlikely(right > left + UNEVEN_MAX)) {
        if (height_of(top->right->right) < height_of(top->right->left)) {
            top->right = rotate_right(top->right);
        }
        return rotate_left(top);
    }
    update(top);
    return top;
}

// The links from the root to an area, which is at the last.
struct path {
    struct area **link[PATH_MAX_LINKS];
    unsigned n;
};

// Restore the invariants of all areas on `path`, from the lowest up.
static void balance_path(struct path *path)
{
    while (path->n > 0) {
        struct area **link = path->link[--path->n];

        if (*link != NULL) {
            *link = balance(*link);
        }
    }
}

// Follow the links to where `start` is or would be, which is not on the path yet.
static struct area **follow(struct path *path, struct area **link, uint64_t start)
{
    path->n = 0;
    while (*link != NULL && (*link)->start != start) {
        path->link[path->n++] = link;
        link = start < (*link)->start ? &(*link)->left : &(*link)->right;
    }
    return link;
}

// Put the lowest area of the right subtree of `area`, which is at `link` and goes, in its place.
static void replace_by_lowest(struct path *path, struct area **link, struct area *area)
{
    unsigned here = path->n;
    struct area **lower = &area->right;

    path->link[path->n++] = link;
    for (; (*lower)->left != NULL; lower = &(*lower)->left) {
        path->link[path->n++] = lower;
    }
    struct area *lowest = *lower;

    *lower = lowest->right;
    lowest->left = area->left;
    lowest->right = area->right;
    *link = lowest;
    if (path->n > here + 1) { // it was a link of the area that goes
        path->link[here + 1] = &lowest->right;
    }
}

// The gap before `area` has changed.
static void update_path(struct area *top, const struct area *area)
{
    if (top != area) {
        update_path(area->start < top->start ? top->left : top->right, area);
    }
    update(top);
}

static bool ends_first_after(const struct area *area, uint64_t at)
{
    return area->end > at && end_before(area) <= at;
}

static struct area *search(const struct area_tree *tree, uint64_t at)
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

struct area *area_find(const struct area_tree *tree, uint64_t at)
{
    return tree->near != NULL && ends_first_after(tree->near, at) ? tree->near : search(tree, at);
}

struct area *area_first(const struct area_tree *tree)
{
    return area_find(tree, 0);
}

void area_insert(struct area_tree *tree, struct area *area)
{
    struct path path;
    struct area *next = area_find(tree, area->start);
    struct area *previous = next != NULL ? next->previous : tree->last;
    struct area **link = follow(&path, &tree->root, area->start);

    debug_assert(area->start < area->end && (next == NULL || area->end <= next->start) &&
                 (previous == NULL || previous->end <= area->start));
    area->next = next;
    area->previous = previous;
    *(next != NULL ? &next->previous : &tree->last) = area;
    if (previous != NULL) {
        previous->next = area;
    }
    area->left = NULL;
    area->right = NULL;
    *link = area;
    update(area);
    balance_path(&path);
    tree->near = area;
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

// Make a tree of `count` areas, at least one, from *first on, which moves on. Returns: what is on
// top.
static struct area *built(struct area **first, unsigned count)
{
    unsigned before = count / 2;
    unsigned behind = count - before - 1;
    struct area *left = before > 0 ? built(first, before) : NULL;
    struct area *top = *first;

    *first = top->next;
    top->left = left;
    top->right = behind > 0 ? built(first, behind) : NULL;
    update(top);
    return top;
}

void area_build(struct area_tree *tree)
{
    struct area *first = tree->root;

    tree->root = tree->count > 0 ? built(&first, tree->count) : NULL;
}

void area_remove(struct area_tree *tree, struct area *area)
{
    struct path path;
    struct area **link = follow(&path, &tree->root, area->start);

    *(area->next != NULL ? &area->next->previous : &tree->last) = area->previous;
    if (area->previous != NULL) {
        area->previous->next = area->next;
    }
    if (area->right != NULL) {
        replace_by_lowest(&path, link, area);
    } else { // then the next is above
        *link = area->left;
        path.link[path.n++] = link;
    }
    balance_path(&path);
    tree->near = area->next;
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
    const struct area *above = area_find(tree, high);

    // Most often it is the first gap below.
    if (above != NULL) {
        uint64_t top = min_u64(above->start, high);

        from = max_u64(end_before(above), low);
        if (top >= bytes && top - bytes >= from) {
            return top - bytes;
        }
    }
    return gap_under(tree->root, bytes, low, high);
}
