// SPDX-License-Identifier: MIT
// kernel/fs/inode.c - inodes.
#include "kernel/fs/inode.h"

#include "kernel/base/string.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "mm/user/vmo.h"

enum { BLOCK_BYTES = 512 };

static struct objcache inodes = OBJCACHE_INIT(inodes, struct inode);
static _Atomic(uint64_t) last_number;

uint64_t inode_now_ns(void)
{
    return time_now_ns() + wallclock_offset_ns();
}

uint64_t inode_number(void)
{
    // relaxed: each caller gets its own.
    return atomic_fetch_add_explicit(&last_number, 1, memory_order_relaxed) + 1;
}

struct inode *inode_new(const struct filesystem *fs, const struct inode_ops *ops,
                        const struct file_ops *file_ops, unsigned mode)
{
    struct inode *inode = objcache_alloc_or_reclaim(&inodes);

    if (inode == NULL) {
        return NULL;
    }
    memset(inode, 0, sizeof(*inode));
    inode->ops = ops;
    inode->file_ops = file_ops;
    inode->fs = fs;
    atomic_init(&inode->refs, 1);
    inode->number = inode_number();
    mutex_init(&inode->lock);
    inode->mode = mode;
    inode->nlink = inode_is(inode, S_IFDIR) ? 2 : 1;
    inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode_now_ns();
    if (inode_is(inode, S_IFDIR)) {
        list_init(&inode->u.dir.children);
    }
    return inode;
}

void inode_put(struct inode *inode)
{
    // acq_rel: what others did with it comes before its end.
    if (atomic_fetch_sub_explicit(&inode->refs, 1, memory_order_acq_rel) == 1) {
        if (inode->ops->destroy != NULL) {
            inode->ops->destroy(inode);
        }
        objcache_free(&inodes, inode);
    }
}

void inode_touch(struct inode *inode)
{
    inode->mtime_ns = inode->ctime_ns = inode_now_ns();
}

static bool has_vmo(const struct inode *inode)
{
    return inode_is(inode, S_IFREG) && inode->u.vmo != NULL && !inode->fs->fixed;
}

uint64_t inode_bytes(struct inode *inode)
{
    if (has_vmo(inode)) {
        return vmo_bytes(inode->u.vmo);
    }
    if (inode_is(inode, S_IFLNK) && !inode->fs->fixed) {
        return strlen(inode->u.link);
    }
    return 0;
}

static void put_time(uint64_t ns, int64_t *seconds, uint64_t *rest)
{
    enum { NS_PER_SECOND = 1000000000 };

    *seconds = (int64_t)(ns / NS_PER_SECOND);
    *rest = ns % NS_PER_SECOND;
}

void inode_stat(struct inode *inode, struct kstat *stat)
{
    memset(stat, 0, sizeof(*stat));
    stat->dev = inode->fs->device;
    stat->ino = inode->number;
    stat->mode = inode->mode;
    stat->nlink = inode->nlink;
    stat->uid = inode->uid;
    stat->gid = inode->gid;
    stat->rdev = inode->device;
    stat->size = (int64_t)inode_bytes(inode);
    stat->blksize = (int32_t)PAGE_SIZE;
    if (has_vmo(inode)) {
        stat->blocks = (int64_t)(vmo_pages(inode->u.vmo) * (PAGE_SIZE / BLOCK_BYTES));
    }
    put_time(inode->atime_ns, &stat->atime_s, &stat->atime_ns);
    put_time(inode->mtime_ns, &stat->mtime_s, &stat->mtime_ns);
    put_time(inode->ctime_ns, &stat->ctime_s, &stat->ctime_ns);
}
