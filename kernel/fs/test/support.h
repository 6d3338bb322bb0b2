// SPDX-License-Identifier: MIT
// kernel/fs/test/support.h - a tree of its own for a test, and moving bytes of the kernel's.
#pragma once

#include "kernel/fs/dentry.h"
#include "kernel/fs/file.h"
#include "kernel/fs/fs.h"

// Returns: an empty directory that nobody else knows. Where no root is mounted, it is the root
// until fs_test_end(), which removes all that is in it.
struct dentry *fs_test_begin(void);
void fs_test_end(struct dentry *root);

// Is the test's tree what absolute paths begin in?
bool fs_test_has_root(const struct dentry *root);

// file_read() and the like on kernel memory.
long fs_test_read(struct file *file, void *buffer, size_t bytes);
long fs_test_write(struct file *file, const void *buffer, size_t bytes);
long fs_test_pread(struct file *file, void *buffer, size_t bytes, uint64_t offset);
long fs_test_pwrite(struct file *file, const void *buffer, size_t bytes, uint64_t offset);

// Open `path`, which must succeed.
struct file *fs_test_open(struct dentry *root, const char *path, unsigned flags);
