// SPDX-License-Identifier: MIT
// kernel/fs/file.h - open files: what a descriptor stands for, and what can be done to one.
//
// A file is shared by all descriptors that dup, fork and passing on have made of it; its position
// and status flags with it. Operations run without any lock of this layer held, any number at once:
// a file that cares has its own.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/uio.h"
#include "mm/user/vmo.h"

struct file;
struct inode;
struct kstat; // kernel/abi/stat.h: Linux's struct stat for riscv64
struct poll_table;

// Each may be NULL: the call then fails as Linux has it for such a file.
struct file_ops {
    // Move bytes at `offset` (streams ignore it). Returns: how many, 0 at the end; -errno.
    // O_NONBLOCK is in file->flags.
    long (*read)(struct file *file, struct uio *uio, uint64_t offset);
    long (*write)(struct file *file, struct uio *uio, uint64_t offset);
    long (*seek)(struct file *file, int64_t offset, int whence);
    // Returns: the POLL* bits that hold now; adds to `table`, if not NULL, whom to be told by.
    unsigned (*poll)(struct file *file, struct poll_table *table);
    long (*ioctl)(struct file *file, unsigned request, uint64_t argument);
    long (*next_entry)(struct file *file, struct uio *uio); // getdents64
    int (*truncate)(struct file *file, uint64_t bytes);
    int (*stat)(struct file *file, struct kstat *stat); // NULL: from the inode
    // Returns: a reference to the memory object that mmap() maps; NULL: it cannot be mapped.
    struct vmo *(*map)(struct file *file);
    void (*release)(struct file *file); // the last reference has gone
};

struct file {
    const struct file_ops *ops;
    struct inode *inode; // NULL: it has no name (pipe, eventfd)
    void *private_data;
    atomic_uint refs;
    atomic_uint flags;          // O_ACCMODE | O_APPEND | O_NONBLOCK ...
    _Atomic(uint64_t) position; // of read() and write(); see file_read()
    bool stream;                // has no position
};

// Returns: a new file, one reference; NULL if memory is short.
NODISCARD struct file *file_new(const struct file_ops *ops, struct inode *inode, unsigned flags);
struct file *file_get(struct file *file);
void file_put(struct file *file); // thread context; the last one closes it

// At the file's position, which they move; -EBADF if it is not open for that.
NODISCARD long file_read(struct file *file, struct uio *uio);
NODISCARD long file_write(struct file *file, struct uio *uio);
