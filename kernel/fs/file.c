// SPDX-License-Identifier: MIT
// kernel/fs/file.c - open files.
#include "kernel/fs/file.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/stat.h"
#include "kernel/base/string.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/record_lock.h"
#include "mm/memory.h"
#include "mm/objcache.h"

static struct objcache files = OBJCACHE_INIT(files, struct file);

static unsigned access_of(unsigned flags)
{
    static const unsigned access[] = {FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE, 0};

    return (flags & O_PATH) != 0 ? 0 : access[flags & O_ACCMODE];
}

struct file *file_new(const struct file_ops *ops, struct inode *inode, unsigned flags)
{
    struct file *file = objcache_alloc_or_reclaim(&files);

    if (file == NULL) {
        return NULL;
    }
    memset(file, 0, sizeof(*file));
    file->ops = ops;
    file->inode = inode != NULL ? inode_get(inode) : NULL;
    atomic_init(&file->refs, 1);
    atomic_init(&file->flags, flags);
    mutex_init(&file->position_lock);
    file->access = access_of(flags);
    return file;
}

void file_release(struct file *file)
{
    // relaxed: whoever set it had a reference.
    if (unlikely(atomic_load_explicit(&file->has_locks, memory_order_relaxed))) {
        record_lock_forget(file, file);
    }
    if (file->ops->release != NULL) {
        file->ops->release(file);
    }
    if (file->dentry != NULL) {
        dentry_put(file->dentry);
    }
    if (file->inode != NULL) {
        inode_put(file->inode);
    }
    objcache_free(&files, file);
}

// relaxed: under position_lock, or by who alone knows the file.
static uint64_t position_of(const struct file *file)
{
    return atomic_load_explicit(&file->position, memory_order_relaxed);
}

static void set_position(struct file *file, uint64_t position)
{
    atomic_store_explicit(&file->position, position, memory_order_relaxed);
}

long file_read_at_position(struct file *file, struct uio *uio)
{
    mutex_lock(&file->position_lock);
    uint64_t position = position_of(file);
    long n = file->ops->read(file, uio, position);

    if (n > 0) {
        set_position(file, position + (uint64_t)n);
    }
    mutex_unlock(&file->position_lock);
    return n;
}

long file_write_at_position(struct file *file, struct uio *uio)
{
    mutex_lock(&file->position_lock);
    uint64_t position = position_of(file);
    long n = file->ops->write(file, uio, position);

    if (n > 0 && (file_flags(file) & O_APPEND) == 0) {
        set_position(file, position + (uint64_t)n);
    }
    mutex_unlock(&file->position_lock);
    return n;
}

long file_pread(struct file *file, struct uio *uio, uint64_t offset)
{
    if (file->stream) {
        return -ESPIPE;
    }
    if ((file->access & FILE_READ) == 0) {
        return -EBADF;
    }
    return file->ops->read != NULL ? file->ops->read(file, uio, offset) : -EINVAL;
}

long file_pwrite(struct file *file, struct uio *uio, uint64_t offset)
{
    if (file->stream) {
        return -ESPIPE;
    }
    if ((file->access & FILE_WRITE) == 0) {
        return -EBADF;
    }
    if (file->ops->write == NULL) {
        return -EINVAL;
    }
    if ((file_flags(file) & O_APPEND) == 0) {
        return file->ops->write(file, uio, offset);
    }
    mutex_lock(&file->position_lock);
    uint64_t position = position_of(file);
    long n = file->ops->write(file, uio, offset);

    set_position(file, position);
    mutex_unlock(&file->position_lock);
    return n;
}

// Where `offset` from `whence` is, in a file of `size` bytes. Holes are not told from data.
static int64_t seek_target(uint64_t position, int64_t size, int64_t offset, int whence)
{
    int64_t from;

    switch (whence) {
    case SEEK_SET:
        from = 0;
        break;
    case SEEK_CUR:
        from = (int64_t)position;
        break;
    case SEEK_END:
        from = size;
        break;
    case SEEK_DATA:
        return offset >= 0 && offset < size ? offset : -ENXIO;
    case SEEK_HOLE:
        return offset >= 0 && offset < size ? size : -ENXIO;
    default:
        return -EINVAL;
    }
    int64_t target;

    return __builtin_add_overflow(from, offset, &target) || target < 0 ? -EINVAL : target;
}

long file_seek(struct file *file, int64_t offset, int whence)
{
    if (file->stream || file->inode == NULL) {
        return -ESPIPE;
    }
    if ((file_flags(file) & O_PATH) != 0) {
        return -EBADF;
    }
    if (file->ops->seek != NULL) {
        return file->ops->seek(file, offset, whence);
    }
    mutex_lock(&file->position_lock);
    int64_t size = (int64_t)inode_bytes(file->inode);
    int64_t target = seek_target(position_of(file), size, offset, whence);

    if (target >= 0) {
        set_position(file, (uint64_t)target);
    }
    mutex_unlock(&file->position_lock);
    return target;
}

int file_stat(struct file *file, struct kstat *stat)
{
    memset(stat, 0, sizeof(*stat));
    if (file->ops->stat != NULL && (file_flags(file) & O_PATH) == 0) {
        return file->ops->stat(file, stat);
    }
    if (file->inode == NULL) {
        return -EBADF;
    }
    inode_stat(file->inode, stat);
    return 0;
}
