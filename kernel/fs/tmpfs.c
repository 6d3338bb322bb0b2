// SPDX-License-Identifier: MIT
// kernel/fs/tmpfs.c - files in memory.
//
// Reading takes no lock but the memory object's. Writing holds the inode's, so that what appends
// does not overlap, and a write that ends early leaves no zeros behind.
#include "kernel/fs/tmpfs.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/fs/devices.h"
#include "kernel/fs/fifo.h"
#include "kernel/fs/file.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/text.h"
#include "kernel/thread.h"
#include "mm/user/page.h"
#include "mm/user/vmo.h"

const struct filesystem tmpfs = {.name = "tmpfs", .device = DEVICE(0, 2), .magic = TMPFS_MAGIC};
const struct filesystem devfs = {.name = "devtmpfs", .device = DEVICE(0, 5), .magic = TMPFS_MAGIC};

// ---- Regular files -----------------------------------------------------------------------------

// Copy within one page of `vmo`. Returns: how many bytes; -errno.
static long copy_page(struct vmo *vmo, struct uio *uio, uint64_t offset, size_t bytes, bool write)
{
    void *page;
    int err = vmo_page(vmo, offset >> PAGE_SHIFT, write, &page);

    if (err != 0) {
        return err;
    }
    char *at = (char *)page + offset % PAGE_SIZE;
    long n = write ? uio_copy_from(uio, at, bytes) : uio_copy_to(uio, at, bytes);

    page_put(page);
    return n;
}

// Copy `bytes` bytes at `offset`, which are in the file. Returns: how many; -errno if none.
static long copy_pages(struct vmo *vmo, struct uio *uio, uint64_t offset, size_t bytes, bool write)
{
    size_t done = 0;

    while (done < bytes && (done == 0 || !thread_killed())) {
        uint64_t at = offset + done;
        size_t part = min_u64(bytes - done, PAGE_SIZE - at % PAGE_SIZE);
        long n = copy_page(vmo, uio, at, part, write);

        if (n < 0) {
            return done > 0 ? (long)done : n;
        }
        done += (size_t)n;
        if ((size_t)n < part) {
            break;
        }
    }
    return (long)done;
}

static long file_ops_read(struct file *file, struct uio *uio, uint64_t offset)
{
    struct vmo *vmo = file->inode->u.vmo;
    uint64_t size = vmo_bytes(vmo);

    if (offset >= size) {
        return 0;
    }
    long n = copy_pages(vmo, uio, offset, min_u64(uio->remaining, size - offset), false);

    return n == -ENXIO ? 0 : n; // it has become shorter meanwhile
}

// Write at `offset`, making the file longer if need be.
static long write_locked(struct inode *inode, struct uio *uio, uint64_t offset)
    REQUIRES(inode->lock)
{
    struct vmo *vmo = inode->u.vmo;
    uint64_t size = vmo_bytes(vmo);
    uint64_t end = offset + uio->remaining;

    if (end > INT64_MAX || end < offset) {
        return -EFBIG;
    }
    int err = end > size ? vmo_resize(vmo, end) : 0;

    if (err != 0) {
        return err == -ENOMEM ? -ENOSPC : err;
    }
    long n = copy_pages(vmo, uio, offset, uio->remaining, true);
    uint64_t written = offset + (n > 0 ? (uint64_t)n : 0);

    if (end > size && written < end) {
        (void)!vmo_resize(vmo, n > 0 ? max_u64(size, written) : size);
    }
    if (n > 0) {
        inode_touch(inode);
    }
    return n == -ENOMEM ? -ENOSPC : n;
}

static long file_ops_write(struct file *file, struct uio *uio, uint64_t offset)
{
    struct inode *inode = file->inode;
    bool append = (file_flags(file) & O_APPEND) != 0;

    if (uio->remaining == 0) {
        return 0;
    }
    mutex_lock(&inode->lock);
    if (append) {
        offset = vmo_bytes(inode->u.vmo);
    }
    long n = write_locked(inode, uio, offset);

    mutex_unlock(&inode->lock);
    if (append && n > 0) {
        // relaxed: position_lock orders it.
        atomic_store_explicit(&file->position, offset + (uint64_t)n, memory_order_relaxed);
    }
    return n;
}

int tmpfs_truncate(struct inode *inode, uint64_t bytes)
{
    if (!inode_is(inode, S_IFREG)) {
        return inode_is(inode, S_IFDIR) ? -EISDIR : -EINVAL;
    }
    if (bytes > INT64_MAX) {
        return -EFBIG;
    }
    mutex_lock(&inode->lock);
    int err = vmo_resize(inode->u.vmo, bytes);

    if (err == 0) {
        inode_touch(inode);
    }
    mutex_unlock(&inode->lock);
    return err;
}

static int file_ops_truncate(struct file *file, uint64_t bytes)
{
    return tmpfs_truncate(file->inode, bytes);
}

static int allocate_pages(struct vmo *vmo, uint64_t offset, uint64_t end)
{
    for (uint64_t at = offset >> PAGE_SHIFT; at <= (end - 1) >> PAGE_SHIFT; at++) {
        void *page;
        int err = vmo_page(vmo, at, true, &page);

        if (err == -ENXIO) {
            return 0; // the rest is beyond the end, and stays so
        }
        if (err != 0) {
            return -ENOSPC;
        }
        page_put(page);
        if (thread_killed()) {
            return -EINTR;
        }
    }
    return 0;
}

int tmpfs_allocate(struct inode *inode, uint64_t offset, uint64_t bytes, bool keep)
{
    uint64_t end = offset + bytes;

    if (end > INT64_MAX || end < offset) {
        return -EFBIG;
    }
    mutex_lock(&inode->lock);
    uint64_t size = vmo_bytes(inode->u.vmo);
    int err = !keep && end > size ? vmo_resize(inode->u.vmo, end) : 0;

    if (err == 0) {
        err = allocate_pages(inode->u.vmo, offset, end);
        if (err != 0 && !keep && end > size) {
            (void)!vmo_resize(inode->u.vmo, size);
        }
    }
    mutex_unlock(&inode->lock);
    return err == -ENOMEM ? -ENOSPC : err;
}

static struct vmo *file_ops_map(struct file *file)
{
    return vmo_get(file->inode->u.vmo);
}

static const struct file_ops regular_ops = {
    .read = file_ops_read,
    .write = file_ops_write,
    .truncate = file_ops_truncate,
    .map = file_ops_map,
};

// ---- Inodes ------------------------------------------------------------------------------------

static long read_link(struct inode *inode, char *text, size_t size)
{
    size_t length = strlen(inode->u.link);

    length = length < size ? length : size;
    memcpy(text, inode->u.link, length);
    return (long)length;
}

static int open_special(struct file *file)
{
    switch (file->inode->mode & S_IFMT) {
    case S_IFCHR:
        return device_open(file);
    case S_IFBLK:
        return -ENXIO;
    case S_IFIFO:
        return fifo_open(file);
    default:
        return 0;
    }
}

static void destroy(struct inode *inode)
{
    if (inode_is(inode, S_IFREG)) {
        vmo_put(inode->u.vmo);
    } else if (inode_is(inode, S_IFLNK)) {
        text_free(inode->u.link);
    } else if (inode_is(inode, S_IFIFO) && inode->u.pipe != NULL) {
        pipe_put(inode->u.pipe);
    }
}

static const struct inode_ops tmpfs_ops = {
    .read_link = read_link,
    .open = open_special,
    .destroy = destroy,
};
// One that is not complete yet has nothing to destroy.
static const struct inode_ops no_ops = {};

// Devices and FIFOs get theirs when they are opened.
static const struct file_ops *ops_of(unsigned mode)
{
    static const struct file_ops none = {};

    switch (mode & S_IFMT) {
    case S_IFREG:
        return &regular_ops;
    case S_IFDIR:
        return &directory_ops;
    default:
        return &none;
    }
}

// Make `inode`, whose contents are `ok`, complete. Returns: it; NULL, and then it is no more.
static struct inode *complete(struct inode *inode, bool ok)
{
    if (!ok) {
        inode_put(inode);
        return NULL;
    }
    inode->ops = &tmpfs_ops;
    return inode;
}

struct inode *tmpfs_inode(const struct filesystem *fs, unsigned mode, uint64_t device)
{
    struct inode *inode = inode_new(fs, &no_ops, ops_of(mode), mode);

    if (inode == NULL) {
        return NULL;
    }
    inode->device = device;
    if (!inode_is(inode, S_IFREG)) {
        return complete(inode, true);
    }
    inode->u.vmo = vmo_new(0);
    return complete(inode, inode->u.vmo != NULL);
}

// Returns: a memory object with a copy of the bytes; NULL if memory is short.
static struct vmo *copy_of(const void *data, uint64_t bytes)
{
    struct vmo *vmo = vmo_new(bytes);

    if (vmo != NULL && vmo_write(vmo, 0, data, bytes) != (long)bytes) {
        vmo_put(vmo);
        return NULL;
    }
    return vmo;
}

struct inode *tmpfs_file_with(unsigned mode, const void *data, uint64_t bytes)
{
    struct inode *inode = inode_new(&tmpfs, &no_ops, &regular_ops, S_IFREG | mode);

    if (inode == NULL) {
        return NULL;
    }
    if (bytes > 0 && is_aligned((uintptr_t)data, PAGE_SIZE)) {
        inode->u.vmo = vmo_new_fixed(data, bytes);
    } else {
        inode->u.vmo = copy_of(data, bytes);
    }
    return complete(inode, inode->u.vmo != NULL);
}

struct inode *tmpfs_link(const struct filesystem *fs, const char *target, size_t length)
{
    struct inode *inode = inode_new(fs, &no_ops, ops_of(S_IFLNK), S_IFLNK | 0777);

    if (inode == NULL) {
        return NULL;
    }
    inode->u.link = text_copy(target, length);
    return complete(inode, inode->u.link != NULL);
}
