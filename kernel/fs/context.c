// SPDX-License-Identifier: MIT
// kernel/fs/context.c - where a process is in the tree.
#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fs.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "sync/spinlock.h"

enum { UMASK_DEFAULT = 022, UMASK_BITS = 0777 };

struct fs_context {
    struct spinlock lock; // rank RANK_FDTABLE
    struct dentry *cwd;   // referenced; guarded by: lock
    atomic_uint umask;
    atomic_uint refs;
};

static struct objcache contexts = OBJCACHE_INIT(contexts, struct fs_context);

// Takes `cwd` over.
static struct fs_context *new_at(struct dentry *cwd, unsigned umask)
{
    struct fs_context *fs = objcache_alloc_or_reclaim(&contexts);

    if (fs == NULL) {
        dentry_put(cwd);
        return NULL;
    }
    spin_init(&fs->lock, "fs context", RANK_FDTABLE);
    fs->cwd = cwd;
    atomic_init(&fs->umask, umask);
    atomic_init(&fs->refs, 1);
    return fs;
}

struct fs_context *fs_context_new(void)
{
    return new_at(dentry_get(fs_root), UMASK_DEFAULT);
}

struct fs_context *fs_context_fork(struct fs_context *from)
{
    return new_at(fs_cwd(from), fs_umask(from));
}

struct fs_context *fs_context_get(struct fs_context *fs)
{
    // relaxed: the caller has a reference.
    atomic_fetch_add_explicit(&fs->refs, 1, memory_order_relaxed);
    return fs;
}

void fs_context_put(struct fs_context *fs)
{
    // acq_rel: what others did with it comes before its end.
    if (atomic_fetch_sub_explicit(&fs->refs, 1, memory_order_acq_rel) == 1) {
        dentry_put(fs->cwd);
        objcache_free(&contexts, fs);
    }
}

struct dentry *fs_cwd(struct fs_context *fs)
{
    unsigned long saved = spin_lock_irqsave(&fs->lock);
    struct dentry *cwd = dentry_get(fs->cwd);

    spin_unlock_irqrestore(&fs->lock, saved);
    return cwd;
}

int fs_set_cwd(struct fs_context *fs, struct dentry *dir)
{
    if (!inode_is(dir->inode, S_IFDIR)) {
        return -ENOTDIR;
    }
    (void)dentry_get(dir);
    unsigned long saved = spin_lock_irqsave(&fs->lock);
    struct dentry *old = fs->cwd;

    fs->cwd = dir;
    spin_unlock_irqrestore(&fs->lock, saved);
    dentry_put(old);
    return 0;
}

unsigned fs_umask(const struct fs_context *fs)
{
    // relaxed: a number by itself.
    return atomic_load_explicit(&fs->umask, memory_order_relaxed);
}

unsigned fs_set_umask(struct fs_context *fs, unsigned umask)
{
    // relaxed: as above.
    return atomic_exchange_explicit(&fs->umask, umask & UMASK_BITS, memory_order_relaxed);
}
