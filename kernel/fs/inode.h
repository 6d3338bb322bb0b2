// SPDX-License-Identifier: MIT
// kernel/fs/inode.h - inodes: what there is of a file whatever its names.
//
// Locks:  inode.lock, a mutex, guards what changes: in a directory the names in it, in a file its
//         size while it is written. Two at once: dentry.h says in which order. A page fault of the
//         holder is allowed, so it comes before an address space's lock.
#pragma once

#include <stdatomic.h>

#include "kernel/abi/stat.h"
#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "sync/block/mutex.h"

struct dentry;
struct file;
struct file_ops;
struct inode;
struct kstat;
struct kstatfs;
struct pipe;
struct vmo;

// A kind of tree. Names cannot be linked or moved from one into another.
struct filesystem {
    const char *name;
    uint64_t device; // st_dev
    int64_t magic;   // statfs
    bool fixed;      // programs cannot change it
};

// Each may be NULL.
struct inode_ops {
    // A name that is not in the tree of names. Returns: 0 and a reference in *found; -ENOENT ...
    int (*lookup)(struct dentry *dir, const char *name, size_t length, struct dentry **found);
    // The `n`th name of a directory beyond those in the tree. Returns: its length, 0: no more.
    // *inode: its number, *type: S_IFMT bits; *n may be advanced, to leave gaps.
    size_t (*entry)(struct dentry *dir, uint64_t *n, char *name, struct kstat *stat);
    // The text of a symbolic link, at most `size` bytes, with no 0 at its end.
    // Returns: its length; -errno.
    long (*read_link)(struct inode *inode, char *text, size_t size);
    // Where a link leads that is no path. Returns: 0 and a reference in *target; -errno.
    int (*follow)(struct inode *inode, struct dentry **target);
    // `file` has been made for this inode: what else it needs. Returns: 0; -errno.
    int (*open)(struct file *file);
    void (*destroy)(struct inode *inode); // the last reference has gone
};

struct inode {
    const struct inode_ops *ops; // never NULL
    const struct file_ops *file_ops;
    const struct filesystem *fs;
    atomic_uint refs;
    uint64_t number;
    uint64_t device; // of a device node
    struct mutex lock;
    // guarded by: lock; read racily by stat().
    unsigned mode;
    unsigned uid;
    unsigned gid;
    unsigned nlink;
    bool linkable;     // it has had no name yet, and may get one
    uint64_t atime_ns; // since 1970
    uint64_t mtime_ns;
    uint64_t ctime_ns;
    union {
        struct {                  // directory; guarded by: lock
            struct list children; // of dentry.sibling, in order of cookies
            uint64_t next_cookie;
            uint64_t about; // in /proc: the pid; constant
        } dir;
        struct vmo *vmo;   // regular file
        char *link;        // symbolic link
        struct pipe *pipe; // FIFO; NULL: nobody has had it open. guarded by: lock
        struct {           // of /proc and /sys
            const void *data;
            uint64_t id;
        } node;
    } u;
};

// Returns: an inode of `fs`, one reference, one link (a directory: two), times now, owned by 0:0,
// the rest zero; NULL if memory is short.
NODISCARD struct inode *inode_new(const struct filesystem *fs, const struct inode_ops *ops,
                                  const struct file_ops *file_ops, unsigned mode);

static inline struct inode *inode_get(struct inode *inode)
{
    // relaxed: the caller has a reference.
    atomic_fetch_add_explicit(&inode->refs, 1, memory_order_relaxed);
    return inode;
}

void inode_put(struct inode *inode); // thread context

static inline bool inode_is(const struct inode *inode, unsigned type)
{
    return (inode->mode & S_IFMT) == type;
}

// The size that stat() gives.
uint64_t inode_bytes(struct inode *inode);

void inode_stat(struct inode *inode, struct kstat *stat);

// Nanoseconds since 1970, as far as the machine knows the date.
uint64_t inode_now_ns(void);

// The contents, or the inode alone, change now. Context: inode->lock held.
void inode_touch(struct inode *inode) REQUIRES(inode->lock);

// An inode number that has not been used.
uint64_t inode_number(void);
