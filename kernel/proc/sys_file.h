// SPDX-License-Identifier: MIT
// kernel/proc/sys_file.h - what the calls on files have in common.
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/file.h"
#include "kernel/fs/uio.h"
#include "kernel/proc/process.h"

// What one read() or write() moves at most, as on Linux.
#define IO_BYTES_MAX 0x7ffff000UL

// Returns: a reference to the file of the calling process's descriptor; NULL: EBADF.
NODISCARD static inline struct file *user_file(uint64_t fd)
{
    return fd_get(current_process()->files, (int)fd);
}

// RLIMIT_NOFILE of the calling process.
int user_fd_limit(void);

// Put `file` at the lowest free descriptor; its reference is taken over in any case.
// Returns: it; -EMFILE; -ENOMEM.
NODISCARD int user_fd_install(struct file *file, bool cloexec);

// Put two files in, and tell the program which descriptors they have: int[2] at `fds`. The
// references are taken over in any case. Returns: 0; -EMFILE; -ENOMEM; -EFAULT.
NODISCARD int user_fd_install_two(struct file *files[2], bool cloexec, uint64_t fds);

// A path of the program's. Returns: 0 and a frame with it in *path; -EFAULT; -ENAMETOOLONG;
// -ENOMEM.
NODISCARD int user_path(uint64_t at, char **path);
void user_path_free(char *path);

// A path, and the directory that it begins in.
struct user_at {
    char *path;
    struct dentry *start; // referenced
};

// Returns: 0; as user_path(); -EBADF and -ENOTDIR of `dirfd`.
NODISCARD int user_at_begin(struct user_at *at, uint64_t dirfd, uint64_t path);
void user_at_end(struct user_at *at);

// What (dirfd, path, flags) of an *at() call name. AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW count.
// Returns: 0 and references in *found, and in *file if it is what a descriptor without a name
// stands for (and *found is NULL then); -errno.
NODISCARD int user_find(uint64_t dirfd, uint64_t path, unsigned flags, struct dentry **found,
                        struct file **file);

// Returns: the inode that these name, with a reference, in *inode; -errno; -EBADF for a file that
// has none.
NODISCARD int user_find_inode(uint64_t dirfd, uint64_t path, unsigned flags, struct inode **inode);

// A buffer of the program's for one call.
static inline void user_uio(struct uio *uio, uint64_t buffer, uint64_t bytes)
{
    uio_init_user(uio, buffer, bytes < IO_BYTES_MAX ? bytes : IO_BYTES_MAX);
}

void user_broken_pipe(void); // for user_wrote() only

// The result of a write of `uio`: SIGPIPE comes if there is nobody to read the rest.
static inline long user_wrote(long n, const struct uio *uio)
{
    if (unlikely(uio->broken)) {
        user_broken_pipe();
    }
    return n;
}
