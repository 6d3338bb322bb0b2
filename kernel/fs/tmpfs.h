// SPDX-License-Identifier: MIT
// kernel/fs/tmpfs.h - files in memory: inodes of every type, whose names are the tree's.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/fs/inode.h"

extern const struct filesystem tmpfs;
extern const struct filesystem devfs; // the same, mounted on /dev

// Returns: an inode of `fs` of the type in `mode`, with one reference; regular files are empty.
// NULL if memory is short. `device` is for device nodes.
NODISCARD struct inode *tmpfs_inode(const struct filesystem *fs, unsigned mode, uint64_t device);

// A regular file with the `bytes` bytes at `data`, which stay: used in place if `data` is
// page-aligned, else copied. Returns: as above.
NODISCARD struct inode *tmpfs_file_with(unsigned mode, const void *data, uint64_t bytes);

// A symbolic link to `target`, of `length` bytes.
NODISCARD struct inode *tmpfs_link(const struct filesystem *fs, const char *target, size_t length);

// Set the size of a regular file. Returns: 0; -EISDIR; -EINVAL; -EFBIG; -ENOMEM.
NODISCARD int tmpfs_truncate(struct inode *inode, uint64_t bytes);

// Make sure that there is memory for these bytes; `keep`: the size stays. Returns: 0; -errno.
NODISCARD int tmpfs_allocate(struct inode *inode, uint64_t offset, uint64_t bytes, bool keep);

// The operations of an open directory, of any kind.
extern const struct file_ops directory_ops;
