// SPDX-License-Identifier: MIT
// kernel/fs/dentry.h - the tree of names: which inode a name in a directory stands for.
//
// A dentry is one name. While it is in the tree it is in its directory's list and in a hash table
// by (directory, name), and the tree holds a reference to it; it always holds one to its parent,
// so that paths and ".." work in directories that have been removed. Some directories have names
// besides, made when they are asked for (inode_ops.lookup): those are in no list.
// Locks:  - a name comes, goes or moves with the lock of its directory's inode held. Two of them
//           are taken with tree_lock_two(), which orders them.
//         - a bucket's lock, RANK_DENTRY, one at a time: looking a name up takes no other, unless
//           it is not there; then the directory's lock makes sure, since a rename takes a name out
//           of one bucket before it is in the next.
//         - shape_lock, RANK_DENTRY: parent and name of any dentry change under it.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "kernel/fs/inode.h"

struct dentry {
    atomic_uint refs;
    bool linked; // it is in the tree; guarded by: the directory's lock
    unsigned hash;
    struct dentry *parent; // referenced; itself: the root. guarded by: shape_lock
    char *name;            // guarded by: shape_lock
    struct inode *inode;   // referenced; constant
    struct list sibling;   // guarded by: the directory's lock
    struct list bucket;    // guarded by: the bucket's lock
    uint64_t cookie;       // its place in the directory; guarded by: the directory's lock
};

extern struct dentry *fs_root; // constant after fs_mount_root()

void dentries_init(void); // boot, before anything else here

// Returns: a dentry in no list, one reference; takes references to `parent` (NULL: itself) and
// `inode`; NULL if memory is short.
NODISCARD struct dentry *dentry_new(struct dentry *parent, const char *name, size_t length,
                                    struct inode *inode);

static inline struct dentry *dentry_get(struct dentry *d)
{
    // relaxed: the caller has a reference, or a lock under which there is one.
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void dentry_put(struct dentry *d); // thread context

// Look `name` up in `dir`, a directory; not "." or "..".
// Returns: 0 and a reference in *found; -ENOENT; what inode_ops.lookup returns.
NODISCARD int dentry_lookup(struct dentry *dir, const char *name, size_t length,
                            struct dentry **found);

// Returns: a reference to the parent of `d`.
NODISCARD struct dentry *dentry_parent(struct dentry *d);

// Is `d` or one of those above it `above`?
bool dentry_is_below(struct dentry *d, struct dentry *above);

// The absolute path of `d`; one that has been removed gets " (deleted)" behind it.
// Returns: its length without the 0 at its end; -ENAMETOOLONG.
NODISCARD long dentry_path(struct dentry *d, char *buffer, size_t size);

// The same, but -ENOENT for one that has been removed: getcwd().
NODISCARD long dentry_path_linked(struct dentry *d, char *buffer, size_t size);

// ---- Changing the tree. Context: dir->inode->lock held, as is the lock of every directory named.

// The name in `dir`. Returns: it, no reference taken; NULL.
struct dentry *tree_find(struct dentry *dir, const char *name, size_t length)
    REQUIRES(dir->inode->lock);

// Put `d`, made with `dir` as its parent, into the tree, which takes a reference.
void tree_add(struct dentry *dir, struct dentry *d) REQUIRES(dir->inode->lock);

// Take `d` out of the tree, and drop the tree's reference. The caller has one.
void tree_remove(struct dentry *dir, struct dentry *d) REQUIRES(dir->inode->lock);

// Make `d`, of `from`, the name `name`, allocated by text_copy() and handed over, in `to`.
void tree_move(struct dentry *d, struct dentry *from, struct dentry *to, char *name)
    REQUIRES(from->inode->lock, to->inode->lock);

// Take, and release, the locks of two directories that may be one. The caller holds rename_lock,
// so that what is above what does not change.
void tree_lock_two(struct dentry *a, struct dentry *b);
void tree_unlock_two(struct dentry *a, struct dentry *b);
