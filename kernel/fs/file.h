// SPDX-License-Identifier: MIT
// kernel/fs/file.h - open files: what a descriptor stands for, and what can be done to one.
//
// A file is shared by all descriptors that dup, fork and passing on have made of it; its position
// and status flags with it. Operations run any number at once: a file that cares has a lock of its
// own. All that is held is position_lock, in read() and write() of what has a position.
#pragma once

#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/uio.h"
#include "mm/user/vmo.h"
#include "sync/block/mutex.h"

struct dentry;
struct file;
struct inode;
struct kstat; // kernel/abi/stat.h: Linux's struct stat for riscv64
struct poll_table;

// Each may be NULL: the call then fails as Linux has it for such a file.
struct file_ops {
    // Move bytes at `offset` (streams ignore it). Returns: how many, 0 at the end; -errno.
    // O_NONBLOCK is in file->flags. A write with O_APPEND goes to the end, and sets the position.
    long (*read)(struct file *file, struct uio *uio, uint64_t offset);
    long (*write)(struct file *file, struct uio *uio, uint64_t offset);
    // Streams that move few bytes often, 1 to COPY_AT_ONCE_MAX: as read() and write() have it, the
    // latter if that needs no waiting. Returns: how many, or -errno; 0: it was not done, and is
    // done the other way.
    long (*read_short)(struct file *file, uva_t to, size_t bytes);
    size_t (*write_at_once)(struct file *file, uva_t from, size_t bytes);
    long (*seek)(struct file *file, int64_t offset, int whence); // NULL: by position and size
    // Returns: the POLL* bits that hold now; adds to `table`, if not NULL, whom to be told by.
    // NULL: can always be read and written.
    unsigned (*poll)(struct file *file, struct poll_table *table);
    long (*ioctl)(struct file *file, unsigned request, uint64_t argument);
    long (*next_entry)(struct file *file, struct uio *uio); // getdents64
    int (*truncate)(struct file *file, uint64_t bytes);
    int (*stat)(struct file *file, struct kstat *stat); // NULL: from the inode
    // Returns: a reference to the memory object that mmap() maps; NULL: it cannot be mapped.
    struct vmo *(*map)(struct file *file);
    void (*release)(struct file *file); // the last reference has gone
};

enum file_access { FILE_READ = 1, FILE_WRITE = 2 };

struct file {
    const struct file_ops *ops;
    struct inode *inode;   // referenced; NULL: it has no name (pipe, eventfd)
    struct dentry *dentry; // referenced; the name that it was opened by, or NULL
    void *private_data;
    atomic_uint refs;
    atomic_uint flags;          // O_ACCMODE | O_APPEND | O_NONBLOCK ...
    _Atomic(uint64_t) position; // of read() and write(); guarded by: position_lock
    struct mutex position_lock;
    unsigned access;       // constant; enum file_access: 0 with O_PATH
    bool stream;           // constant; has no position
    atomic_bool has_locks; // a lock that it owns has been taken; relaxed: never taken back
};

// Returns: a new file, one reference, which takes one to `inode`; NULL if memory is short.
NODISCARD struct file *file_new(const struct file_ops *ops, struct inode *inode, unsigned flags);

static inline struct file *file_get(struct file *file)
{
    // relaxed: the caller has a reference, or a lock under which there is one.
    atomic_fetch_add_explicit(&file->refs, 1, memory_order_relaxed);
    return file;
}

void file_release(struct file *file); // for file_put() only

// Thread context; the last one closes it.
static inline void file_put(struct file *file)
{
    // acq_rel: what others did with it comes before its end.
    if (atomic_fetch_sub_explicit(&file->refs, 1, memory_order_acq_rel) == 1) {
        file_release(file);
    }
}

// O_* that hold now: relaxed, fcntl() may change some at any time.
static inline unsigned file_flags(const struct file *file)
{
    return atomic_load_explicit(&file->flags, memory_order_relaxed);
}

// For the next two only.
NODISCARD long file_read_at_position(struct file *file, struct uio *uio);
NODISCARD long file_write_at_position(struct file *file, struct uio *uio);

// At the file's position, which they move; -EBADF if it is not open for that.
NODISCARD static inline long file_read(struct file *file, struct uio *uio)
{
    if (unlikely((file->access & FILE_READ) == 0)) {
        return -EBADF;
    }
    if (unlikely(file->ops->read == NULL)) {
        return -EINVAL;
    }
    return file->stream ? file->ops->read(file, uio, 0) : file_read_at_position(file, uio);
}

NODISCARD static inline long file_write(struct file *file, struct uio *uio)
{
    if (unlikely((file->access & FILE_WRITE) == 0)) {
        return -EBADF;
    }
    if (unlikely(file->ops->write == NULL)) {
        return -EINVAL;
    }
    return file->stream ? file->ops->write(file, uio, 0) : file_write_at_position(file, uio);
}

// At `offset`; the position stays. -ESPIPE for what has none.
NODISCARD long file_pread(struct file *file, struct uio *uio, uint64_t offset);
NODISCARD long file_pwrite(struct file *file, struct uio *uio, uint64_t offset);

// Returns: the new position; -ESPIPE; -EINVAL; -ENXIO.
NODISCARD long file_seek(struct file *file, int64_t offset, int whence);

// Returns: 0 and what stat() says in *stat.
NODISCARD int file_stat(struct file *file, struct kstat *stat);
