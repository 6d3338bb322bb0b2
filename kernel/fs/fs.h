// SPDX-License-Identifier: MIT
// kernel/fs/fs.h - paths: where a process is in the tree, and opening what a path names.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/fs/file.h"

struct dentry;

// Current directory and umask of a process, or of several (CLONE_FS).
struct fs_context;
NODISCARD struct fs_context *fs_context_new(void); // at /, umask 022
NODISCARD struct fs_context *fs_context_fork(struct fs_context *from);
struct fs_context *fs_context_get(struct fs_context *fs);
void fs_context_put(struct fs_context *fs);

// Returns: a reference to the current directory.
NODISCARD struct dentry *fs_cwd(struct fs_context *fs);
// Be in `dir`. Returns: 0; -ENOTDIR.
NODISCARD int fs_set_cwd(struct fs_context *fs, struct dentry *dir);
unsigned fs_umask(const struct fs_context *fs);
// Returns: what it was.
unsigned fs_set_umask(struct fs_context *fs, unsigned umask);

// Mount the root: a tmpfs with the contents of the initramfs at `data`, /dev and /proc.
// Returns: 0; -EINVAL if it is no newc archive; -ENOMEM. Context: thread, once.
NODISCARD int fs_mount_root(const void *data, size_t bytes);

// Open `path`, relative to `fs`'s directory, in the kernel's own name: exec does it.
// Returns: 0 and a reference in *file; -errno.
NODISCARD int fs_open(struct fs_context *fs, const char *path, unsigned flags, unsigned mode,
                      struct file **file);

// The same from the directory `start`; the umask has been taken off `mode`.
NODISCARD int fs_open_at(struct dentry *start, const char *path, unsigned flags, unsigned mode,
                         struct file **file);

// Open what `d` names. Returns: as fs_open(). O_CREAT and the like have been dealt with.
NODISCARD int fs_open_dentry(struct dentry *d, unsigned flags, struct file **file);

// The path of an open file that has a name, absolute. Returns: its length; -errno.
NODISCARD long fs_path_of(struct file *file, char *buffer, size_t size);
